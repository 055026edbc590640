/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/tarpax.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macros.h"
#include "base/parse.h"

#define NANOSECOND_DIGITS 9
#define XATTR_NAME_LIMIT  255

void tar_xattrs_done(struct tar_xattrs *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].name);
		free(x->v[i].value);
	}
	free(x->v);
	*x = (struct tar_xattrs){ 0 };
}

int tar_xattrs_set(struct tar_xattrs *x, const char *name, const void *value, size_t len)
{
	auto_free char *copy = malloc(len + 1);
	struct tar_xattr *v;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, value, len);
	copy[len] = '\0';
	for (size_t i = 0; i < x->n; i++) {
		if (!STREQ(x->v[i].name, name))
			continue;
		free(x->v[i].value);
		x->v[i].value = take_ptr(copy);
		x->v[i].len = len;
		return 0;
	}
	v = array_room(x->v, x->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	x->v = v;
	v[x->n] = (struct tar_xattr){ .name = strdup(name), .len = len };
	if (!v[x->n].name)
		return -ENOMEM;
	v[x->n++].value = take_ptr(copy);
	return 0;
}

void tar_pax_done(struct tar_pax *p)
{
	free(p->path);
	free(p->link);
	free(p->sparse_name);
	free(p->sparse);
	tar_xattrs_done(&p->xattrs);
	*p = TAR_PAX_INIT;
}

int tar_sparse_add(struct tar_pax *p, uint64_t offset, uint64_t len)
{
	if (p->n_sparse == TAR_SPARSE_LIMIT)
		return -EFBIG;
	if (p->n_sparse == p->sparse_cap) {
		size_t cap = p->sparse_cap ? p->sparse_cap * 2 : 16;
		struct tar_extent *v = reallocarray(p->sparse, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		p->sparse = v;
		p->sparse_cap = cap;
	}
	p->sparse[p->n_sparse++] = (struct tar_extent){ offset, len };
	return 0;
}

static int set_text(char **field, const char *value, size_t len)
{
	char *copy;

	if (memchr(value, '\0', len) || len > TAR_PATH_LIMIT)
		return -EINVAL;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_number(const char *value, uint64_t *field, bool *has)
{
	int r = parse_u64(value, INT64_MAX, field);

	*has = r == 0;
	return r;
}

/* "-123.456" seconds; a negative time with a fraction counts the fraction upwards, as struct timespec does. */
static int set_time(const char *value, struct timespec *ret)
{
	bool negative = *value == '-';
	auto_free char *whole = strdup(value + negative);
	uint64_t seconds = 0;
	long nanoseconds = 0;
	char *dot;

	if (!whole)
		return -ENOMEM;
	dot = strchr(whole, '.');
	if (dot)
		*dot++ = '\0';
	if (parse_u64(whole, INT64_MAX / 2, &seconds) < 0)
		return -EINVAL;
	for (int i = 0; i < NANOSECOND_DIGITS; i++) {
		int digit = 0;

		if (dot && *dot) {
			if (*dot < '0' || *dot > '9')
				return -EINVAL;
			digit = *dot++ - '0';
		}
		nanoseconds = nanoseconds * 10 + digit;
	}
	ret->tv_sec = negative ? -(time_t)seconds : (time_t)seconds;
	ret->tv_nsec = nanoseconds;
	if (negative && nanoseconds > 0) {
		ret->tv_sec--;
		ret->tv_nsec = 1000000000 - nanoseconds;
	}
	return 0;
}

/* GNU.sparse.map of format 0.1: offset,length,offset,length,… */
static int set_sparse_map(struct tar_pax *p, char *value)
{
	char *save = NULL;
	uint64_t offset = 0;
	bool have_offset = false;

	p->n_sparse = 0;
	for (char *s = strtok_r(value, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		uint64_t n = 0;
		int r = parse_u64(s, INT64_MAX, &n);

		if (r < 0)
			return r;
		if (have_offset)
			r = tar_sparse_add(p, offset, n);
		else
			offset = n;
		if (r < 0)
			return r;
		have_offset = !have_offset;
	}
	return have_offset ? -EINVAL : 0;
}

static int set_sparse(struct tar_pax *p, const char *key, char *value, size_t len)
{
	uint64_t n = 0;
	int r;

	if (STREQ(key, "name"))
		return set_text(&p->sparse_name, value, len);
	if (STREQ(key, "map"))
		return set_sparse_map(p, value);
	if (STREQ(key, "realsize") || STREQ(key, "size"))
		return set_number(value, &p->real_size, &p->has_real_size);
	if (STREQ(key, "major")) {
		p->sparse_1_0 = STREQ(value, "1");
		return p->sparse_1_0 || STREQ(value, "0") ? 0 : -EINVAL;
	}
	if (STREQ(key, "offset") || STREQ(key, "numbytes")) {
		r = parse_u64(value, INT64_MAX, &n);
		if (r < 0)
			return r;
		if (STREQ(key, "offset"))
			return tar_sparse_add(p, n, 0);
		if (p->n_sparse == 0)
			return -EINVAL;
		p->sparse[p->n_sparse - 1].len = n;
	}
	return 0;
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* libarchive's form of extended attributes: the name URL-encoded, the value in base64. */
static int set_libarchive_xattr(struct tar_pax *p, const char *name, const char *value, size_t len)
{
	auto_free char *decoded = malloc(len + 1);
	size_t n = 0;
	unsigned bits = 0;
	int have = 0;

	if (!decoded)
		return -ENOMEM;
	for (size_t i = 0; i < len && value[i] != '='; i++) {
		int digit = base64_digit(value[i]);

		if (digit < 0)
			return -EINVAL;
		bits = bits << 6 | (unsigned)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			decoded[n++] = (char)(bits >> have & 0xff);
		}
	}
	if (strchr(name, '%'))
		return 0; /* no attribute that Linux has needs it */
	return tar_xattrs_set(&p->xattrs, name, decoded, n);
}

static int set_record(struct tar_pax *p, char *key, char *value, size_t len)
{
	const size_t schily = strlen(TAR_XATTR_PREFIX);

	if (strncmp(key, TAR_XATTR_PREFIX, schily) == 0)
		return strlen(key + schily) > XATTR_NAME_LIMIT ?
			       -EINVAL :
			       tar_xattrs_set(&p->xattrs, key + schily, value, len);
	if (strncmp(key, "LIBARCHIVE.xattr.", 17) == 0)
		return strlen(key + 17) > XATTR_NAME_LIMIT ?
			       -EINVAL :
			       set_libarchive_xattr(p, key + 17, value, len);
	if (strncmp(key, "GNU.sparse.", 11) == 0)
		return set_sparse(p, key + 11, value, len);
	if (STREQ(key, "path"))
		return set_text(&p->path, value, len);
	if (STREQ(key, "linkpath"))
		return set_text(&p->link, value, len);
	if (STREQ(key, "size"))
		return set_number(value, &p->size, &p->has_size);
	if (STREQ(key, "uid"))
		return set_number(value, &p->uid, &p->has_uid);
	if (STREQ(key, "gid"))
		return set_number(value, &p->gid, &p->has_gid);
	if (STREQ(key, "mtime")) {
		p->has_mtime = true;
		return set_time(value, &p->mtime);
	}
	return 0;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself; VALUE may hold any byte. */
static int parse_record(struct tar_pax *p, char **pos, size_t *left)
{
	size_t len = 0;
	size_t digits = 0;
	char *key;
	char *equals;
	char *end;

	while (digits < *left && (*pos)[digits] >= '0' && (*pos)[digits] <= '9' && digits < 10)
		len = len * 10 + (size_t)((*pos)[digits++] - '0');
	if (digits == 0 || digits >= *left || (*pos)[digits] != ' ' || len > *left ||
	    len < digits + 3)
		return -EINVAL;
	end = *pos + len - 1;
	key = *pos + digits + 1;
	if (*end != '\n')
		return -EINVAL;
	equals = memchr(key, '=', (size_t)(end - key));
	if (!equals || equals == key || memchr(key, '\0', (size_t)(equals - key)))
		return -EINVAL;
	*equals = '\0';
	*end = '\0';
	*pos += len;
	*left -= len;
	return set_record(p, key, equals + 1, (size_t)(end - equals - 1));
}

int tar_pax_parse(struct tar_pax *p, char *data, size_t len, struct error *err)
{
	while (len > 0) {
		int r = parse_record(p, &data, &len);

		if (r == -ENOMEM)
			return error_set(err, r, "cannot read the archive");
		if (r < 0)
			return error_msg(err, EINVAL,
					 "the archive is damaged: invalid extended header");
	}
	return 0;
}
