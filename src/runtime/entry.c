/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/syscalls.h"

#define JOIN_SESSION_KEYRING 1

int entry_root(pid_t pid, int pidfd)
{
	char path[64];
	auto_close int fd = FD_NONE;

	(void)snprintf(path, sizeof(path), "/proc/%ld/root", (long)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || sys_pidfd_send_signal(pidfd, 0) < 0 ? -ESRCH : take_fd(&fd);
}

void entry_reset(const sigset_t *signals)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	/* One by one: CLONE_CLEAR_SIGHAND leaves ignored what nohup, or the monitor, ignores. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigprocmask(SIG_SETMASK, signals, NULL);
	(void)umask(0);
	/* Keys of berth's caller are not the container's; a kernel without keyrings has nothing to hide. */
	(void)syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL);
}

int entry_stdio(const int stdio[3], struct error *err)
{
	auto_close int null = FD_NONE;

	if (stdio[0] < 0) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0 || dup2(null, STDIN_FILENO) < 0)
			return error_set(err, errno, "cannot open '/dev/null'");
	}
	for (int i = 0; i <= 2; i++) {
		if (stdio[i] >= 0 && stdio[i] != i && dup2(stdio[i], i) < 0)
			return error_set(err, errno, "cannot place descriptor %d", i);
	}
	return 0;
}

int entry_give_stdio(const struct user *u, struct error *err)
{
	for (int fd = 0; u->uid != 0 && fd <= 2; fd++) {
		struct stat st;
		bool ours = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_nlink == 1 &&
			    st.st_uid == 0;

		if (ours && fchown(fd, u->uid, (gid_t)-1) < 0)
			return error_set(err, errno, "cannot give descriptor %d to user %u", fd, u->uid);
	}
	return 0;
}

int entry_workdir(const char *path, struct error *err)
{
	auto_close int fd = FD_NONE;
	char cwd[PATH_MAX];

	if (!path)
		return 0;
	fd = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
			 SYS_RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return error_set(err, fd, "cannot enter the working directory '%s'", path);
	if (fchdir(fd) < 0 || !getcwd(cwd, sizeof(cwd)) || cwd[0] != '/')
		return error_set(err, errno, "cannot enter the working directory '%s'", path);
	return 0;
}
