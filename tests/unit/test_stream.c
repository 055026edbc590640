/* SPDX-License-Identifier: Apache-2.0 */
/* A build as a device: the mapping over packed objects in a directory, and the copy-on-write layer on top. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/fs.h"
#include "tap.h"
#include "tempdir.h"
#include "template/build.h"
#include "template/cow.h"
#include "template/stream.h"

#define K	4096
#define BUILD_A "00112233-4455-6677-8899-aabbccddeeff"
#define BUILD_B "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"

struct storage_dir {
	struct tempdir t;
	struct template_location location;
};

static void storage_dir_done(struct storage_dir *s)
{
	template_location_done(&s->location);
	tempdir_done(&s->t);
}
DEFINE_AUTO(storage_dir, struct storage_dir, storage_dir_done)

static struct storage_dir storage_dir_make(void)
{
	struct storage_dir s = { .t = tempdir_make() };
	char url[96];

	(void)snprintf(url, sizeof(url), "file://%s", s.t.path);
	OK(template_location_parse(url, &s.location, NULL) == 0);
	return s;
}

/* BUILD/NAME of @blocks blocks, block i filled with @first + i. */
static void put_blocks(struct storage_dir *s, const char *build, char first, size_t blocks)
{
	auto_close int dir = dir_make_open(s->t.fd, build, 0755);
	auto_buf struct buf data = BUF_INIT;

	for (size_t i = 0; i < blocks * K; i++)
		buf_addc(&data, (char) (first + (char) (i / K)));
	OK(dir >= 0 && file_write_at(dir, BUILD_DATA, buf_str(&data), data.len, 0644) == 0);
}

static void put_vector(struct storage_dir *s, const char *build, const char *vector)
{
	auto_close int vectors = dir_open(AT_FDCWD, VECTORS),
		       dir = dir_make_open(s->t.fd, build, 0755);
	auto_buf struct buf header = BUF_INIT;

	OK(file_read_at(vectors, vector, &header) == 0);
	OK(file_write_at(dir, BUILD_HEADER, header.data, header.len, 0644) == 0);
}

static struct block_device *open_device(struct storage_dir *s, const char *build,
					const char *overlay)
{
	const struct template_stream_options o = { .location = &s->location,
						   .build = build,
						   .overlay = overlay };
	struct block_device *d = NULL;
	struct error err = ERROR_INIT;
	int r = template_stream_open(&o, &d, &err);

	EQ_STR(err.msg, "");
	return r == 0 ? d : NULL;
}

/* Each block of the device by its first byte, '.' for zeros; "?" if a block is not of one byte. */
static void look(struct block_device *d, char *out)
{
	auto_free unsigned char *all = malloc(d->size);

	memset(out, 0, d->size / K + 1);
	if (d->ops->read(d, all, d->size, 0) != 0) {
		struct template_counters n;

		template_stream_counters(d, &n);
		printf("# %s\n", n.last_error);
		(void)snprintf(out, d->size / K + 1, "failed");
		return;
	}
	for (size_t i = 0; i < d->size / K; i++) {
		const unsigned char *b = all + i * K;

		out[i] = memcmp(b, b + 1, K - 1) != 0 ? '?' : b[0] ? (char) b[0] : '.';
	}
}

static void packed(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	struct block_device *d;
	unsigned char block[2 * K];
	char seen[17];

	put_blocks(&s, BUILD_A, 'A', 3);
	put_blocks(&s, BUILD_B, 'b', 1);
	put_vector(&s, BUILD_B, "v3.header");
	d = open_device(&s, BUILD_B, NULL);
	EQ_INT(d->size, 16 * K);
	OK(d->read_only);
	look(d, seen);
	EQ_STR(seen, "ABb....C........");
	/* A part that begins and ends within extents. */
	EQ_INT(d->ops->read(d, block, sizeof(block), 1 * K), 0);
	OK(block[0] == 'B' && block[K] == 'b');
	EQ_INT(d->ops->write(d, block, K, 0), -EROFS);
	EQ_INT(d->ops->zero(d, K, 0), -EROFS);
	EQ_INT(d->ops->flush(d), 0);
	d->ops->free(d);
}

/* The data of one ancestor is gone: only what is in it can't be read. */
static void lost(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	struct template_counters n;
	struct block_device *d;
	unsigned char block[K];

	put_blocks(&s, BUILD_A, 'A', 2); /* a block too short */
	put_blocks(&s, BUILD_B, 'b', 1);
	put_vector(&s, BUILD_B, "v3.header");
	d = open_device(&s, BUILD_B, NULL);
	EQ_INT(d->ops->read(d, block, K, 2 * K), 0);
	OK(block[0] == 'b');
	EQ_INT(d->ops->read(d, block, K, 7 * K), -EIO);
	EQ_INT(d->ops->read(d, block, K, 1 * K), 0);
	OK(block[0] == 'B');
	template_stream_counters(d, &n);
	EQ_INT(n.failed_reads, 1);
	OK(strstr(n.last_error, BUILD_A "/" BUILD_DATA) != NULL);
	d->ops->free(d);
}

static void raw(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	auto_close int dir = dir_make_open(s.t.fd, "legacy", 0755);
	auto_close int data = FD_NONE;
	struct block_device *d;
	char seen[3];

	OK(file_write_at(dir, BUILD_DATA, "xyz", 3, 0644) == 0);
	data = openat(dir, BUILD_DATA, O_WRONLY | O_CLOEXEC);
	OK(ftruncate(data, K + 100) == 0);
	d = open_device(&s, "legacy", NULL);
	EQ_INT(d->size, 2 * K);
	look(d, seen);
	EQ_STR(seen, "?.");
	d->ops->free(d);
}

static void names(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	static const char *const bad[] = {
		"", ".", "..", "a", "a/b", "-x", ".hidden", "a b", "a\nb"
	};
	struct template_stream_options o = { .location = &s.location };
	struct block_device *d = NULL;
	struct error err = ERROR_INIT;
	struct uuid one, two;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		o.build = bad[i];
		EQ_INT(template_stream_open(&o, &d, &err), -EINVAL);
		OK(d == NULL);
	}
	o.build = "missing";
	EQ_INT(template_stream_open(&o, &d, &err), -ENOENT);
	OK(strstr(err.msg, "has no build 'missing'") != NULL);
	OK(build_id("A0A1A2A3-A4A5-A6A7-A8A9-AAABACADAEAF", &one) == 0 &&
	   build_id(BUILD_B, &two) == 0);
	OK(uuid_compare(&one, &two) == 0);
	OK(build_id("one", &one) == 0 && build_id("two", &two) == 0 &&
	   uuid_compare(&one, &two) != 0);
	EQ_INT(one.b[6] >> 4, 8);
}

static void fill(struct block_device *d, char c, size_t blocks, size_t at)
{
	auto_free char *data = malloc(blocks * K);

	memset(data, c, blocks * K);
	EQ_INT(d->ops->write(d, data, blocks * K, at * K), 0);
}

static uint64_t dirty(struct block_device *d)
{
	struct template_counters n;

	template_stream_counters(d, &n);
	return n.bytes_dirty;
}

static void copy_on_write(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	struct block_device *d;
	char seen[17], path[96];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/overlay", s.t.path);
	put_blocks(&s, BUILD_A, 'A', 3);
	put_blocks(&s, BUILD_B, 'b', 1);
	put_vector(&s, BUILD_B, "v3.header");
	d = open_device(&s, BUILD_B, path);
	OK(!d->read_only);
	fill(d, 'x', 2, 1);
	fill(d, 'y', 1, 15);
	look(d, seen);
	EQ_STR(seen, "Axx....C.......y");
	EQ_INT(dirty(d), 3 * K);
	EQ_INT(d->ops->zero(d, 2 * K, 0), 0);
	EQ_INT(d->ops->zero(d, K, 7 * K), 0);
	look(d, seen);
	EQ_STR(seen, "..x............y");
	EQ_INT(dirty(d), 2 * K);
	fill(d, 'z', 1, 0);
	EQ_INT(d->ops->flush(d), 0);
	d->ops->free(d);
	/* As after the death of the process: another goes on with the file. */
	d = open_device(&s, BUILD_B, path);
	look(d, seen);
	EQ_STR(seen, "z.x............y");
	EQ_INT(dirty(d), 3 * K);
	EQ_INT(d->ops->zero(d, 16 * K, 0), 0);
	OK(stat(path, &st) == 0);
	OK(st.st_blocks * 512 <= 3 * K); /* the head and the states */
	d->ops->free(d);
}

/* A file of anything else is neither taken nor harmed. */
static void foreign_overlay(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	struct template_stream_options o = { .location = &s.location, .build = BUILD_A };
	struct block_device *d = NULL;
	auto_buf struct buf kept = BUF_INIT;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/overlay", s.t.path);
	put_blocks(&s, BUILD_A, 'A', 3);
	put_blocks(&s, BUILD_B, 'b', 3);
	o.overlay = path;
	OK(file_write_at(s.t.fd, "overlay", "mine", 4, 0600) == 0);
	EQ_INT(template_stream_open(&o, &d, NULL), -EINVAL);
	OK(file_read_at(s.t.fd, "overlay", &kept) == 0);
	EQ_STR(buf_str(&kept), "mine");
	OK(unlinkat(s.t.fd, "overlay", 0) == 0);
	EQ_INT(template_stream_open(&o, &d, NULL), 0);
	d->ops->free(d);
	o.build = BUILD_B;
	EQ_INT(template_stream_open(&o, &d, NULL), -EINVAL);
}

static void publish(void)
{
	auto_clean(storage_dir) struct storage_dir s = storage_dir_make();
	const struct template_publish_options o = { .template_id = "tmpl", .build = "child" },
					      empty = { .build = "empty" },
					      self = { .build = BUILD_B };
	struct block_device *d, *child;
	struct error err = ERROR_INIT;
	char seen[17], path[96];

	(void)snprintf(path, sizeof(path), "%s/overlay", s.t.path);
	put_blocks(&s, BUILD_A, 'A', 3);
	put_blocks(&s, BUILD_B, 'b', 1);
	put_vector(&s, BUILD_B, "v3.header");
	d = open_device(&s, BUILD_B, path);
	EQ_INT(template_publish(d, &empty, &err), 0);
	EQ_STR(err.msg, "");
	fill(d, 'x', 2, 3);
	fill(d, 'A', 1, 0);  /* as it was: no change */
	fill(d, '\0', 1, 1); /* zeros, though written */
	EQ_INT(d->ops->zero(d, K, 7 * K), 0);
	EQ_INT(template_publish(d, &o, &err), 0);
	EQ_INT(template_publish(d, &o, &err), -EEXIST);
	OK(strstr(err.msg, "already") != NULL);
	EQ_INT(template_publish(d, &self, NULL), -EINVAL);
	d->ops->free(d);
	child = open_device(&s, "child", NULL);
	look(child, seen);
	EQ_STR(seen, "A.bxx...........");
	child->ops->free(child);
	child = open_device(&s, "empty", NULL);
	look(child, seen);
	EQ_STR(seen, "ABb....C........");
	child->ops->free(child);
	/* Nothing half-made is left: two builds that were there, two new ones, the overlay. */
	{
		auto_strv struct strv list = STRV_INIT;

		OK(dir_list(s.t.fd, &list) == 0);
		EQ_INT(list.n, 5);
	}
}

TAP_MAIN(packed, lost, raw, names, copy_on_write, foreign_overlay, publish)
