/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/tarhead.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "helper/tarwrite.h"

#define MAX_ID	 07777777u	  /* seven octal digits */
#define MAX_SIZE 077777777777ull /* eleven */
#define PAX_NAME "PaxHeaders/entry"

static void put_octal(char *field, size_t size, uint64_t n)
{
	field[size - 1] = '\0';
	for (size_t i = size - 1; i > 0; i--, n >>= 3)
		field[i - 1] = (char)('0' + (n & 7));
}

/* From 8 GiB on in base 256, which GNU's, Go's and all other readers know. */
static void put_size(char *field, size_t size, uint64_t n)
{
	if (n <= MAX_SIZE) {
		put_octal(field, size, n);
		return;
	}
	for (size_t i = size; i > 0; i--, n >>= 8)
		field[i - 1] = (char)(n & 0xff);
	field[0] = (char)0x80;
}

/* The parts that fit are never read further than their field: both may be without a NUL. */
static void put_text(char *field, size_t size, const char *text)
{
	for (size_t i = 0; i < size && text[i]; i++)
		field[i] = text[i];
}

static void put_checksum(struct tar_header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += p[i];
	put_octal(h->checksum, sizeof(h->checksum) - 1, sum);
}

static void begin_header(struct tar_header *h, const char *name, char type)
{
	memset(h, 0, sizeof(*h));
	put_text(h->name, sizeof(h->name), name);
	memcpy(h->magic, "ustar", sizeof(h->magic));
	memcpy(h->version, "00", sizeof(h->version));
	h->type = type;
}

void tar_write_header(struct tar_header *h, const char *name, char type, uint64_t size,
		      int64_t mtime)
{
	begin_header(h, name, type);
	put_octal(h->mode, sizeof(h->mode), type == TAR_DIRECTORY ? 0755 : 0644);
	put_octal(h->uid, sizeof(h->uid), 0);
	put_octal(h->gid, sizeof(h->gid), 0);
	put_size(h->size, sizeof(h->size), size);
	put_octal(h->mtime, sizeof(h->mtime), (uint64_t)mtime);
	put_octal(h->dev_major, sizeof(h->dev_major), 0);
	put_octal(h->dev_minor, sizeof(h->dev_minor), 0);
	if (type == TAR_SYMLINK)
		put_octal(h->mode, sizeof(h->mode), 0777);
	put_checksum(h);
}

/* "LENGTH KEY=VALUE\n": the length counts its own digits. */
static void add_record(struct buf *out, const char *key, const void *value, size_t len)
{
	size_t rest = strlen(key) + len + 3;
	size_t total = rest + 1;
	char digits[24];

	while ((size_t)snprintf(digits, sizeof(digits), "%zu", total) + rest != total)
		total = (size_t)snprintf(digits, sizeof(digits), "%zu", total) + rest;
	buf_addf(out, "%zu %s=", total, key);
	buf_add(out, value, len);
	buf_addc(out, '\n');
}

static void add_text(struct buf *out, const char *key, const char *value)
{
	add_record(out, key, value, strlen(value));
}

static void add_number(struct buf *out, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_text(out, key, text);
}

static void add_time(struct buf *out, const char *key, struct timespec t)
{
	bool negative = t.tv_sec < 0;
	long long seconds = t.tv_sec;
	long nanoseconds = t.tv_nsec;
	char text[48];
	size_t len;

	/* -1.25 s is { -2, 750000000 } */
	if (negative && nanoseconds > 0) {
		seconds++;
		nanoseconds = 1000000000 - nanoseconds;
	}
	len = (size_t)snprintf(text, sizeof(text), "%s%lld", negative ? "-" : "",
			       negative ? -seconds : seconds);
	if (nanoseconds > 0) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, ".%09ld", nanoseconds);
		while (text[len - 1] == '0')
			text[--len] = '\0';
	}
	add_text(out, key, text);
}

static bool time_fits(struct timespec t)
{
	return t.tv_nsec == 0 && t.tv_sec >= 0 && (uint64_t)t.tv_sec <= MAX_SIZE;
}

/* The records in byte order of their keys. */
static void add_records(struct buf *out, const struct tar_head *h)
{
	for (size_t i = 0; h->xattrs && i < h->xattrs->n; i++) {
		const struct tar_xattr *a = &h->xattrs->v[i];
		auto_free char *key = str_format(TAR_XATTR_PREFIX "%s", a->name);

		if (key)
			add_record(out, key, a->value, a->len);
		else
			out->failed = true;
	}
	if (h->gid > MAX_ID)
		add_number(out, "gid", h->gid);
	if (h->link && strlen(h->link) > sizeof(((struct tar_header *)0)->link))
		add_text(out, "linkpath", h->link);
	if (!time_fits(h->mtime))
		add_time(out, "mtime", h->mtime);
	if (strlen(h->path) > sizeof(((struct tar_header *)0)->name))
		add_text(out, "path", h->path);
	if (h->size > MAX_SIZE)
		add_number(out, "size", h->size);
	if (h->uid > MAX_ID)
		add_number(out, "uid", h->uid);
}

static void pad(struct buf *out, size_t len)
{
	static const char zeros[TAR_BLOCK];

	buf_add(out, zeros, (TAR_BLOCK - len % TAR_BLOCK) % TAR_BLOCK);
}

void tar_head_add(struct buf *out, const struct tar_head *head)
{
	auto_buf struct buf records = BUF_INIT;
	struct tar_header h;

	add_records(&records, head);
	out->failed |= records.failed;
	if (records.len > 0) {
		tar_write_header(&h, PAX_NAME, TAR_PAX, records.len, 0);
		buf_add(out, &h, sizeof(h));
		buf_add(out, records.data, records.len);
		pad(out, records.len);
	}
	begin_header(&h, head->path, head->type);
	if (head->link)
		put_text(h.link, sizeof(h.link), head->link);
	put_octal(h.mode, sizeof(h.mode), head->mode & 07777);
	put_octal(h.uid, sizeof(h.uid), head->uid > MAX_ID ? 0 : head->uid);
	put_octal(h.gid, sizeof(h.gid), head->gid > MAX_ID ? 0 : head->gid);
	put_octal(h.size, sizeof(h.size), head->size > MAX_SIZE ? 0 : head->size);
	put_octal(h.mtime, sizeof(h.mtime),
		  head->mtime.tv_sec < 0 || (uint64_t)head->mtime.tv_sec > MAX_SIZE ?
			  0 :
			  (uint64_t)head->mtime.tv_sec);
	put_octal(h.dev_major, sizeof(h.dev_major), head->dev_major);
	put_octal(h.dev_minor, sizeof(h.dev_minor), head->dev_minor);
	put_checksum(&h);
	buf_add(out, &h, sizeof(h));
}
