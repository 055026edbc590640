/* SPDX-License-Identifier: Apache-2.0 */
/* Filters on the system calls of a process: seccomp(2). */
#ifndef BERTH_SYS_SECCOMP_H
#define BERTH_SYS_SECCOMP_H

/**
 * seccomp_deny_devices() - from now on, for this process and all its descendants, mknod(2) and mknodat(2)
 * make no device but those that every container has (null zero full random urandom tty ptmx) and
 * overlayfs's whiteout. With this, and every mount but /dev being nodev, CAP_MKNOD is harmless without a
 * device cgroup. Needs CAP_SYS_ADMIN.
 *
 * Return: 0; -EOPNOTSUPP where the processor or the kernel has no filter: then drop CAP_MKNOD; -errno.
 */
int seccomp_deny_devices(void);

#endif
