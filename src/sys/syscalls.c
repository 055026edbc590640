/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
# define SYS_openat2 437
#endif
#ifndef SYS_clone3
# define SYS_clone3 435
#endif
#ifndef SYS_close_range
# define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
# define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
# define SYS_pidfd_send_signal 424
#endif

#define RENAME_NOREPLACE_FLAG	 1u
#define RENAME_EXCHANGE_FLAG	 2u
#define CLOSE_RANGE_CLOEXEC_FLAG 4u
#define OPENAT2_ATTEMPTS	 32
#define CAPABILITY_VERSION_3	 0x20080522u

struct how {
	uint64_t flags, mode, resolve;
};

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct how how = { .flags = flags, .mode = mode, .resolve = resolve };

	for (int i = 0;; i++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || i >= OPENAT2_ATTEMPTS))
			return -errno;
	}
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes it */
pid_t sys_clone3(struct sys_clone *args, int *ret_pidfd)
{
	long pid;

	args->flags |= SYS_CLONE_PIDFD;
	args->pidfd = (uint64_t)(uintptr_t)ret_pidfd;
	pid = syscall(SYS_clone3, args, sizeof(*args));
	return pid < 0 ? -errno : (pid_t)pid;
}

pid_t sys_fork_sibling(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	return pid < 0 ? -errno : (pid_t)pid;
}

int sys_setns(int pidfd, int flags)
{
	return setns(pidfd, flags) < 0 ? -errno : 0;
}

int sys_pidfd_open(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : (int)fd;
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

int sys_close_from(unsigned first)
{
	return syscall(SYS_close_range, first, ~0u, 0) < 0 ? -errno : 0;
}

int sys_close_range_cloexec(unsigned first)
{
	return syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC_FLAG) < 0 ? -errno : 0;
}

int sys_rename_new(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
	if (syscall(SYS_renameat2, old_dir, old_name, new_dir, new_name, RENAME_NOREPLACE_FLAG) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (faccessat(new_dir, new_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(old_dir, old_name, new_dir, new_name) < 0 ? -errno : 0;
}

int sys_rename_exchange(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
	return syscall(SYS_renameat2, old_dir, old_name, new_dir, new_name, RENAME_EXCHANGE_FLAG) < 0 ? -errno : 0;
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old) < 0 ? -errno : 0;
}

struct capability_header {
	uint32_t version;
	int pid;
};

struct capability_data {
	uint32_t effective, permitted, inheritable;
};

int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct capability_header header = { CAPABILITY_VERSION_3, 0 };
	struct capability_data data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int sys_capget(uint64_t *ret_permitted)
{
	struct capability_header header = { CAPABILITY_VERSION_3, 0 };
	struct capability_data data[2] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret_permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

int sys_setgroups(size_t n, const gid_t *list)
{
	return setgroups(n, list) < 0 ? -errno : 0;
}
