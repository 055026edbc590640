/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How ids on a file system appear inside an idmapped mount. Pure; sys/idmap.h makes it happen.
 *
 * The text is podman's: "uids=F-H-L#F-H-L;gids=F-H-L", F the id on the file system, H what it appears
 * as, L how many. A "@" before F says that H is counted inside the container's user namespace.
 */
#ifndef BERTH_MOUNT_IDMAP_H
#define BERTH_MOUNT_IDMAP_H

#include "base/error.h"
#include "sys/idmap.h"

/** mount_idmap_parse() - read podman's text. Return: 0 or -EINVAL with @err. */
int mount_idmap_parse(const char *text, struct idmap *ret, struct error *err);

/**
 * mount_idmap_swap() - @from on the file system appears as @to, and @to as @from; every other id is as it
 * is. So nothing is unmapped, and what either of them makes goes to the other's name.
 */
void mount_idmap_swap(struct id_ranges *ranges, uint32_t from, uint32_t to);

#endif
