/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "store/rootless_internal.h"
#include "store/store.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "sys/userns.h"

/* Nobody else may have prepared what is in it: in /tmp anybody could have been first. */
static int open_run(const char *run, struct error *err)
{
	auto_close int fd = FD_NONE;
	struct stat st;
	int r = store_make_private_dir(run, err);

	if (r < 0)
		return r;
	fd = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open directory '%s'", run);
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		(void)error_msg(err, EPERM, "directory '%s' is not yours alone", run);
		return error_hint(err, -EPERM, "set XDG_RUNTIME_DIR, or choose another directory with --run");
	}
	return take_fd(&fd);
}

static int lock(int run_fd)
{
	auto_close int fd = openat(run_fd, USERNS_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r = fd < 0 ? -errno : lock_take(fd, true, true);

	return r < 0 ? r : take_fd(&fd);
}

static void read_record(int run_fd, struct keeper *ret)
{
	auto_buf struct buf text = { .limit = 256 };
	char *end;

	*ret = (struct keeper){ 0 };
	if (file_read_at(run_fd, USERNS_RECORD, &text) < 0)
		return;
	ret->pid = (pid_t)strtol(buf_str(&text), &end, 10);
	ret->start = strtoull(end, &end, 10);
	ret->inode = (ino_t)strtoull(end, &end, 10);
}

static int write_record(int run_fd, const struct keeper *k)
{
	auto_buf struct buf text = BUF_INIT;

	buf_addf(&text, "%ld %llu %llu\n", (long)k->pid, (unsigned long long)k->start,
		 (unsigned long long)k->inode);
	return buf_failed(&text) ? -ENOMEM : file_write_at(run_fd, USERNS_RECORD, text.data, text.len, 0600);
}

/* One end of the FIFO, which never waits for the other. */
static int open_use(int run_fd, int flags)
{
	int fd = openat(run_fd, USERNS_USE, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/*
 * Nobody keeps a namespace: make one, or keep the old one while a container is still in it, whose keeper was killed.
 * Both ends are open from the beginning, so that a keeper whose maker dies sees an end of file.
 */
static int make_keeper(int run_fd, ino_t old, int *ret_use, struct keeper *ret, struct error *err)
{
	auto_close int in = FD_NONE, out = FD_NONE;
	auto_close int member = old ? keeper_find_member(old) : FD_NONE;
	int r;

	if (mkfifoat(run_fd, USERNS_USE, 0600) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make a FIFO in the run directory");
	in = open_use(run_fd, O_RDONLY);
	out = in < 0 ? in : open_use(run_fd, O_WRONLY);
	if (out < 0)
		return error_set(err, out, "cannot open '" USERNS_USE "' in the run directory");
	r = keeper_start(run_fd, in, member, ret, err);
	if (r < 0)
		return r;
	r = write_record(run_fd, ret);
	if (r < 0)
		return error_set(err, r, "cannot write '" USERNS_RECORD "' in the run directory");
	*ret_use = take_fd(&out);
	return 0;
}

static int join(int pidfd, struct error *err)
{
	int r = sys_setns(pidfd, CLONE_NEWUSER);

	if (r < 0)
		return error_set(err, r, "cannot enter the user namespace of your containers");
	/* A mount namespace in which we may mount; what is mounted in it is what the caller sees. */
	if (unshare(CLONE_NEWNS) < 0)
		return error_set(err, errno, "cannot make a mount namespace");
	return 0;
}

int rootless_enter(const char *run, struct error *err)
{
	auto_close int run_fd = open_run(run, err), lock_fd = FD_NONE, use = FD_NONE, pidfd = FD_NONE;
	struct keeper k;
	int r;

	if (run_fd < 0)
		return run_fd;
	lock_fd = lock(run_fd);
	if (lock_fd < 0)
		return error_set(err, lock_fd, "cannot lock '%s/" USERNS_LOCK "'", run);
	read_record(run_fd, &k);
	pidfd = k.pid ? process_open(k.pid, k.start) : -ESRCH;
	if (pidfd >= 0)
		use = open_use(run_fd, O_WRONLY);
	if (use < 0) {
		fd_close(&pidfd);
		r = make_keeper(run_fd, k.inode, &use, &k, err);
		pidfd = r < 0 ? r : process_open(k.pid, k.start);
	}
	if (pidfd < 0)
		return pidfd == -ESRCH ? error_set(err, ESRCH, "cannot keep a user namespace") : pidfd;
	r = join(pidfd, err);
	return r < 0 ? r : take_fd(&use);
}
