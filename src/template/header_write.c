/* SPDX-License-Identifier: Apache-2.0 */
/* Writing headers: layout 3, or 4 when something is compressed (header_read.c has the layouts). */
#include <endian.h>
#include <errno.h>
#include <lz4frame.h>
#include <string.h>

#include "template/header.h"

static void add_u64(struct buf *out, uint64_t v)
{
	uint64_t le = htole64(v);

	buf_add(out, &le, sizeof(le));
}

static void add_u32(struct buf *out, uint32_t v)
{
	uint32_t le = htole32(v);

	buf_add(out, &le, sizeof(le));
}

static void add_metadata(const struct template_header *h, uint64_t version, struct buf *out)
{
	add_u64(out, version);
	add_u64(out, h->block_size);
	add_u64(out, h->size);
	add_u64(out, h->generation);
	buf_add(out, h->build.b, UUID_BYTES);
	buf_add(out, h->base.b, UUID_BYTES);
}

static void add_entries(const struct template_header *h, struct buf *out)
{
	static const struct uuid nil;

	for (size_t i = 0; i < h->n_extents; i++) {
		const struct header_extent *e = &h->extents[i];

		add_u64(out, e->offset);
		add_u64(out, e->length);
		buf_add(out, e->build == HEADER_ZEROS ? nil.b : h->builds[e->build].id.b,
			UUID_BYTES);
		add_u64(out, e->storage);
	}
}

/* Which frames the mapping touches. Its extents are in the order of the device, not of the data. */
static void mark_frames(const struct template_header *h, uint32_t build, unsigned char *used)
{
	const struct header_build *b = &h->builds[build];

	for (size_t i = 0; i < h->n_extents; i++) {
		const struct header_extent *e = &h->extents[i];
		size_t low = 0, high = b->n_frames;

		if (e->build != build)
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (b->frames[middle].start + b->frames[middle].size <= e->storage)
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < b->n_frames && b->frames[low].start < e->storage + e->length; low++)
			used[low] = 1;
	}
}

/* The own build's list of frames is whole, an ancestor's only what is referred to. */
static int add_build(const struct template_header *h, uint32_t build, struct buf *out)
{
	const struct header_build *b = &h->builds[build];
	auto_free unsigned char *used = calloc(b->n_frames + 1, 1);
	uint32_t n = 0;

	if (!used)
		return -ENOMEM;
	if (uuid_compare(&b->id, &h->build) == 0)
		memset(used, 1, b->n_frames);
	else
		mark_frames(h, build, used);
	for (size_t i = 0; i < b->n_frames; i++)
		n += used[i];
	buf_add(out, b->id.b, UUID_BYTES);
	add_u64(out, b->file_size);
	buf_add(out, b->sha256, HEADER_SHA256_SIZE);
	add_u32(out, (uint32_t) b->compression);
	add_u32(out, n);
	for (size_t i = 0; i < b->n_frames; i++) {
		if (!used[i])
			continue;
		add_u64(out, b->frames[i].start);
		add_u64(out, b->frames[i].packed_start);
		add_u32(out, b->frames[i].size);
		add_u32(out, b->frames[i].packed_size);
	}
	return 0;
}

static bool is_referred_to(const struct template_header *h, uint32_t build)
{
	if (uuid_compare(&h->builds[build].id, &h->build) == 0)
		return true;
	for (size_t i = 0; i < h->n_extents; i++) {
		if (h->extents[i].build == build)
			return true;
	}
	return false;
}

/* Builds of which nothing is known are left out: a reader then looks into their own headers. */
static int add_builds(const struct template_header *h, struct buf *out)
{
	auto_buf struct buf table = { .limit = HEADER_INFLATED_MAX };
	uint32_t n = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < h->n_builds; i++) {
		if (h->builds[i].listed && is_referred_to(h, i)) {
			r = add_build(h, i, &table);
			n++;
		}
	}
	add_u32(out, n);
	buf_add(out, buf_str(&table), table.len);
	return buf_failed(&table) ? -ENOMEM : r;
}

static int add_framed(const struct buf *inflated, struct buf *out)
{
	const LZ4F_preferences_t how = {
		.frameInfo = { .blockSizeID = LZ4F_max4MB,
			       .blockMode = LZ4F_blockIndependent,
			       .contentChecksumFlag = LZ4F_contentChecksumEnabled,
			       .blockChecksumFlag = LZ4F_blockChecksumEnabled },
	};
	size_t bound = LZ4F_compressFrameBound(inflated->len, &how), n;
	auto_free void *packed = malloc(bound);

	if (!packed)
		return -ENOMEM;
	n = LZ4F_compressFrame(packed, bound, buf_str(inflated), inflated->len, &how);
	if (LZ4F_isError(n))
		return -EINVAL;
	buf_addc(out, 0);
	add_u32(out, (uint32_t) inflated->len);
	buf_add(out, packed, n);
	return 0;
}

static int write_framed(const struct template_header *h, struct buf *out, struct error *err)
{
	auto_buf struct buf inflated = { .limit = HEADER_INFLATED_MAX };
	int r = add_builds(h, &inflated);

	add_metadata(h, 4, out);
	add_u32(&inflated, (uint32_t) h->n_extents);
	add_entries(h, &inflated);
	if (r == 0 && buf_failed(&inflated))
		return error_msg(
			err, EINVAL,
			"the template's header would be too large: the image is too fragmented");
	if (r == 0)
		r = add_framed(&inflated, out);
	return r < 0 ? error_set(err, r, "cannot write the template's header") : 0;
}

int template_header_write(const struct template_header *h, struct buf *out, struct error *err)
{
	bool framed = header_is_packed(h) || (h->version & 0xffff) > 3;
	int r = 0;

	if (h->n_extents > UINT32_MAX || h->n_extents * 40 > HEADER_INFLATED_MAX)
		return error_msg(
			err, EINVAL,
			"the template's header would be too large: the image is too fragmented");
	if (framed) {
		r = write_framed(h, out, err);
	} else {
		add_metadata(h, h->version, out);
		add_entries(h, out);
	}
	if (r == 0 && buf_failed(out))
		return error_set(err, ENOMEM, "cannot write the template's header");
	return r;
}
