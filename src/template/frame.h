/* SPDX-License-Identifier: Apache-2.0 */
/* One compressed frame of a data object. */
#ifndef BERTH_TEMPLATE_FRAME_H
#define BERTH_TEMPLATE_FRAME_H

#include <stddef.h>

#include "template/header.h"

/**
 * frame_inflate() - exactly @out_len bytes out of exactly @in_len, with the frame's checksums checked.
 * Return: 0, -EBADMSG for damaged data, -ENOMEM.
 */
int frame_inflate(enum frame_compression compression, const void *in, size_t in_len, void *out,
		  size_t out_len);

#endif
