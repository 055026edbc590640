/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/savelayer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/macros.h"
#include "helper/encode.h"
#include "helper/treetar.h"
#include "store/layer.h"

void saved_layer_done(struct saved_layer *l)
{
	fd_close(&l->spool_fd);
}

static int diff_open(const struct store *s, const char *diff_id, struct error *err)
{
	char path[ID_SIZE + 32];
	int fd;

	(void)snprintf(path, sizeof(path), "layers/%s/" LAYER_DIFF, diff_id);
	fd = dir_open(s->root_fd, path);
	return fd < 0 ? error_set(err, fd, "cannot open layer '%s'", diff_id) : fd;
}

static int blob_open(const struct store *s, const char *digest, struct error *err)
{
	char path[ID_SIZE + 32];
	int fd;

	(void)snprintf(path, sizeof(path), "blobs/%s", digest);
	fd = openat(s->root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open blob '%s'", digest) : fd;
}

static int check_digest(const char *diff_id, const char *wanted, const char *found,
			struct error *err)
{
	if (STREQ(wanted, found))
		return 0;
	(void)error_msg(err, EIO, "layer '%s' was changed in the store: its digest is now %s", diff_id,
			found);
	return error_hint(err, -EIO, "remove the images that use it and import or load them again");
}

struct tap_pair {
	struct stream_tap out;
	struct sha256 hash;
};

static int add_hashed(void *ctx, const void *data, size_t len, struct error *err)
{
	struct tap_pair *p = ctx;

	sha256_add(&p->hash, data, len);
	return p->out.add(p->out.ctx, data, len, err);
}

/* Read @fd, decompressed or as it is, through @out; @ret_digest: of what went there. */
static int pump(int fd, bool decompress, struct stream_tap out, char ret_digest[ID_SIZE],
		struct error *err)
{
	struct stream_options opts = STREAM_OPTIONS(fd);
	auto_stream struct stream in = STREAM_INIT;
	struct tap_pair p = { .out = out };
	int r = sha256_init(&p.hash);

	opts.at = 0;
	*(decompress ? &opts.data : &opts.raw) = (struct stream_tap){ add_hashed, &p };
	if (r == 0)
		r = stream_start(&in, &opts, err);
	if (r == 0)
		r = stream_drain(&in, err);
	stream_done(&in);
	if (r == 0)
		sha256_end(&p.hash, ret_digest);
	sha256_done(&p.hash);
	return r;
}

/* The layer's uncompressed tar, verified: made from its tree, or decompressed from what it came in. */
static int write_tar(const struct store *s, const struct saved_layer *l, struct stream_tap out,
		     struct error *err)
{
	struct tar_write w = { .root_fd = FD_NONE };
	auto_close int fd = l->has_blob ? blob_open(s, l->blob.digest, err) :
					  diff_open(s, l->diff_id, err);
	char digest[ID_SIZE];
	int r;

	if (fd < 0)
		return fd;
	w.root_fd = fd;
	r = l->has_blob ? pump(fd, true, out, digest, err) : treetar_run(&w, out, digest, err);
	return r < 0 ? r : check_digest(l->diff_id, l->diff_id, digest, err);
}

static int tar_size(const struct store *s, struct saved_layer *l, struct error *err)
{
	struct tar_write w = { .flags = TAR_WRITE_COUNT };
	auto_close int fd = FD_NONE;
	int r;

	if (l->has_blob) {
		l->size = l->blob.tar_size;
		return 0;
	}
	fd = diff_open(s, l->diff_id, err);
	if (fd < 0)
		return fd;
	w.root_fd = fd;
	r = tar_write_tree(&w, err);
	l->size = w.ret_size;
	return r;
}

static int compress(const struct store *s, int scratch_fd, struct saved_layer *l, struct error *err)
{
	auto_encoder struct encoder e = ENCODER_INIT;
	int r;

	l->spool_fd = openat(scratch_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (l->spool_fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		l->spool_fd = openat(scratch_fd, l->diff_id, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
				     0600);
		(void)unlinkat(scratch_fd, l->diff_id, 0);
	}
	if (l->spool_fd < 0)
		return error_set(err, errno, "cannot make a file for layer '%s'", l->diff_id);
	r = encoder_begin(&e, l->compression, l->spool_fd, err);
	if (r == 0)
		r = write_tar(s, l, (struct stream_tap){ encoder_add, &e }, err);
	if (r == 0)
		r = encoder_end(&e, l->digest, err);
	l->size = e.size;
	return r;
}

static int find_compression(const struct saved_layer *l, const char *name, enum compression *ret,
			    struct error *err)
{
	if (!name)
		*ret = l->has_blob ? l->blob.compression : COMPRESSION_NONE;
	else if (STREQ(name, "none"))
		*ret = COMPRESSION_NONE;
	else if (STREQ(name, "gzip"))
		*ret = COMPRESSION_GZIP;
	else if (STREQ(name, "zstd"))
		*ret = COMPRESSION_ZSTD;
	else
		return error_msg(err, EINVAL, "unknown compression '%s': none, gzip or zstd", name);
	return 0;
}

int saved_layer_plan(const struct store *s, int scratch_fd, const char *diff_id,
		     const char *compression, struct saved_layer *ret, struct error *err)
{
	struct saved_layer l = { .spool_fd = FD_NONE };
	int r = layer_blob_read(s, diff_id, &l.blob, err);

	if (r < 0 && r != -ENOENT)
		return r;
	l.has_blob = r == 0;
	memcpy(l.diff_id, diff_id, ID_SIZE);
	r = find_compression(&l, compression, &l.compression, err);
	if (r < 0)
		return r;
	if (l.has_blob && l.compression == l.blob.compression) {
		l.size = l.blob.size;
		memcpy(l.digest, l.blob.digest, ID_SIZE);
	} else if (l.compression == COMPRESSION_NONE) {
		memcpy(l.digest, diff_id, ID_SIZE);
		r = tar_size(s, &l, err);
	} else {
		r = compress(s, scratch_fd, &l, err);
	}
	if (r < 0)
		saved_layer_done(&l);
	else
		*ret = l;
	return r;
}

static int write_blob(const struct store *s, const struct saved_layer *l, struct stream_tap out,
		      struct error *err)
{
	auto_close int fd = FD_NONE;
	char digest[ID_SIZE];
	int r;

	if (l->spool_fd >= 0)
		return pump(l->spool_fd, false, out, digest, err);
	if (!l->has_blob || l->compression != l->blob.compression)
		return write_tar(s, l, out, err);
	fd = blob_open(s, l->blob.digest, err);
	if (fd < 0)
		return fd;
	r = pump(fd, false, out, digest, err);
	return r < 0 ? r : check_digest(l->diff_id, l->blob.digest, digest, err);
}

int saved_layer_write(const struct store *s, const struct saved_layer *l, struct bundle *b,
		      const char *name, struct error *err)
{
	int r = bundle_begin(b, name, l->size, err);

	if (r == 0)
		r = write_blob(s, l, (struct stream_tap){ bundle_write, b }, err);
	return r < 0 ? r : bundle_end(b, err);
}
