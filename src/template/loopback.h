/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop back end: an image that lies complete and raw on this machine needs no server. Read-only it is mounted as
 * it is; writable, a copy that shares its blocks is, or where the file system can't share blocks, an overlay over
 * the read-only image.
 */
#ifndef BERTH_TEMPLATE_LOOPBACK_H
#define BERTH_TEMPLATE_LOOPBACK_H

#include "template/record.h"

/**
 * loopback_mount() - mount what @r asks for on the directory @target_fd, and complete the record.
 * Return: 0; -ENOENT with @err if there is no such image; -errno with @err: nothing is mounted.
 */
int loopback_mount(const struct store *s, struct mount_record *r, int target_fd, struct error *err);

#endif
