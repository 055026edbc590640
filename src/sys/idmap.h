/* SPDX-License-Identifier: Apache-2.0 */
/* Idmapped mounts: mount_setattr(2), MOUNT_ATTR_IDMAP. */
#ifndef BERTH_SYS_IDMAP_H
#define BERTH_SYS_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define IDMAP_MAX_RANGES 16

struct id_range {
	uint32_t on_disk, seen, count;
};

struct id_ranges {
	struct id_range v[IDMAP_MAX_RANGES];
	size_t n;
};

struct idmap {
	struct id_ranges uids, gids;
};

#define IDMAP_INIT ((struct idmap){ 0 })

/**
 * idmap_userns() - a user namespace with this map, which is all that it is for.
 * An empty half is the identity. Return: descriptor, owned by the caller, or -errno with @err.
 */
int idmap_userns(const struct idmap *m, struct error *err);

/**
 * idmap_apply() - map the ids of the detached mount @tree_fd, with all mounted below it if @recursive.
 * Return: 0; -EOPNOTSUPP if its file system (or the kernel) can't; -errno. The mount is then as it was.
 */
int idmap_apply(int tree_fd, int userns_fd, bool recursive);

#endif
