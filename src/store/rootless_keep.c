/* SPDX-License-Identifier: Apache-2.0 */
/* The process that keeps the user namespace of an ordinary user's containers while somebody needs it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/parse.h"
#include "store/rootless_internal.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "sys/userns.h"

#define RUN_FD 3
#define USE_FD 4

/* A zombie, which its parent may leave for ever, is in a namespace as well, and needs none. */
static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

int keeper_find_member(ino_t inode)
{
	auto_close int proc = dir_open(AT_FDCWD, "/proc");
	auto_strv struct strv names = STRV_INIT;
	pid_t self = getpid();

	if (proc < 0 || dir_list(proc, &names) < 0)
		return -ESRCH;
	strv_for_each(i, &names) {
		auto_close int pidfd = FD_NONE;
		uint64_t pid;

		if (parse_u64(names.v[i], INT32_MAX, &pid) < 0 || (pid_t)pid == self ||
		    userns_inode((pid_t)pid) != inode)
			continue;
		pidfd = sys_pidfd_open((pid_t)pid);
		/* Opened and still there: the pid was not somebody else's by then. */
		if (pidfd >= 0 && userns_inode((pid_t)pid) == inode && !has_ended(pidfd))
			return take_fd(&pidfd);
	}
	return -ESRCH;
}

/* ---- the keeper's side --------------------------------------------------------------------------------------- */

struct keeping {
	int run_fd, use_fd; /* borrowed */
	int pidfd;	    /* borrowed; FD_NONE: a new namespace */
	int to_maker, from_maker; /* borrowed */
};

/* Nothing of the caller's may be held: its terminal, its pipes, its directory, what it was told on the command line. */
static void let_go(const struct keeping *k)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int run_fd = fcntl(k->run_fd, F_DUPFD_CLOEXEC, USE_FD + 1);
	int use_fd = fcntl(k->use_fd, F_DUPFD_CLOEXEC, USE_FD + 1);

	(void)setsid();
	if (chdir("/") < 0)
		_exit(1);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
	(void)dup3(run_fd, RUN_FD, O_CLOEXEC);
	(void)dup3(use_fd, USE_FD, O_CLOEXEC);
	(void)sys_close_from(USE_FD + 1);
	(void)prctl(PR_SET_NAME, "berth-userns");
	if (environ && *environ && program_invocation_name < *environ)
		explicit_bzero(program_invocation_name, (size_t)(*environ - program_invocation_name));
}

static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		continue;
}

static bool is_in_use(int use_fd)
{
	struct pollfd p = { .fd = use_fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* With the lock, so that nobody comes in between looking and leaving. */
static bool may_end(int run_fd, int use_fd)
{
	auto_close int lock = openat(run_fd, USERNS_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	/* Without the directory nobody will come. */
	if (lock < 0)
		return true;
	if (lock_take(lock, true, true) < 0 || is_in_use(use_fd))
		return false;
	(void)unlinkat(run_fd, USERNS_RECORD, 0);
	(void)unlinkat(run_fd, USERNS_USE, 0);
	return true;
}

static __attribute__((noreturn)) void keep(int run_fd, int use_fd)
{
	ino_t inode = userns_inode(0);

	for (;;) {
		auto_close int member = FD_NONE;

		wait_for(use_fd, POLLIN);
		/* A container whose berth was killed. */
		member = keeper_find_member(inode);
		if (member >= 0)
			wait_for(member, POLLIN);
		else if (may_end(run_fd, use_fd))
			_exit(0);
	}
}

static __attribute__((noreturn)) void keeper_main(const struct keeping *k)
{
	int r = k->pidfd >= 0 ? sys_setns(k->pidfd, CLONE_NEWUSER) : unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
	char byte;

	if (fd_write_all(k->to_maker, &r, sizeof(r)) < 0 || r < 0 || fd_read_upto(k->from_maker, &byte, 1) != 1)
		_exit(1);
	let_go(k);
	keep(RUN_FD, USE_FD);
}

/* ---- its maker's side ---------------------------------------------------------------------------------------- */

static int no_namespace(int r, struct error *err)
{
	(void)error_set(err, r, "cannot make a user namespace");
	if (r == -EPERM || r == -EACCES)
		return error_hint(err, r, "this host forbids them to ordinary users: sysctl "
					  "kernel.unprivileged_userns_clone=1, or run berth as root");
	return r == -ENOSPC || r == -EUSERS
		       ? error_hint(err, r, "as root: sysctl user.max_user_namespaces=15000")
		       : r;
}

static int set_up(const struct keeper *k, bool is_new, int from_keeper, int to_keeper, struct error *err)
{
	int sent = -EIO;
	int r;

	if (fd_read_upto(from_keeper, &sent, sizeof(sent)) != (ssize_t)sizeof(sent) || sent < 0)
		return no_namespace(sent, err);
	r = is_new ? rootless_map(k->pid, err) : 0;
	if (r == 0 && fd_write_all(to_keeper, "", 1) < 0)
		r = error_set(err, EIO, "cannot keep a user namespace");
	return r;
}

int keeper_start(int run_fd, int use_fd, int pidfd, struct keeper *ret, struct error *err)
{
	auto_close int in = FD_NONE, out = FD_NONE, keeper_in = FD_NONE, keeper_out = FD_NONE;
	struct keeper k = { 0 };
	int to[2], from[2], r;

	if (pipe2(to, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	keeper_in = to[0];
	out = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	in = from[0];
	keeper_out = from[1];
	k.pid = fork();
	if (k.pid < 0)
		return error_set(err, errno, "cannot make a process");
	if (k.pid == 0) {
		fd_close(&out);
		fd_close(&in);
		keeper_main(&(struct keeping){ run_fd, use_fd, pidfd, keeper_out, keeper_in });
	}
	fd_close(&keeper_in);
	fd_close(&keeper_out);
	r = set_up(&k, pidfd < 0, in, out, err);
	if (r == 0) {
		k.inode = userns_inode(k.pid);
		r = process_start_time(k.pid, &k.start);
		r = r < 0 ? error_set(err, r, "cannot keep a user namespace") : 0;
	}
	if (r < 0) {
		(void)kill(k.pid, SIGKILL);
		while (waitpid(k.pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		return r;
	}
	*ret = k;
	return 0;
}
