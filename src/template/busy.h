/* SPDX-License-Identifier: Apache-2.0 */
/* Who keeps a file system from being unmounted. */
#ifndef BERTH_TEMPLATE_BUSY_H
#define BERTH_TEMPLATE_BUSY_H

#include <stdint.h>

#include "base/buf.h"

/**
 * busy_describe() - append to @out what uses the mount of @fs_device (st_dev) at @path: processes by their files,
 * working directories and programs ("pid 12 (bash), pid 34 (tail)"), and what is mounted inside. Nothing if nothing
 * is found.
 */
void busy_describe(struct buf *out, const char *path, uint64_t fs_device);

#endif
