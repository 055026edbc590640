/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/self/mountinfo says of one mount: proc_pid_mountinfo(5). */
#ifndef BERTH_SYS_MOUNTINFO_H
#define BERTH_SYS_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strv.h"

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

/** mountinfo_read() - append /proc/self/mountinfo. Return: 0 or -errno. */
int mountinfo_read(struct buf *out);

enum mountinfo_found {
	MOUNTINFO_NONE,
	MOUNTINFO_TOP,	   /* it is what is seen there */
	MOUNTINFO_COVERED, /* something else was mounted over it */
};

/**
 * mountinfo_find() - whether @text has a mount at @point of the file system @device (st_dev), or one from @source.
 * Pure. @source may be NULL.
 */
enum mountinfo_found mountinfo_find(const char *text, const char *point, uint64_t device,
				    const char *source);

/** mountinfo_points() - append the mount points that @text names, as paths. Pure. Return: 0 or -ENOMEM. */
int mountinfo_points(const char *text, struct strv *ret);

#endif
