/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template export: a build as the raw image that it stands for. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "helper/template_verbs.h"
#include "template/pack.h"
#include "template/stream.h"

#define CHUNK ((size_t) 1 << 20)

/* Zeros stay holes where there can be holes. */
static int write_chunk(int fd, bool sparse, const unsigned char *chunk, size_t len, uint64_t at)
{
	int r = 0;

	if (!sparse)
		return fd_write_all(fd, chunk, len);
	for (size_t i = 0; r == 0 && i < len; i += HEADER_BLOCK) {
		if (!block_is_zero(chunk + i, HEADER_BLOCK))
			r = fd_write_at(fd, chunk + i, HEADER_BLOCK, at + i);
	}
	return r;
}

static int copy_device(struct block_device *d, int fd, bool sparse, struct error *err)
{
	auto_free unsigned char *chunk = malloc(CHUNK);
	int r = chunk ? 0 : error_set(err, ENOMEM, "cannot export");

	if (r == 0 && sparse && ftruncate(fd, (off_t) d->size) < 0)
		r = error_set(err, errno, "cannot write the image");
	for (uint64_t at = 0; r == 0 && at < d->size; at += CHUNK) {
		size_t n = (size_t) MIN((uint64_t) CHUNK, d->size - at);

		if (d->ops->read(d, chunk, n, at) < 0) {
			struct template_counters now;

			template_stream_counters(d, &now);
			return error_msg(err, EIO, "%s", now.last_error);
		}
		r = write_chunk(fd, sparse, chunk, n, at);
		if (r < 0)
			r = error_set(err, r, "cannot write the image");
	}
	return r;
}

/* To a new file, which is there only when it is whole, or to standard output. */
static int export_to(struct block_device *d, const char *path, struct error *err)
{
	auto_free char *part = NULL;
	auto_close int fd = FD_NONE;
	int r;

	if (STREQ(path, "-"))
		return copy_device(d, STDOUT_FILENO, false, err);
	part = str_format("%s.part", path);
	if (!part)
		return error_set(err, ENOMEM, "cannot export");
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", part);
	r = copy_device(d, fd, true, err);
	if (r == 0 && (fsync(fd) < 0 || rename(part, path) < 0))
		r = error_set(err, errno, "cannot write '%s'", path);
	if (r < 0)
		(void)unlink(part);
	return r;
}

int template_export(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	struct block_device *d = NULL;
	int r = template_call_stream(c, c->argv[0], NULL, &l, &d, err);

	if (r < 0 || !d)
		return r;
	r = export_to(d, c->argv[1], err);
	d->ops->free(d);
	return r;
}
