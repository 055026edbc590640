/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/tarread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/parse.h"
#include "helper/tarpax.h"

static int damaged(struct error *err, const char *what)
{
	return error_msg(err, EINVAL, "the archive is damaged: %s", what);
}

static void entry_done(struct tar_entry *e)
{
	free(e->path);
	free(e->link);
	free(e->sparse);
	tar_xattrs_done(&e->xattrs);
	*e = (struct tar_entry){ 0 };
}

void tar_reader_done(struct tar_reader *r)
{
	entry_done(&r->entry);
}

/* Base 256, marked by the top bit, big-endian two's complement: negative numbers are for mtime only. */
static int parse_base256(const unsigned char *s, size_t len, int64_t *ret)
{
	bool negative = s[0] & 0x40;
	uint64_t n = negative ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (i == 0)
			c = negative ? c | 0x80 : c & 0x7f;
		if (len - i > 8 && c != (negative ? 0xff : 0))
			return -ERANGE;
		n = n << 8 | c;
	}
	if (((int64_t)n < 0) != negative)
		return -ERANGE;
	*ret = (int64_t)n;
	return 0;
}

/* A number as tar programs write it: octal between spaces and NULs, or base 256. An empty field is 0. */
static int parse_field(const char *field, size_t len, int64_t *ret)
{
	const char *end = field + len;
	uint64_t n = 0;

	if ((unsigned char)field[0] & 0x80)
		return parse_base256((const unsigned char *)field, len, ret);
	while (field < end && *field == ' ')
		field++;
	for (; field < end && *field >= '0' && *field <= '7'; field++)
		n = n << 3 | (uint64_t)(*field - '0');
	while (field < end && (*field == ' ' || *field == '\0'))
		field++;
	/* Old archives have text after the NUL; only what can't end a number is wrong. */
	if (field < end && field[-1] != '\0' && field[-1] != ' ')
		return -EINVAL;
	*ret = (int64_t)n;
	return 0;
}

#define FIELD(h, name, ret) parse_field((h)->name, sizeof((h)->name), ret)

static bool checksum_fits(const struct tar_header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	int64_t wanted = 0;
	int64_t sum = 0;
	int64_t signed_sum = 0;

	if (FIELD(h, checksum, &wanted) < 0)
		return false;
	for (size_t i = 0; i < sizeof(*h); i++) {
		bool in_field = i >= offsetof(struct tar_header, checksum) &&
				i < offsetof(struct tar_header, type);
		unsigned char c = in_field ? ' ' : p[i];

		sum += c;
		signed_sum += (signed char)c;
	}
	return sum == wanted || signed_sum == wanted;
}

static bool is_zero(const struct tar_header *h)
{
	static const char zeros[TAR_BLOCK];

	return memcmp(h, zeros, TAR_BLOCK) == 0;
}

/* Return: 1 with a header, 0 at the end of the archive, -errno. */
static int read_header(struct tar_reader *r, struct tar_header *h, struct error *err)
{
	ssize_t n = stream_read(r->in, h, sizeof(*h), err);

	if (n < 0)
		return (int)n;
	if (n == 0 && r->count > 0)
		return 0; /* without the zero blocks at its end: others accept that too */
	if (n < (ssize_t)sizeof(*h))
		return r->count > 0 ? damaged(err, "it ends early") :
				      error_msg(err, EINVAL, "it is not a tar archive");
	if (is_zero(h))
		return 0;
	if (!checksum_fits(h))
		return r->count > 0 ? damaged(err, "invalid header") :
				      error_msg(err, EINVAL, "it is not a tar archive");
	if (++r->count > TAR_ENTRIES_LIMIT)
		return error_msg(err, EFBIG, "the archive has too many entries");
	return 1;
}

static uint64_t padding_of(uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* The whole data of an extended header, with a NUL after it. */
static int read_extension(struct tar_reader *r, const struct tar_header *h, char **ret,
			  size_t *ret_len, struct error *err)
{
	auto_free char *data = NULL;
	int64_t size = 0;
	ssize_t n;
	int result;

	if (FIELD(h, size, &size) < 0 || size < 0 || (uint64_t)size > TAR_PAX_LIMIT)
		return damaged(err, "an extended header is too large");
	data = malloc((size_t)size + 1);
	if (!data)
		return error_set(err, ENOMEM, "cannot read the archive");
	n = stream_read(r->in, data, (size_t)size, err);
	if (n < 0)
		return (int)n;
	if (n < size)
		return damaged(err, "it ends early");
	data[size] = '\0';
	result = stream_skip(r->in, padding_of((uint64_t)size), err);
	if (result < 0)
		return result;
	*ret = take_ptr(data);
	*ret_len = (size_t)size;
	return 0;
}

/* An extension of the next entry, or one that concerns nobody (its data is skipped). */
static int apply_extension(struct tar_reader *r, const struct tar_header *h, struct tar_pax *pax,
			   struct error *err)
{
	auto_free char *data = NULL;
	size_t len = 0;
	int result = read_extension(r, h, &data, &len, err);

	if (result < 0 || !data)
		return result;
	if (h->type == TAR_PAX)
		return tar_pax_parse(pax, data, len, err);
	if (h->type == TAR_GNU_LONG_NAME || h->type == TAR_GNU_LONG_LINK) {
		char **field = h->type == TAR_GNU_LONG_NAME ? &pax->path : &pax->link;

		if (strlen(data) > TAR_PATH_LIMIT)
			return damaged(err, "a name is too long");
		free(*field);
		*field = take_ptr(data);
	}
	return 0;
}

static bool is_extension(char type)
{
	return type == TAR_PAX || type == TAR_PAX_GLOBAL || type == TAR_GNU_LONG_NAME ||
	       type == TAR_GNU_LONG_LINK;
}

/* ---- what an entry's header and its extensions say together ---- */

static char *header_path(const struct tar_header *h)
{
	size_t len = strnlen(h->name, sizeof(h->name));

	/* Only "ustar\0" has a prefix; GNU's "ustar " has other things in its place. */
	if (memcmp(h->magic, "ustar", 6) != 0 || h->prefix[0] == '\0')
		return strndup(h->name, len);
	return str_format("%.*s/%.*s", (int)strnlen(h->prefix, sizeof(h->prefix)), h->prefix,
			  (int)len, h->name);
}

static int fill_names(struct tar_entry *e, const struct tar_header *h, struct tar_pax *pax)
{
	if (pax->sparse_name)
		e->path = take_ptr(pax->sparse_name);
	else
		e->path = pax->path ? take_ptr(pax->path) : header_path(h);
	if (h->type == TAR_HARD_LINK || h->type == TAR_SYMLINK)
		e->link = pax->link ? take_ptr(pax->link) :
				      strndup(h->link, strnlen(h->link, sizeof(h->link)));
	return !e->path || ((h->type == TAR_HARD_LINK || h->type == TAR_SYMLINK) && !e->link) ?
		       -ENOMEM :
		       0;
}

static int fill_numbers(struct tar_entry *e, const struct tar_header *h, const struct tar_pax *pax)
{
	int64_t mode = 0;
	int64_t uid = 0;
	int64_t gid = 0;
	int64_t mtime = 0;
	int64_t major = 0;
	int64_t minor = 0;

	if (FIELD(h, mode, &mode) < 0 || (!pax->has_uid && FIELD(h, uid, &uid) < 0) ||
	    (!pax->has_gid && FIELD(h, gid, &gid) < 0) ||
	    (!pax->has_mtime && FIELD(h, mtime, &mtime) < 0))
		return -EINVAL;
	if (h->type == TAR_CHAR || h->type == TAR_BLOCK_DEVICE) {
		if (FIELD(h, dev_major, &major) < 0 || FIELD(h, dev_minor, &minor) < 0 ||
		    major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
			return -EINVAL;
	}
	e->mode = (mode_t)mode & 07777;
	e->uid = pax->has_uid ? pax->uid : (uint64_t)uid;
	e->gid = pax->has_gid ? pax->gid : (uint64_t)gid;
	/* 2^32 - 1 means "do not change" to chown(2). */
	if (e->uid >= UINT32_MAX || e->gid >= UINT32_MAX)
		return -EINVAL;
	e->mtime = pax->has_mtime ? pax->mtime : (struct timespec){ .tv_sec = mtime };
	e->dev_major = (unsigned)major;
	e->dev_minor = (unsigned)minor;
	return 0;
}

static char entry_type(const struct tar_header *h, const char *path)
{
	size_t len = strlen(path);

	switch (h->type) {
	case '\0':
	case TAR_REGULAR:
	case TAR_CONTIGUOUS:
	case TAR_GNU_SPARSE:
		/* Before POSIX, directories were files whose name ends in a slash. */
		return len > 0 && path[len - 1] == '/' ? TAR_DIRECTORY : TAR_REGULAR;
	case TAR_GNU_DUMP_DIR:
		return TAR_DIRECTORY;
	default:
		return h->type;
	}
}

/* ---- sparse files ---- */

static int add_pairs(struct tar_pax *pax, const char *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t offset = 0;
		int64_t len = 0;
		int r;

		if (pairs[i * 24] == '\0')
			return 0;
		if (parse_field(pairs + i * 24, 12, &offset) < 0 ||
		    parse_field(pairs + i * 24 + 12, 12, &len) < 0 || offset < 0 || len < 0)
			return -EINVAL;
		r = tar_sparse_add(pax, (uint64_t)offset, (uint64_t)len);
		if (r < 0)
			return r;
	}
	return 0;
}

/* GNU's old format: the map is in the header and in blocks that follow it. */
static int read_gnu_map(struct tar_reader *r, const struct tar_header *h, struct tar_pax *pax,
			struct error *err)
{
	const char *raw = (const char *)h;
	char more[TAR_BLOCK] = { 0 };
	bool extended = raw[TAR_GNU_IS_EXTENDED];
	int64_t real_size = 0;

	if (parse_field(raw + TAR_GNU_REAL_SIZE, 12, &real_size) < 0 || real_size < 0 ||
	    add_pairs(pax, raw + TAR_GNU_SPARSE_MAP, TAR_GNU_SPARSE_PAIRS) < 0)
		return damaged(err, "invalid sparse map");
	while (extended) {
		ssize_t n = stream_read(r->in, more, sizeof(more), err);

		if (n < 0)
			return (int)n;
		if (n < TAR_BLOCK || add_pairs(pax, more, TAR_GNU_EXTENSION_PAIRS) < 0)
			return damaged(err, "invalid sparse map");
		extended = more[TAR_GNU_EXTENSION_MORE];
	}
	pax->real_size = (uint64_t)real_size;
	pax->has_real_size = true;
	return 0;
}

/* One decimal number and a newline of the map that format 1.0 has at the head of the data. */
static int read_map_number(struct tar_reader *r, uint64_t *used, uint64_t *ret, struct error *err)
{
	char digits[24] = { 0 };

	for (size_t i = 0; i < sizeof(digits) - 1; i++) {
		ssize_t n = stream_read(r->in, digits + i, 1, err);

		if (n < 0)
			return (int)n;
		if (n == 0 || ++*used > r->stored)
			break;
		if (digits[i] != '\n')
			continue;
		digits[i] = '\0';
		return parse_u64(digits, INT64_MAX, ret) < 0 ? damaged(err, "invalid sparse map") :
							       0;
	}
	return damaged(err, "invalid sparse map");
}

static int read_data_map(struct tar_reader *r, struct tar_pax *pax, struct error *err)
{
	uint64_t used = 0;
	uint64_t count = 0;
	uint64_t pad;
	int result = read_map_number(r, &used, &count, err);

	for (uint64_t i = 0; i < count && result == 0; i++) {
		uint64_t offset = 0;
		uint64_t len = 0;

		result = read_map_number(r, &used, &offset, err);
		if (result == 0)
			result = read_map_number(r, &used, &len, err);
		if (result == 0 && tar_sparse_add(pax, offset, len) < 0)
			return damaged(err, "the sparse map is too large");
	}
	if (result < 0)
		return result;
	pad = padding_of(used);
	if (used + pad > r->stored)
		return damaged(err, "invalid sparse map");
	r->stored -= used + pad;
	return stream_skip(r->in, pad, err);
}

static int check_map(const struct tar_entry *e, uint64_t stored)
{
	uint64_t end = 0;
	uint64_t sum = 0;

	for (size_t i = 0; i < e->n_sparse; i++) {
		const struct tar_extent *x = &e->sparse[i];

		if (x->offset < end || x->len > (uint64_t)INT64_MAX - x->offset ||
		    x->offset + x->len > e->size)
			return -EINVAL;
		end = x->offset + x->len;
		sum += x->len;
	}
	return sum == stored ? 0 : -EINVAL;
}

static int fill_sparse(struct tar_reader *r, const struct tar_header *h, struct tar_pax *pax,
		       struct error *err)
{
	struct tar_entry *e = &r->entry;
	int result = 0;

	if (h->type == TAR_GNU_SPARSE)
		result = read_gnu_map(r, h, pax, err);
	else if (pax->sparse_1_0)
		result = read_data_map(r, pax, err);
	else if (!pax->has_real_size)
		return 0;
	if (result < 0)
		return result;
	if (!pax->has_real_size)
		return damaged(err, "a sparse file has no size");
	/* Without a map, all of it is hole; an empty extent says so. */
	if (pax->n_sparse == 0 && tar_sparse_add(pax, 0, 0) < 0)
		return error_set(err, ENOMEM, "cannot read the archive");
	e->size = pax->real_size;
	e->sparse = take_ptr(pax->sparse);
	e->n_sparse = pax->n_sparse;
	return check_map(e, r->stored) < 0 ? damaged(err, "invalid sparse map") : 0;
}

static int fill_size(struct tar_reader *r, const struct tar_header *h, const struct tar_pax *pax)
{
	int64_t size = 0;

	if (!pax->has_size && (FIELD(h, size, &size) < 0 || size < 0))
		return -EINVAL;
	r->stored = pax->has_size ? pax->size : (uint64_t)size;
	/* These have no data, whatever the field says (as tar(1) does it); others may. */
	if (h->type == TAR_SYMLINK || h->type == TAR_CHAR || h->type == TAR_BLOCK_DEVICE ||
	    h->type == TAR_DIRECTORY || h->type == TAR_FIFO)
		r->stored = 0;
	r->padding = padding_of(r->stored);
	r->entry.size = r->stored;
	return 0;
}

static int fill_entry(struct tar_reader *r, const struct tar_header *h, struct tar_pax *pax,
		      struct error *err)
{
	struct tar_entry *e = &r->entry;
	int result = fill_names(e, h, pax);

	if (result < 0)
		return error_set(err, result, "cannot read the archive");
	e->type = entry_type(h, e->path);
	if (fill_numbers(e, h, pax) < 0 || fill_size(r, h, pax) < 0)
		return damaged(err, "invalid number in a header");
	e->xattrs = pax->xattrs;
	pax->xattrs = (struct tar_xattrs){ 0 };
	return e->type == TAR_REGULAR ? fill_sparse(r, h, pax, err) : 0;
}

int tar_next(struct tar_reader *r, struct error *err)
{
	auto_tar_pax struct tar_pax pax = TAR_PAX_INIT;
	int result = stream_skip(r->in, r->stored + r->padding, err);

	if (result < 0)
		return result;
	entry_done(&r->entry);
	r->stored = r->padding = 0;
	r->extent = 0;
	r->extent_pos = 0;
	for (;;) {
		struct tar_header h;

		result = read_header(r, &h, err);
		if (result <= 0)
			return result;
		if (!is_extension(h.type)) {
			result = fill_entry(r, &h, &pax, err);
			return result < 0 ? result : 1;
		}
		result = apply_extension(r, &h, &pax, err);
		if (result < 0)
			return result;
	}
}

ssize_t tar_data(struct tar_reader *r, const unsigned char **ret, uint64_t *ret_offset,
		 struct error *err)
{
	struct tar_entry *e = &r->entry;
	uint64_t want = r->stored;
	uint64_t offset = e->size - r->stored;
	ssize_t n;

	if (want == 0)
		return 0;
	if (e->sparse) {
		while (r->extent_pos == e->sparse[r->extent].len) {
			r->extent++;
			r->extent_pos = 0;
		}
		want = e->sparse[r->extent].len - r->extent_pos;
		offset = e->sparse[r->extent].offset + r->extent_pos;
	}
	n = stream_view(r->in, ret, err);
	if (n == 0)
		return damaged(err, "it ends early");
	if (n < 0)
		return n;
	*ret_offset = offset;
	return (ssize_t)MIN((uint64_t)n, want);
}

void tar_consume(struct tar_reader *r, size_t n)
{
	stream_advance(r->in, n);
	r->stored -= n;
	r->extent_pos += n;
}
