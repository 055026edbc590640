/* SPDX-License-Identifier: Apache-2.0 */
/* Template headers: the golden vectors, what is refused, what is borne of old writers, and the child's mapping. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/fs.h"
#include "tap.h"
#include "template/header.h"

#define K UINT64_C(0x1000)

static const struct uuid id_a = { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
				    0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff } };
static const struct uuid id_b = { { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9,
				    0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf } };
static const struct uuid id_nil, id_low = { { 0x00, 0x01 } };

static void read_vector(const char *name, struct buf *out)
{
	auto_close int dir = dir_open(AT_FDCWD, VECTORS);

	OK(dir >= 0 && file_read_at(dir, name, out) == 0);
}

static bool extent_is(const struct template_header *h, size_t i, uint64_t offset, uint64_t length,
		      const struct uuid *build, uint64_t storage)
{
	const struct header_extent *e = &h->extents[i];

	if (i >= h->n_extents || e->offset != offset || e->length != length)
		return false;
	if (!build)
		return e->build == HEADER_ZEROS;
	return e->build != HEADER_ZEROS && uuid_compare(&h->builds[e->build].id, build) == 0 &&
	       e->storage == storage;
}

static void check_vector(const char *name, uint64_t version)
{
	auto_template_header struct template_header h = TEMPLATE_HEADER_INIT;
	auto_buf struct buf object = BUF_INIT;
	struct error err = ERROR_INIT;

	read_vector(name, &object);
	EQ_INT(template_header_read(buf_str(&object), object.len, &h, &err), 0);
	EQ_STR(err.msg, "");
	EQ_INT(h.version, version);
	EQ_INT(h.block_size, 4096);
	EQ_INT(h.size, 0x10000);
	EQ_INT(h.generation, 1);
	OK(uuid_compare(&h.build, &id_b) == 0);
	OK(uuid_compare(&h.base, &id_a) == 0);
	EQ_INT(h.n_extents, 5);
	OK(extent_is(&h, 0, 0, 2 * K, &id_a, 0));
	OK(extent_is(&h, 1, 2 * K, K, &id_b, 0));
	OK(extent_is(&h, 2, 3 * K, 4 * K, NULL, 0));
	OK(extent_is(&h, 3, 7 * K, K, &id_a, 2 * K));
	OK(extent_is(&h, 4, 8 * K, 8 * K, NULL, 0));
	EQ_INT(h.n_builds, 2);
	if (version < 4)
		return;
	OK(h.builds[0].listed && h.builds[0].compression == FRAME_ZSTD &&
	   h.builds[0].file_size == 3 * K);
	OK(h.builds[0].n_frames == 1 && h.builds[0].frames[0].size == 0x3000 &&
	   h.builds[0].frames[0].packed_size == 0x123);
	OK(h.builds[1].listed && h.builds[1].compression == FRAME_NONE &&
	   h.builds[1].file_size == K);
}

static void vectors(void)
{
	check_vector("v3.header", 3);
	check_vector("v4.header", 4);
	check_vector("v5.header", 5);
}

/* What is read is written again to the same bytes (3), or to what reads as the same (4, from 4 and from 5). */
static void round_trips(void)
{
	static const char *const names[] = { "v3.header", "v4.header", "v5.header" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_template_header struct template_header h = TEMPLATE_HEADER_INIT,
							    again = TEMPLATE_HEADER_INIT;
		auto_buf struct buf object = BUF_INIT, written = BUF_INIT;

		read_vector(names[i], &object);
		EQ_INT(template_header_read(buf_str(&object), object.len, &h, NULL), 0);
		EQ_INT(template_header_write(&h, &written, NULL), 0);
		if (i == 0)
			OK(written.len == object.len &&
			   memcmp(written.data, object.data, object.len) == 0);
		EQ_INT(template_header_read(buf_str(&written), written.len, &again, NULL), 0);
		EQ_INT(again.version, i == 0 ? 3 : 4);
		EQ_INT(again.n_extents, h.n_extents);
		OK(memcmp(again.extents, h.extents, h.n_extents * sizeof(*h.extents)) == 0);
		EQ_INT(again.n_builds, h.n_builds);
		EQ_INT(again.builds[0].n_frames, h.builds[0].n_frames);
	}
}

/* No byte of a header can be lost or changed so that reading does worse than fail. */
static void damage(void)
{
	static const char *const names[] = { "v3.header", "v4.header", "v5.header" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_buf struct buf object = BUF_INIT;
		size_t read = 0;

		read_vector(names[i], &object);
		for (size_t len = 0; len < object.len; len++) {
			auto_template_header struct template_header h = TEMPLATE_HEADER_INIT;

			/* Entries at the end of version 3 are not counted, but then they do not cover the device;
			 * and one without any is the identity. */
			if (len != 64 && template_header_read(buf_str(&object), len, &h, NULL) == 0)
				read++;
		}
		EQ_INT(read, 0);
		for (size_t at = 0; at < object.len; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				auto_template_header struct template_header h =
					TEMPLATE_HEADER_INIT;

				object.data[at] ^= (char) (1 << bit);
				(void)template_header_read(buf_str(&object), object.len, &h, NULL);
				object.data[at] ^= (char) (1 << bit);
			}
		}
	}
}

struct entry {
	uint64_t offset, length;
	const struct uuid *build;
	uint64_t storage;
};

static void put_u64(struct buf *out, uint64_t v)
{
	v = htole64(v);
	buf_add(out, &v, sizeof(v));
}

static int read_made(uint64_t version, uint64_t block, uint64_t size, const struct entry *entries,
		     size_t n, struct template_header *ret)
{
	auto_buf struct buf b = BUF_INIT;

	put_u64(&b, version);
	put_u64(&b, block);
	put_u64(&b, size);
	put_u64(&b, 0);
	buf_add(&b, id_a.b, UUID_BYTES);
	buf_add(&b, id_a.b, UUID_BYTES);
	for (size_t i = 0; i < n; i++) {
		put_u64(&b, entries[i].offset);
		put_u64(&b, entries[i].length);
		buf_add(&b, entries[i].build->b, UUID_BYTES);
		put_u64(&b, entries[i].storage);
	}
	return template_header_read(buf_str(&b), b.len, ret, NULL);
}

#define REFUSED(version, block, size, ...)                                   \
 do {                                                                        \
  auto_template_header struct template_header h_ = TEMPLATE_HEADER_INIT;     \
  const struct entry e_[] = { __VA_ARGS__ };                                 \
  EQ_INT(read_made(version, block, size, e_, ARRAY_SIZE(e_), &h_), -EINVAL); \
 } while (0)

static void refused(void)
{
	REFUSED(0, K, K, { 0, K, &id_a, 0 });
	REFUSED(6, K, K, { 0, K, &id_a, 0 });
	REFUSED(3, 0, K, { 0, K, &id_a, 0 });
	REFUSED(3, 3000, K, { 0, K, &id_a, 0 });
	REFUSED(3, K, 0, { 0, K, &id_a, 0 });
	REFUSED(3, K, UINT64_MAX, { 0, K, &id_a, 0 });
	/* gap, short end, beyond the end, overlap, out of order, empty, odd offset, odd storage, sums that overflow */
	REFUSED(3, K, 3 * K, { 0, K, &id_a, 0 }, { 2 * K, K, &id_a, K });
	REFUSED(3, K, 2 * K, { 0, K, &id_a, 0 });
	REFUSED(3, K, K, { 0, 2 * K, &id_a, 0 });
	REFUSED(3, K, 2 * K, { 0, 2 * K, &id_a, 0 }, { K, K, &id_b, 0 });
	REFUSED(3, K, 2 * K, { K, K, &id_a, 0 }, { 0, K, &id_b, 0 });
	REFUSED(3, K, K, { 0, 0, &id_a, 0 }, { 0, K, &id_a, 0 });
	REFUSED(3, K, 2 * K, { 0, K + 1, &id_a, 0 }, { K + 1, K - 1, &id_b, 0 });
	REFUSED(3, K, K, { 0, K, &id_a, 1 });
	REFUSED(3, K, K, { 0, UINT64_MAX, &id_a, 0 });
	REFUSED(3, K, K, { K, UINT64_MAX - 1, &id_a, 0 });
	REFUSED(3, K, K, { 0, K, &id_a, UINT64_MAX - K + 1 });
	REFUSED(1, K, 2 * K, { 0, 2 * K, &id_a, 0 }, { K, K, &id_b, 0 });
	REFUSED(1, K, K, { 0, UINT64_MAX, &id_a, 0 });
}

static void old_versions(void)
{
	static const struct entry gaps[] = { { K, K, &id_a, 0 },
					     { 3 * K, 0, &id_a, 0 },
					     { 3 * K, 9 * K, &id_b, 512 } };
	auto_template_header struct template_header h = TEMPLATE_HEADER_INIT,
						    all = TEMPLATE_HEADER_INIT,
						    nil = TEMPLATE_HEADER_INIT;
	static const struct entry zeros[] = { { 0, 5 * K, &id_nil, 77 } };

	EQ_INT(read_made(1, K, 5 * K, gaps, ARRAY_SIZE(gaps), &h), 0);
	EQ_INT(h.n_extents, 4);
	OK(extent_is(&h, 0, 0, K, NULL, 0));
	OK(extent_is(&h, 1, K, K, &id_a, 0));
	OK(extent_is(&h, 2, 2 * K, K, NULL, 0));
	OK(extent_is(&h, 3, 3 * K, 2 * K, &id_b, 512));
	/* Without an entry: one to one, to the end of the last block. */
	EQ_INT(read_made(2, K, 5 * K - 5, NULL, 0, &all), 0);
	EQ_INT(all.n_extents, 1);
	OK(extent_is(&all, 0, 0, 5 * K, &id_a, 0));
	/* The storage offset of zeros means nothing. */
	EQ_INT(read_made(3, K, 5 * K, zeros, 1, &nil), 0);
	OK(nil.n_builds == 0 && extent_is(&nil, 0, 0, 5 * K, NULL, 0));
}

static void merge(void)
{
	auto_template_header struct template_header parent = TEMPLATE_HEADER_INIT,
						    child = TEMPLATE_HEADER_INIT,
						    back = TEMPLATE_HEADER_INIT;
	static const struct entry entries[] = { { 0, 4 * K, &id_a, 0 },
						{ 4 * K, 4 * K, &id_nil, 0 } };
	static const unsigned char states[10] = {
		BLOCK_SAME, BLOCK_DIRTY, BLOCK_ZERO, BLOCK_SAME, 0, 0, BLOCK_DIRTY, 1, 0, 1
	};
	auto_buf struct buf object = BUF_INIT;

	EQ_INT(read_made(3, K, 8 * K, entries, 2, &parent), 0);
	EQ_INT(template_header_merge(&parent, states, 10 * K, &id_b, &child, NULL), 0);
	EQ_INT(child.generation, 1);
	EQ_INT(child.version, 3);
	OK(uuid_compare(&child.base, &id_a) == 0 && uuid_compare(&child.build, &id_b) == 0);
	EQ_INT(child.n_extents, 8);
	OK(extent_is(&child, 0, 0, K, &id_a, 0));
	OK(extent_is(&child, 1, K, K, &id_b, 0));
	OK(extent_is(&child, 2, 2 * K, K, NULL, 0));
	OK(extent_is(&child, 3, 3 * K, K, &id_a, 3 * K));
	OK(extent_is(&child, 4, 4 * K, 2 * K, NULL, 0));
	OK(extent_is(&child, 5, 6 * K, 2 * K, &id_b, K));
	OK(extent_is(&child, 6, 8 * K, K, NULL, 0));
	OK(extent_is(&child, 7, 9 * K, K, &id_b, 3 * K));
	EQ_INT(template_header_write(&child, &object, NULL), 0);
	EQ_INT(template_header_read(buf_str(&object), object.len, &back, NULL), 0);
	OK(back.n_extents == child.n_extents);
	/* A child whose id comes before its parent's in the table of builds. */
	template_header_done(&child);
	EQ_INT(template_header_merge(&parent, states, 10 * K, &id_low, &child, NULL), 0);
	OK(extent_is(&child, 0, 0, K, &id_a, 0) && extent_is(&child, 1, K, K, &id_low, 0) &&
	   extent_is(&child, 3, 3 * K, K, &id_a, 3 * K));
	EQ_INT(template_header_merge(&child, states, 8 * K, &id_a, &back, NULL), -EINVAL);
	EQ_INT(template_header_merge(&child, states, 10 * K, &id_a, &back, NULL), -EINVAL);
}

TAP_MAIN(vectors, round_trips, damage, refused, old_versions, merge)
