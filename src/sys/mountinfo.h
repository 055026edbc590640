/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/self/mountinfo says of one mount: proc_pid_mountinfo(5). */
#ifndef BERTH_SYS_MOUNTINFO_H
#define BERTH_SYS_MOUNTINFO_H

#include <stdbool.h>

struct mount_peers {
	bool shared; /* propagates to and from a peer group */
	bool slave;  /* receives from one */
	char point[256]; /* where it is mounted, shortened if need be */
};

/**
 * mountinfo_line() - read the propagation of the mount @id from @text, the contents of mountinfo.
 * Pure. Return: 0 or -ENOENT.
 */
int mountinfo_line(const char *text, unsigned long id, struct mount_peers *ret);

/** mountinfo_peers() - the same for the mount that the file behind @fd lies on. Return: 0 or -errno. */
int mountinfo_peers(int fd, struct mount_peers *ret);

#endif
