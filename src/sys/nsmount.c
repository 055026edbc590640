/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of these is done by a process of its own, which enters the namespace, works on one path and ends:
 * a process that has joined a container's mount namespace has lost the host's root and can't come back.
 * The path is resolved once, in the container's root, and no magic link of its /proc is followed.
 */
#include "sys/nsmount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "sys/fdpass.h"
#include "sys/mountapi.h"
#include "sys/root.h"
#include "sys/syscalls.h"

struct job {
	int pidfd;
	int tree_fd;
	const char *path;
	bool is_dir;
	uint64_t mount_id;
};

typedef int (*job_fn)(const struct job *j, struct error *err);

/* Rely on: "/" is the container's root. */
static int open_target(const char *path)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -errno : root_open(root, path, O_PATH);
}

/* Return: a descriptor to be handed over. */
static int clone_job(const struct job *j, struct error *err)
{
	auto_close int fd = open_target(j->path);
	int r = fd < 0 ? fd : is_mount_root(fd) ? tree_clone(fd, "", false) : -ENOENT;

	return r < 0 ? error_set(err, r, "cannot take the mount on '%s'", j->path) : r;
}

/* Return: a descriptor of no meaning. */
static int attach_job(const struct job *j, struct error *err)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), target = FD_NONE;
	int r;

	if (root < 0)
		return error_set(err, errno, "cannot open the container's root");
	target = root_make_target(root, j->path, j->is_dir);
	if (target < 0)
		return error_set(err, target, "cannot make the mount point '%s'", j->path);
	if (is_mount_root(target))
		return error_msg(err, EEXIST, "something is mounted on '%s' already", j->path);
	r = mount_attach(j->tree_fd, target);
	return r < 0 ? error_set(err, r, "cannot mount on '%s'", j->path) : take_fd(&root);
}

/* Return: the place itself. */
static int open_job(const struct job *j, struct error *err)
{
	int fd = open_target(j->path);

	if (fd < 0)
		return error_set(err, fd, "cannot open '%s'", j->path);
	if (!is_mount_root(fd)) {
		fd_close(&fd);
		return error_msg(err, ENOENT, "nothing is mounted on '%s'", j->path);
	}
	return fd;
}

/* A directory by way of ".", which is the mount whatever its name leads to by now: umount2(2). */
static int detach_directory(int target, struct error *err)
{
	if (fchdir(target) < 0 || umount2(".", MNT_DETACH) < 0)
		return error_set(err, errno, "cannot unmount it");
	return 0;
}

static int detach_file(const struct job *j, struct error *err)
{
	auto_free char *dir = strndup(j->path, (size_t)(path_base(j->path) - j->path));
	auto_close int parent = dir ? open_target(*dir ? dir : "/") : -ENOMEM;

	if (parent < 0 || fchdir(parent) < 0)
		return error_set(err, parent < 0 ? parent : errno, "cannot enter the directory of '%s'",
				 j->path);
	if (umount2(path_base(j->path), MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot unmount '%s'", j->path);
	return 0;
}

/* Return: a descriptor of no meaning. */
static int detach_job(const struct job *j, struct error *err)
{
	auto_close int target = open_job(j, err), token = FD_NONE;
	struct stat st;
	int r;

	if (target < 0)
		return target;
	if (mount_id(target) != j->mount_id)
		return error_msg(err, EAGAIN, "'%s' is another mount by now", j->path);
	if (fstat(target, &st) < 0)
		return error_set(err, errno, "cannot examine '%s'", j->path);
	r = S_ISDIR(st.st_mode) ? detach_directory(target, err) : detach_file(j, err);
	if (r < 0)
		return r;
	token = open("/", O_PATH | O_CLOEXEC);
	return token < 0 ? error_set(err, errno, "cannot open the root") : take_fd(&token);
}

__attribute__((noreturn)) static void run_job(job_fn fn, const struct job *j, int socket, pid_t parent)
{
	struct error err = ERROR_INIT;
	int fd = FD_NONE;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (setns(j->pidfd, CLONE_NEWNS) < 0)
		fd = error_set(&err, errno, "cannot enter the container's mount namespace");
	else
		fd = fn(j, &err);
	if (fd < 0 || fd_send(socket, fd, &err) < 0)
		fd_send_error(socket, &err);
	_exit(0);
}

static int in_namespace(job_fn fn, const struct job *j, struct error *err)
{
	auto_close int ours = FD_NONE, theirs = FD_NONE;
	pid_t self = getpid(), pid;
	int p[2], fd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) < 0)
		return error_set(err, errno, "cannot make a socket pair");
	ours = p[0];
	theirs = p[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "cannot make a process");
	if (pid == 0)
		run_job(fn, j, theirs, self);
	fd_close(&theirs);
	fd = fd_receive(ours, err);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return fd;
}

int ns_clone_tree(int pidfd, const char *path, struct error *err)
{
	const struct job j = { .pidfd = pidfd, .path = path };

	return in_namespace(clone_job, &j, err);
}

int ns_attach(int pidfd, int tree_fd, const char *path, bool is_dir, struct error *err)
{
	const struct job j = { .pidfd = pidfd, .tree_fd = tree_fd, .path = path, .is_dir = is_dir };
	auto_close int fd = in_namespace(attach_job, &j, err);

	return fd < 0 ? fd : 0;
}

int ns_open_mount(int pidfd, const char *path, struct error *err)
{
	const struct job j = { .pidfd = pidfd, .path = path };

	return in_namespace(open_job, &j, err);
}

int ns_detach(int pidfd, const char *path, uint64_t mount_id, struct error *err)
{
	const struct job j = { .pidfd = pidfd, .path = path, .mount_id = mount_id };
	auto_close int fd = in_namespace(detach_job, &j, err);

	return fd < 0 ? fd : 0;
}
