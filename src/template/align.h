/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Smaller blocks over larger ones. ext4 with blocks of 1 KiB, XFS with sectors of 512 bytes: what such a file
 * system writes is less than the 4 KiB that the device below takes, so the rest of the block is read first.
 */
#ifndef BERTH_TEMPLATE_ALIGN_H
#define BERTH_TEMPLATE_ALIGN_H

#include "template/device.h"

/**
 * align_open() - a device of @block_size over @below, which it owns on success.
 * Return: 0 or -ENOMEM.
 */
int align_open(struct block_device *below, uint32_t block_size, struct block_device **ret);

#endif
