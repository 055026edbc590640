/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that glibc 2.36 or musl 1.2.3 have no wrapper for, and those whose wrapper reports
 * through errno. All return the result, or -errno. Constants that Debian 12's headers lack stand here,
 * so that no other file includes <linux/…>.
 */
#ifndef BERTH_SYS_SYSCALLS_H
#define BERTH_SYS_SYSCALLS_H

#include <stdint.h>
#include <sys/types.h>

/* openat2(2) */
#define SYS_RESOLVE_NO_XDEV	  0x01u
#define SYS_RESOLVE_NO_MAGICLINKS 0x02u
#define SYS_RESOLVE_NO_SYMLINKS	  0x04u
#define SYS_RESOLVE_BENEATH	  0x08u
#define SYS_RESOLVE_IN_ROOT	  0x10u

/** sys_openat2() - openat2(2); retried a bounded number of times while a rename race makes it say EAGAIN. */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

/* clone3(2) */
struct sys_clone {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};
#define SYS_CLONE_PIDFD	      0x00001000ull
#define SYS_CLONE_NEWCGROUP   0x02000000ull
#define SYS_CLONE_INTO_CGROUP 0x200000000ull

/**
 * sys_clone3() - fork-like clone3(2): the child returns 0 on a copy of the stack. @args->pidfd is set to
 * the address of @ret_pidfd. As the C library is not told, the child may use only async-signal-safe
 * functions until it executes another program.
 *
 * Return: the child's pid, 0 in the child, -errno.
 */
pid_t sys_clone3(struct sys_clone *args, int *ret_pidfd);

/**
 * sys_fork_sibling() - fork(2) whose child is a child of this process's parent, not of this process: for who has joined
 * a PID namespace, but is none of its processes. The C library is not told, as with sys_clone3(); clone(2) is used for
 * filters of system calls that let nobody near clone3(2).
 *
 * Return: the child's pid as this process and its parent see it, 0 in the child, -errno.
 */
pid_t sys_fork_sibling(void);

/** sys_setns() - setns(2): go into the namespaces of the process @pidfd that @flags (CLONE_NEW*) name, or into none. */
int sys_setns(int pidfd, int flags);

int sys_pidfd_open(pid_t pid);
int sys_pidfd_send_signal(int pidfd, int sig);
/** sys_close_from() - close every descriptor from @first up. */
int sys_close_from(unsigned first);
/** sys_close_range_cloexec() - mark every descriptor from @first up close-on-exec. */
int sys_close_range_cloexec(unsigned first);

/**
 * sys_rename_new() - renameat2(2) that replaces nothing: -EEXIST if @new_name is there. Where the file
 * system can't do that atomically (EINVAL), it looks first.
 */
int sys_rename_new(int old_dir, const char *old_name, int new_dir, const char *new_name);
/** sys_rename_exchange() - renameat2(2): each takes the other's name, at once. */
int sys_rename_exchange(int old_dir, const char *old_name, int new_dir, const char *new_name);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
/** sys_capget() - the permitted set of this process. */
int sys_capget(uint64_t *ret_permitted);
int sys_setgroups(size_t n, const gid_t *list);

#endif
