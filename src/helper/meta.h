/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes that layers have, and overlayfs's way of marking what is deleted. */
#ifndef BERTH_HELPER_META_H
#define BERTH_HELPER_META_H

#include <stdbool.h>
#include <sys/stat.h>

#include "helper/tarread.h"

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_META	".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/** stat_is_whiteout() - overlayfs's mark for a deleted name: a character device 0:0. */
bool stat_is_whiteout(const struct stat *st);

/*
 * Only what is part of a layer is set and read: not overlayfs's own attributes (with which a hostile layer
 * could redirect), nor labels that only mean something on one host.
 */

/** xattrs_apply() - set them on @fd, or, if @name is not NULL, on @name in directory @fd without following it. */
int xattrs_apply(int fd, const char *name, const struct tar_xattrs *x);

/** xattrs_read() - the attributes of @fd, or of @name in it, that are content, sorted. */
int xattrs_read(int fd, const char *name, struct tar_xattrs *ret);

/** xattr_make_opaque() - give the directory @fd overlayfs's opaque mark. 0 or -errno. */
int xattr_make_opaque(int fd);

/** xattr_is_opaque() - whether the directory @fd has overlayfs's opaque mark. */
bool xattr_is_opaque(int fd);

#endif
