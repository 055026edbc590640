/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading headers.
 *
 *   64 bytes  version, block size, device size, generation (u64 each, little-endian), build, base build
 *   1, 2, 3   then entries of 40 bytes up to the end: offset, length, build, storage offset
 *   4, 5      then flags (u8), inflated size (u32), one LZ4 frame: a table of builds with their sizes, digests and
 *             compressed frames; then the mapping, as entries (4) or as columns of variable-length integers (5)
 *
 * Versions 1 and 2 were written by programs that left gaps and odd lengths, which their own reader bore: gaps read
 * as zeros. From 3 on the mapping must be whole. An overlap is refused in all: it has no one meaning.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <lz4frame.h>
#include <string.h>

#include "template/header.h"

#define METADATA_SIZE	    64
#define ENTRY_SIZE	    40
#define FRAME_SIZE	    24
#define BUILD_SIZE	    (16 + 8 + 32 + 4 + 4)
#define FLAG_INCOMPLETE	    1
#define BUILDS_MAX	    65535u
#define COLUMNS_ENTRIES_MAX (8u << 20)

/* What is left to read. A read beyond the end sets .bad and gives zeros: one check at the end of a part is enough. */
struct cursor {
	const unsigned char *p;
	size_t left;
	bool bad;
};

struct mapping {
	struct template_header *h;
	uint64_t end;	/* of what was added so far */
	uint64_t limit; /* no entry goes beyond */
	uint64_t align; /* of all offsets and lengths */
	bool odd, gaps; /* odd entries, gaps between entries are borne */
};

static int damaged(struct error *err, const char *what)
{
	return error_msg(err, EINVAL, "damaged template header: %s", what);
}

static uint64_t round_up(uint64_t size)
{
	return (size + HEADER_BLOCK - 1) / HEADER_BLOCK * HEADER_BLOCK;
}

static const unsigned char *take(struct cursor *c, size_t n)
{
	const unsigned char *p = c->p;

	if (n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

static uint64_t take_u64(struct cursor *c)
{
	const unsigned char *p = take(c, sizeof(uint64_t));
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint32_t take_u32(struct cursor *c)
{
	const unsigned char *p = take(c, sizeof(uint32_t));
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static struct uuid take_uuid(struct cursor *c)
{
	const unsigned char *p = take(c, UUID_BYTES);
	struct uuid id = { { 0 } };

	if (p)
		memcpy(id.b, p, UUID_BYTES);
	return id;
}

/* LEB128, as Go's encoding/binary writes it: ten bytes at most, no bit beyond the 64th. */
static uint64_t take_uvarint(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		const unsigned char *p = take(c, 1);

		if (!p)
			return 0;
		if (shift == 63 && *p > 1)
			break;
		v |= (uint64_t) (*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

static int64_t take_varint(struct cursor *c)
{
	uint64_t v = take_uvarint(c);

	return (int64_t) (v >> 1) ^ -(int64_t) (v & 1);
}

static int read_metadata(struct cursor *c, struct template_header *h, struct error *err)
{
	h->version = take_u64(c);
	h->block_size = take_u64(c);
	h->size = take_u64(c);
	h->generation = take_u64(c);
	h->build = take_uuid(c);
	h->base = take_uuid(c);
	if (c->bad)
		return damaged(err, "shorter than 64 bytes");
	if ((h->version & 0xffff) < 1 || (h->version & 0xffff) > 5)
		return error_msg(err, EINVAL, "template header of unknown version %" PRIu64,
				 h->version);
	if (h->block_size < 512 || h->block_size > (16u << 20) ||
	    (h->block_size & (h->block_size - 1)))
		return damaged(err, "the block size");
	if (h->size == 0 || h->size > HEADER_SIZE_MAX)
		return damaged(err, "the size of the device");
	return 0;
}

/* ---- the mapping ------------------------------------------------------------------------------------------- */

static int need_builds(struct template_header *h, struct uuid *ids, size_t n, struct error *err)
{
	if (header_need_builds(h, ids, n) < 0)
		return error_set(err, ENOMEM, "cannot read the template's header");
	return h->n_builds > BUILDS_MAX ? damaged(err, "too many builds") : 0;
}

static int add_zeros(struct mapping *m, uint64_t end, struct error *err)
{
	struct header_extent e = { .offset = m->end,
				   .length = end - m->end,
				   .build = HEADER_ZEROS };

	if (header_add_extent(m->h, &e) < 0)
		return error_set(err, ENOMEM, "cannot read the template's header");
	m->end = end;
	return 0;
}

static bool is_sound(const struct mapping *m, const struct header_extent *e, bool zeros)
{
	uint64_t all = e->offset | e->length | (zeros ? 0 : e->storage);

	return e->length > 0 && (all & (m->align - 1)) == 0 && e->offset + e->length <= m->limit;
}

/* @e->build is not looked at: @id is the build. The entry comes after all that were added before. */
static int add_entry(struct mapping *m, struct header_extent e, const struct uuid *id,
		     struct error *err)
{
	bool zeros = uuid_is_nil(id);

	if (e.offset + e.length < e.offset || (!zeros && e.storage > HEADER_SIZE_MAX) ||
	    e.length > HEADER_SIZE_MAX)
		return damaged(err, "an entry of the mapping overflows");
	if (!is_sound(m, &e, zeros)) {
		if (!m->odd)
			return damaged(err,
				       "an entry of the mapping is out of range or not aligned");
		if (e.length == 0 || e.offset >= m->limit)
			return 0;
		e.length = MIN(e.length, m->limit - e.offset);
	}
	if (e.offset < m->end)
		return damaged(err, "entries of the mapping overlap or are out of order");
	if (e.offset > m->end) {
		if (!m->gaps)
			return damaged(err, "the mapping has a gap");
		if (add_zeros(m, e.offset, err) < 0)
			return -ENOMEM;
	}
	e.build = HEADER_ZEROS;
	if (zeros)
		e.storage = 0;
	else
		e.build = header_find_build(m->h, id);
	m->end = e.offset + e.length;
	return header_add_extent(m->h, &e) < 0
		       ? error_set(err, ENOMEM, "cannot read the template's header")
		       : 0;
}

/* The builds must all be known before extents carry indices; else each new one would move the others'. */
static int note_builds(struct template_header *h, struct cursor c, uint64_t n, struct error *err)
{
	auto_free struct uuid *ids = reallocarray(NULL, n + 1, sizeof(*ids));
	size_t found = 0;

	if (!ids)
		return error_set(err, ENOMEM, "cannot read the template's header");
	for (uint64_t i = 0; i < n; i++) {
		struct uuid id;

		(void)take(&c, 16);
		id = take_uuid(&c);
		(void)take(&c, 8);
		if (!uuid_is_nil(&id) && (!found || uuid_compare(&id, &ids[found - 1]) != 0))
			ids[found++] = id;
	}
	return need_builds(h, ids, found, err);
}

static int read_entries(struct cursor *c, uint64_t n, struct mapping *m, struct error *err)
{
	int r = note_builds(m->h, *c, n, err);

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		struct header_extent e = { .offset = take_u64(c), .length = take_u64(c) };
		struct uuid id = take_uuid(c);

		e.storage = take_u64(c);
		r = add_entry(m, e, &id, err);
	}
	return r;
}

static int read_plain(struct cursor *c, struct mapping *m, struct error *err)
{
	if (c->left % ENTRY_SIZE)
		return damaged(err, "the mapping is no whole number of entries");
	m->odd = m->gaps = (m->h->version & 0xffff) < 3;
	return read_entries(c, c->left / ENTRY_SIZE, m, err);
}

/* Four columns, each read by a cursor of its own, found by walking over the one before. */
static int find_columns(struct cursor *c, uint32_t n, struct cursor columns[4], struct error *err)
{
	for (int i = 0; i < 4; i++) {
		columns[i] = *c;
		for (uint32_t k = 0; k < n && !c->bad; k++)
			(void)take_uvarint(c);
	}
	return c->bad ? damaged(err, "the mapping's columns end early") : 0;
}

static int read_column_entries(struct cursor columns[4], uint32_t n, const struct uuid *ids,
			       size_t n_ids, struct mapping *m, struct error *err)
{
	const uint64_t limit = HEADER_SIZE_MAX / HEADER_BLOCK;
	uint64_t offset = 0;
	int64_t storage = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t delta = take_uvarint(&columns[0]), length = take_uvarint(&columns[1]);
		int64_t move = take_varint(&columns[2]);
		uint64_t build = take_uvarint(&columns[3]);
		struct header_extent e;
		int r;

		if (delta > limit || length > limit || move > (int64_t) limit ||
		    move < -(int64_t) limit)
			return damaged(err, "an entry of the mapping overflows");
		offset += delta;
		storage += move;
		if (offset > limit || storage < 0 || (uint64_t) storage > limit || build >= n_ids)
			return damaged(err, "an entry of the mapping is out of range");
		e = (struct header_extent){ .offset = offset * HEADER_BLOCK,
					    .length = length * HEADER_BLOCK,
					    .storage = (uint64_t) storage * HEADER_BLOCK };
		r = add_entry(m, e, &ids[build], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The table of ids: as read into @ids, for the index column, and into the header's own, which is sorted. */
static int read_column_builds(struct cursor *c, struct template_header *h, struct uuid **ret,
			      size_t *ret_n, struct error *err)
{
	uint32_t n = take_u32(c);
	auto_free struct uuid *ids = NULL, *sorted = NULL;

	if (c->bad || n > BUILDS_MAX || n > c->left / UUID_BYTES)
		return damaged(err, "the mapping's table of builds");
	ids = reallocarray(NULL, n + 1, sizeof(*ids));
	sorted = reallocarray(NULL, n + 1, sizeof(*ids));
	if (!ids || !sorted)
		return error_set(err, ENOMEM, "cannot read the template's header");
	for (uint32_t i = 0; i < n; i++) {
		ids[i] = sorted[i] = take_uuid(c);
		if (uuid_is_nil(&ids[i]))
			return damaged(err, "the mapping's table of builds");
	}
	*ret = take_ptr(ids);
	*ret_n = n;
	return need_builds(h, sorted, n, err);
}

static int read_columns(struct cursor *c, struct mapping *m, struct error *err)
{
	struct cursor columns[4];
	auto_free struct uuid *ids = NULL;
	size_t n_ids = 0;
	uint32_t n;
	int r = read_column_builds(c, m->h, &ids, &n_ids, err);

	if (r < 0)
		return r;
	n = take_u32(c);
	if (c->bad || n > COLUMNS_ENTRIES_MAX || n > c->left / 4)
		return damaged(err, "the number of the mapping's entries");
	m->gaps = true;
	m->align = HEADER_BLOCK;
	r = find_columns(c, n, columns, err);
	return r < 0 ? r : read_column_entries(columns, n, ids, n_ids, m, err);
}

/* ---- the table of builds ----------------------------------------------------------------------------------- */

static int read_frames(struct cursor *c, struct header_build *b, uint32_t n, struct error *err)
{
	uint64_t end = 0, packed_end = 0;

	if (n > HEADER_FRAMES_MAX || n > c->left / FRAME_SIZE)
		return damaged(err, "the number of a build's frames");
	if (!n)
		return 0;
	b->frames = reallocarray(NULL, n, sizeof(*b->frames));
	if (!b->frames)
		return error_set(err, ENOMEM, "cannot read the template's header");
	for (uint32_t i = 0; i < n; i++) {
		struct header_frame f = { .start = take_u64(c), .packed_start = take_u64(c) };

		f.size = take_u32(c);
		f.packed_size = take_u32(c);
		if (f.start > HEADER_SIZE_MAX || f.packed_start > HEADER_SIZE_MAX || f.size == 0 ||
		    f.packed_size == 0 || f.size > HEADER_FRAME_MAX ||
		    f.packed_size > 2 * HEADER_FRAME_MAX)
			return damaged(err, "a frame is out of range");
		if (f.start < end || f.packed_start < packed_end)
			return damaged(err, "frames overlap or are out of order");
		end = f.start + f.size;
		packed_end = f.packed_start + f.packed_size;
		b->frames[i] = f;
		b->n_frames = i + 1;
	}
	return b->file_size && end > b->file_size
		       ? damaged(err, "a frame is beyond the end of its build")
		       : 0;
}

static int read_build(struct cursor *c, struct template_header *h, struct error *err)
{
	struct uuid id = take_uuid(c);
	uint64_t size = take_u64(c);
	const unsigned char *sha256 = take(c, HEADER_SHA256_SIZE);
	uint32_t compression = take_u32(c), frames = take_u32(c), at;
	struct header_build *b;

	if (c->bad || size > HEADER_SIZE_MAX || compression > FRAME_LZ4 ||
	    (compression == FRAME_NONE && frames > 0))
		return damaged(err, "the table of builds");
	if (uuid_is_nil(&id) ||
	    (h->n_builds && uuid_compare(&id, &h->builds[h->n_builds - 1].id) <= 0))
		return damaged(err, "the table of builds is not sorted");
	if (header_need_build(h, &id, &at) < 0)
		return error_set(err, ENOMEM, "cannot read the template's header");
	b = &h->builds[at];
	b->listed = true;
	b->file_size = size;
	/* The platforms' reader takes a build without frames for uncompressed. */
	b->compression = frames ? (enum frame_compression) compression : FRAME_NONE;
	memcpy(b->sha256, sha256, HEADER_SHA256_SIZE);
	return read_frames(c, b, frames, err);
}

static int read_builds(struct cursor *c, struct template_header *h, struct error *err)
{
	uint32_t n = take_u32(c);

	if (c->bad || n > c->left / BUILD_SIZE)
		return damaged(err, "the number of builds");
	for (uint32_t i = 0; i < n; i++) {
		int r = read_build(c, h, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool frames_hold(const struct header_build *b, uint64_t from, uint64_t end)
{
	size_t low = 0, high = b->n_frames;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->frames[middle].start + b->frames[middle].size <= from)
			low = middle + 1;
		else
			high = middle;
	}
	for (; from < end && low < b->n_frames && b->frames[low].start <= from; low++)
		from = b->frames[low].start + b->frames[low].size;
	return from >= end;
}

/* What the mapping refers to is there, as far as the header says what is. */
static int check_references(const struct template_header *h, struct error *err)
{
	for (size_t i = 0; i < h->n_extents; i++) {
		const struct header_extent *e = &h->extents[i];
		const struct header_build *b;
		uint64_t end = e->storage + e->length;

		if (e->build == HEADER_ZEROS || !h->builds[e->build].listed)
			continue;
		b = &h->builds[e->build];
		if (b->compression != FRAME_NONE && !frames_hold(b, e->storage, end))
			return damaged(err, "the mapping refers to data that no frame holds");
		if (b->file_size && end > round_up(b->file_size))
			return damaged(err, "the mapping refers to data beyond the end of a build");
	}
	return 0;
}

/* ---- framing ----------------------------------------------------------------------------------------------- */

static int inflate_all(struct cursor *c, unsigned char *to, size_t size, struct error *err)
{
	LZ4F_dctx *ctx = NULL;
	size_t done = 0, hint = 1;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)))
		return error_set(err, ENOMEM, "cannot read the template's header");
	while (hint != 0) {
		size_t out = size - done, in = c->left;

		hint = LZ4F_decompress(ctx, to + done, &out, c->p, &in, NULL);
		if (LZ4F_isError(hint) || (out == 0 && in == 0))
			break;
		done += out;
		c->p += in;
		c->left -= in;
	}
	(void)LZ4F_freeDecompressionContext(ctx);
	if (hint != 0 || done != size || c->left)
		return damaged(err, "its compressed part");
	return 0;
}

static int read_framed(struct cursor *c, struct mapping *m, struct error *err)
{
	const unsigned char *flags = take(c, 1);
	auto_free unsigned char *inflated = NULL;
	uint32_t size = take_u32(c);
	struct cursor in;
	int r;

	if (c->bad || size > HEADER_INFLATED_MAX || size / 255 > c->left)
		return damaged(err, "the size of its compressed part");
	if (*flags & FLAG_INCOMPLETE)
		return error_msg(err, EINVAL, "the template's header is marked as incomplete");
	if (*flags)
		return damaged(err, "unknown flags");
	inflated = malloc(size ? size : 1);
	if (!inflated)
		return error_set(err, ENOMEM, "cannot read the template's header");
	r = inflate_all(c, inflated, size, err);
	in = (struct cursor){ .p = inflated, .left = size };
	if (r == 0)
		r = read_builds(&in, m->h, err);
	if (r < 0)
		return r;
	if ((m->h->version & 0xffff) == 4) {
		uint32_t n = take_u32(&in);

		if (in.bad || n > in.left / ENTRY_SIZE)
			return damaged(err, "the number of the mapping's entries");
		r = read_entries(&in, n, m, err);
	} else {
		r = read_columns(&in, m, err);
	}
	return r == 0 && in.left ? damaged(err, "something follows the mapping") : r;
}

/* Nothing mapped at all: the whole device is the build's data, one to one (but version 5 says zeros by that). */
static int finish(struct mapping *m, struct error *err)
{
	struct template_header *h = m->h;
	struct header_extent all = { .length = m->limit };

	if (h->n_extents == 0 && (h->version & 0xffff) != 5) {
		struct uuid self = h->build;
		int r = uuid_is_nil(&self) ? 0 : need_builds(h, &self, 1, err);

		return r < 0 ? r : add_entry(m, all, &h->build, err);
	}
	if (m->end >= h->size)
		return 0;
	return m->gaps ? add_zeros(m, m->limit, err)
		       : damaged(err, "the mapping ends before the device");
}

int template_header_read(const void *data, size_t len, struct template_header *ret,
			 struct error *err)
{
	auto_template_header struct template_header h = TEMPLATE_HEADER_INIT;
	struct cursor c = { .p = data, .left = len };
	struct mapping m = { .h = &h };
	int r = read_metadata(&c, &h, err);

	if (r < 0)
		return r;
	m.limit = round_up(h.size);
	m.align = MIN(h.block_size, HEADER_BLOCK);
	r = (h.version & 0xffff) < 4 ? read_plain(&c, &m, err) : read_framed(&c, &m, err);
	if (r == 0)
		r = finish(&m, err);
	if (r == 0)
		r = check_references(&h, err);
	if (r < 0)
		return r;
	*ret = h;
	h = TEMPLATE_HEADER_INIT;
	return 0;
}
