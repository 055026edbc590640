/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespace that this process is in. In any but the first one it is an ordinary user who looks like
 * root: there are no device nodes to be made, overlayfs keeps its marks in "user." attributes, and only ids that are
 * mapped exist.
 */
#ifndef BERTH_SYS_USERNS_H
#define BERTH_SYS_USERNS_H

#include <stdbool.h>
#include <sys/types.h>

#include "sys/idmap.h"

/** userns_is_initial() - whether this is the host's own user namespace. One stat(2). */
bool userns_is_initial(void);

/**
 * userns_refuse() - 0 where this is the host's own namespace; in another @what needs more than it gives: -EPERM with
 * @err.
 */
int userns_refuse(const char *what, struct error *err);

/** userns_maps_one_id() - whether there is but one user, root, in it: files of other owners can't be. */
bool userns_maps_one_id(void);

/** userns_inode() - what the namespace of process @pid ("self": 0) is known by. 0 if it can't be told. */
ino_t userns_inode(pid_t pid);

/** userns_has_id() - whether the id @id is mapped here. @map: "uid_map" or "gid_map". */
bool userns_has_id(const char *map, unsigned id);

/** userns_write_map() - "uid_map" or "gid_map" of process @pid: .on_disk inside is .seen outside. 0 or -errno. */
int userns_write_map(pid_t pid, const char *map, const struct id_ranges *ranges);

#endif
