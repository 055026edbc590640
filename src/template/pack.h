/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a build: its packed data object, plain or in frames, its metadata and header, all published at once. */
#ifndef BERTH_TEMPLATE_PACK_H
#define BERTH_TEMPLATE_PACK_H

#include "template/build.h"
#include "template/digest.h"

#define PACK_FRAME ((size_t) 2 << 20) /* uncompressed bytes of a frame */

struct packer {
	int fd; /* owned; the data object so far */
	enum frame_compression compression;
	uint64_t size, packed; /* bytes taken, bytes written */
	struct digest digest;  /* of the bytes taken */
	unsigned char *frame;  /* owned; what is not yet written */
	unsigned char *out;    /* owned; room for a compressed frame */
	size_t filled;
	struct header_frame *frames; /* owned */
	size_t n_frames;
};

#define PACKER_INIT ((struct packer){ .fd = FD_NONE, .digest = DIGEST_INIT })

/** packer_init() - a data object in a temporary file of @s. */
int packer_init(struct packer *p, struct storage *s, enum frame_compression compression,
		struct error *err);
void packer_done(struct packer *p);
DEFINE_AUTO(packer, struct packer, packer_done)
#define auto_packer auto_clean(packer)

/** packer_add() - whole blocks, in the order of the device. */
int packer_add(struct packer *p, const void *data, size_t len, struct error *err);

/**
 * packer_publish() - finish the object and publish it as the build of @h, whose mapping refers to it.
 * @h: its own build's entry is filled in here
 * @metadata: text of metadata.json
 */
int packer_publish(struct packer *p, struct storage *s, struct template_header *h,
		   const struct buf *metadata, struct error *err);

/** block_is_zero() - whether @len bytes, a multiple of 16, are all zero. */
bool block_is_zero(const void *data, size_t len);

#endif
