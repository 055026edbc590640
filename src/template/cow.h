/* SPDX-License-Identifier: Apache-2.0 */
/* A writable device over a read-only one: what is written goes into one sparse file beside it. */
#ifndef BERTH_TEMPLATE_COW_H
#define BERTH_TEMPLATE_COW_H

#include "base/error.h"
#include "template/device.h"
#include "template/uuid.h"

/**
 * cow_open() - put a copy-on-write layer over @lower.
 * @path: its file; made when missing, gone on with when it is of this build and size
 * @build: what @lower is
 * @ret: owns @lower from then on
 *
 * Return: 0; -EINVAL with @err for a file of something else; -errno with @err.
 */
int cow_open(struct block_device *lower, const char *path, const struct uuid *build,
	     struct block_device **ret, struct error *err);

/** cow_lower() - what the layer is on; NULL if @d is no such layer. Borrowed. */
struct block_device *cow_lower(struct block_device *d);

/** cow_states() - an enum block_state (template/header.h) for each block of the device. Borrowed. */
const unsigned char *cow_states(const struct block_device *d);

/** cow_dirty() - bytes in blocks that were written; 0 if @d is no such layer. */
uint64_t cow_dirty(const struct block_device *d);

#endif
