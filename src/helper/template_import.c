/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template import: a build of an image. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "helper/template_verbs.h"
#include "template/metadata.h"
#include "template/pack.h"

#define CHUNK ((size_t) 1 << 20)
#define BLOCK ((size_t) HEADER_BLOCK)

static int parse_compression(const char *name, enum frame_compression *ret, struct error *err)
{
	static const char *const names[] = { "none", "zstd", "lz4" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!*name || STREQ(names[i], name)) {
			*ret = (enum frame_compression) i;
			return 0;
		}
	}
	return error_msg(err, EINVAL, "unknown compression '%s': none, lz4 or zstd", name);
}

static int open_image(const char *path, struct error *err)
{
	int fd = STREQ(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				  : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISFIFO(st.st_mode) ||
	    S_ISSOCK(st.st_mode))
		return fd;
	(void)close(fd);
	return error_msg(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
			 "'%s' is no image of a file system", path);
}

/* Where the next data of a sparse file is; without that knowledge, here. */
static uint64_t next_data(int fd, uint64_t at, uint64_t size)
{
	off_t data = lseek(fd, (off_t) at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? size : at;
	return (uint64_t) data / BLOCK * BLOCK;
}

struct importer {
	struct template_header *h;
	struct packer *p;
	uint32_t self;
	unsigned char *chunk; /* owned */
};

/* [@offset, @offset + @len) of the device: zeros, or what is to be packed. */
static int add(struct importer *im, uint64_t offset, size_t len, const void *data,
	       struct error *err)
{
	struct header_extent e = { .offset = offset, .length = len, .build = HEADER_ZEROS };
	int r = 0;

	if (data) {
		e.build = im->self;
		e.storage = im->p->size;
		r = packer_add(im->p, data, len, err);
	}
	if (r == 0 && header_add_extent(im->h, &e) < 0)
		r = error_set(err, ENOMEM, "cannot import");
	return r;
}

static int add_chunk(struct importer *im, uint64_t offset, size_t len, struct error *err)
{
	int r = 0;

	for (size_t i = 0, end; r == 0 && i < len; i = end) {
		bool zero = block_is_zero(im->chunk + i, BLOCK);

		for (end = i + BLOCK; end < len && block_is_zero(im->chunk + end, BLOCK) == zero;)
			end += BLOCK;
		r = add(im, offset + i, end - i, zero ? NULL : im->chunk + i, err);
	}
	return r;
}

/* A stream has no holes and no length before its end. The last block is filled with zeros. */
static int read_image(struct importer *im, int fd, const char *path, struct error *err)
{
	struct stat st = { .st_size = 0 };
	bool sparse = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
	uint64_t at = 0;
	int r = 0;

	while (r == 0) {
		uint64_t data = sparse && at < (uint64_t) st.st_size
					? next_data(fd, at, (uint64_t) st.st_size)
					: at;
		ssize_t n;

		if (data > at) {
			data = MIN((data + BLOCK - 1) / BLOCK * BLOCK,
				   ((uint64_t) st.st_size + BLOCK - 1) / BLOCK * BLOCK);
			r = add(im, at, data - at, NULL, err);
			at = data;
		}
		if (sparse && lseek(fd, (off_t) at, SEEK_SET) < 0)
			return error_set(err, errno, "cannot read '%s'", path);
		n = r == 0 ? fd_read_upto(fd, im->chunk, CHUNK) : 0;
		if (n < 0)
			return error_set(err, (int) n, "cannot read '%s'", path);
		if (n == 0)
			break;
		memset(im->chunk + n, 0, CHUNK - (size_t) n);
		n = (ssize_t) (((size_t) n + BLOCK - 1) / BLOCK * BLOCK);
		r = add_chunk(im, at, (size_t) n, err);
		at += (uint64_t) n;
	}
	im->h->size = at;
	if (r == 0 && (at == 0 || at > HEADER_SIZE_MAX))
		r = error_msg(err, EINVAL, "'%s' is %s", path, at ? "too large" : "empty");
	return r;
}

static int pack_image(struct packer *p, struct template_header *h, const char *path,
		      struct error *err)
{
	auto_close int fd = open_image(path, err);
	struct importer im = { .h = h, .p = p };
	int r;

	if (fd < 0)
		return fd;
	im.chunk = malloc(CHUNK);
	if (!im.chunk || header_need_build(h, &h->build, &im.self) < 0)
		r = error_set(err, ENOMEM, "cannot import");
	else
		r = read_image(&im, fd, path, err);
	free(im.chunk);
	return r;
}

/* That there is one already is better said before much is read than after. */
static int check_new(struct storage *s, const char *name, struct error *err)
{
	auto_template_build struct template_build there = TEMPLATE_BUILD_INIT;
	int r = build_load(s, NULL, name, &there, NULL);

	if (r == 0 || r == -EINVAL)
		return error_msg(err, EEXIST, "template storage '%s' has a build '%s' already",
				 s->location->url, name);
	return 0;
}

int template_import(const struct template_call *c, struct error *err)
{
	const char *path = c->argv[0], *build = c->argv[2];
	const struct template_names names = { .template_id = c->argv[1], .build = build };
	auto_template_header struct template_header h = { .version = 3,
							  .block_size = HEADER_BLOCK };
	auto_template_place struct template_place place = TEMPLATE_PLACE_INIT;
	auto_packer struct packer p = PACKER_INIT;
	auto_buf struct buf metadata = BUF_INIT;
	enum frame_compression compression = FRAME_NONE;
	char id[UUID_TEXT_SIZE];
	int r = build_name_check("template", c->argv[1], err);

	if (r == 0)
		r = build_name_check("build", build, err);
	if (r == 0)
		r = parse_compression(c->argv[3], &compression, err);
	if (r == 0 && build_id(build, &h.build) < 0)
		r = error_set(err, ENOMEM, "cannot import");
	h.base = h.build;
	if (r == 0)
		r = template_place_open(c, "", &place, err);
	if (r == 0)
		r = check_new(place.storage, build, err);
	if (r == 0)
		r = metadata_make(NULL, &names, &h.build, NULL, &metadata, err);
	if (r == 0)
		r = packer_init(&p, place.storage, compression, err);
	if (r == 0)
		r = pack_image(&p, &h, path, err);
	if (r == 0)
		r = packer_publish(&p, place.storage, &h, &metadata, err);
	if (r == 0)
		printf("%s\n", uuid_format(id, &h.build));
	return r;
}
