/* SPDX-License-Identifier: Apache-2.0 */
/* Putting one entry's headers together: ustar, and pax records for what does not fit. */
#ifndef BERTH_HELPER_TARHEAD_H
#define BERTH_HELPER_TARHEAD_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "helper/tarread.h"

struct tar_head {
	const char *path; /* as it shall stand in the archive */
	const char *link; /* or NULL */
	char type;
	mode_t mode;
	uint64_t uid, gid, size;
	struct timespec mtime;
	unsigned dev_major, dev_minor;
	const struct tar_xattrs *xattrs; /* or NULL; sorted */
};

/** tar_head_add() - append the header blocks, extended ones first. */
void tar_head_add(struct buf *out, const struct tar_head *head);

#endif
