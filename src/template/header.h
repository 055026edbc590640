/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A build's header: which bytes of the device are where. Versions 1 to 5 are read, 3 and 4 written; the layout is
 * that of existing template platforms, byte for byte (docs/templates.md). Headers come from a network: every
 * count, sum and order is checked before it is believed.
 */
#ifndef BERTH_TEMPLATE_HEADER_H
#define BERTH_TEMPLATE_HEADER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "template/uuid.h"

#define HEADER_BLOCK	    4096u
#define HEADER_SIZE_MAX	    ((uint64_t) 1 << 46) /* of a device: 64 TiB */
#define HEADER_INFLATED_MAX ((uint64_t) 256 << 20)
#define HEADER_FRAMES_MAX   (1u << 20)
#define HEADER_FRAME_MAX    ((uint32_t) 64 << 20) /* bytes that one frame may inflate to */
#define HEADER_SHA256_SIZE  32

enum frame_compression {
	FRAME_NONE,
	FRAME_ZSTD,
	FRAME_LZ4
};

/* What is at [start, start + size) of the uncompressed data is the frame at [packed_start, + packed_size). */
struct header_frame {
	uint64_t start, packed_start;
	uint32_t size, packed_size;
};

/* A build that the mapping refers to, or that the header lists. */
struct header_build {
	struct uuid id;
	bool listed;	    /* the header says the following of it (version 4 and later) */
	uint64_t file_size; /* uncompressed bytes of its data object; 0: unknown */
	unsigned char sha256[HEADER_SHA256_SIZE]; /* of those; all zero: unknown */
	enum frame_compression compression;
	struct header_frame *frames; /* owned; sorted */
	size_t n_frames;
};

#define HEADER_ZEROS UINT32_MAX /* instead of a build: reads as zeros */

struct header_extent {
	uint64_t offset, length; /* in the device */
	uint64_t storage;	 /* in the uncompressed data of the build */
	uint32_t build;		 /* index into builds, or HEADER_ZEROS */
};

struct template_header {
	uint64_t version;
	uint64_t block_size;
	uint64_t size; /* of the device, in bytes */
	uint64_t generation;
	struct uuid build, base;
	struct header_build *builds; /* owned; sorted by id, each once */
	size_t n_builds;
	struct header_extent *
		extents; /* owned; sorted, without gap or overlap, to the end of the device or beyond */
	size_t n_extents;
};

#define TEMPLATE_HEADER_INIT ((struct template_header){ 0 })

void template_header_done(struct template_header *h);
DEFINE_AUTO(template_header, struct template_header, template_header_done)
#define auto_template_header auto_clean(template_header)

/** template_header_read() - parse a header object. Return: 0; -EINVAL with @err; -ENOMEM. */
int template_header_read(const void *data, size_t len, struct template_header *ret,
			 struct error *err);

/**
 * template_header_write() - append the object: layout 3 if no build of the mapping is compressed and none
 * listed, else layout 4; h->version says which and must be 1 to 4.
 * Return: 0; -EINVAL with @err for what no reader would take (and so would strand the build).
 */
int template_header_write(const struct template_header *h, struct buf *out, struct error *err);

/** header_find_build() - the index of @id in the table, or HEADER_ZEROS if it is not there. */
uint32_t header_find_build(const struct template_header *h, const struct uuid *id);

/** header_need_build() - the same, adding it if it is missing; extents are adjusted. Return: 0 or -ENOMEM. */
int header_need_build(struct template_header *h, const struct uuid *id, uint32_t *ret);

/**
 * header_need_builds() - the same for many at once, while there are no extents yet.
 * @ids: are sorted here
 */
int header_need_builds(struct template_header *h, struct uuid *ids, size_t n);

/**
 * header_add_extent() - append one to the end of the mapping, joined with the last where both the device and
 * the storage are contiguous. Return: 0 or -ENOMEM.
 */
int header_add_extent(struct template_header *h, const struct header_extent *e);

/** header_find_extent() - the index of the extent that holds @offset; n_extents if none does. */
size_t header_find_extent(const struct template_header *h, uint64_t offset);

/** header_is_packed() - whether a build that the mapping refers to is compressed. */
bool header_is_packed(const struct template_header *h);

enum block_state {
	BLOCK_SAME,
	BLOCK_DIRTY,
	BLOCK_ZERO
};

/**
 * template_header_merge() - the header of a child of @parent.
 * @states: an enum block_state for each HEADER_BLOCK of the child's device
 * @size: of the child's device, at least its parent's
 * @child: id of the new build, whose data object holds the dirty blocks one after the other
 *
 * Return: 0; -EINVAL with @err; -ENOMEM.
 */
int template_header_merge(const struct template_header *parent, const unsigned char *states,
			  uint64_t size, const struct uuid *child, struct template_header *ret,
			  struct error *err);

#endif
