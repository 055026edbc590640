/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"
#include "sys/userns.h"

static int map_and_open(pid_t pid, const struct idmap *m)
{
	auto_free char *path = str_format("/proc/%ld/ns/user", (long)pid);
	int r = userns_write_map(pid, "uid_map", &m->uids), fd;

	if (r == 0)
		r = userns_write_map(pid, "gid_map", &m->gids);
	if (r < 0)
		return r;
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : FD_NONE;
	return fd < 0 ? -errno : fd;
}

/* Also by the end of @parent, however it ends. */
__attribute__((noreturn)) static void wait_to_be_killed(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		(void)pause();
	_exit(1);
}

/* The namespace needs a process to be made, and none to live on once it is open. */
int idmap_userns(const struct idmap *m, struct error *err)
{
	struct sys_clone args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	auto_close int pidfd = FD_NONE;
	pid_t self = getpid(), pid = sys_clone3(&args, &pidfd);
	int fd;

	if (pid == 0)
		wait_to_be_killed(self);
	if (pid < 0)
		return error_set(err, pid, "cannot make a user namespace");
	fd = map_and_open(pid, m);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	return fd < 0 ? error_set(err, fd, "cannot map ids") : fd;
}

int idmap_apply(int tree_fd, int userns_fd, bool recursive)
{
	int r = mount_idmap(tree_fd, userns_fd, recursive);

	/* A file system without idmapped mounts says EINVAL; so does one that is idmapped already (EPERM). */
	return r == -EINVAL || r == -EPERM || r == -ENOSYS ? -EOPNOTSUPP : r;
}
