/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/loadlayer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "helper/encode.h"
#include "helper/freshlayer.h"
#include "helper/layerblob.h"
#include "helper/unpack.h"
#include "store/layer.h"

#define NEW_BLOB "blob"

/*
 * What happens to a layer's bytes while they pass: as they come they are hashed, and kept if they are
 * compressed in a way that every tool reads; else they are kept compressed by us.
 */
struct intake {
	struct sha256 raw_hash, data_hash;
	struct encoder blob;
	bool keep_raw;
	uint64_t data_size;
};

static void intake_done(struct intake *k)
{
	sha256_done(&k->raw_hash);
	sha256_done(&k->data_hash);
	encoder_done(&k->blob);
}
DEFINE_AUTO(intake, struct intake, intake_done)

static int raw_add(void *ctx, const void *data, size_t len, struct error *err)
{
	struct intake *k = ctx;

	sha256_add(&k->raw_hash, data, len);
	return k->keep_raw ? encoder_add(&k->blob, data, len, err) : 0;
}

static int data_add(void *ctx, const void *data, size_t len, struct error *err)
{
	struct intake *k = ctx;

	sha256_add(&k->data_hash, data, len);
	k->data_size += len;
	return k->keep_raw ? 0 : encoder_add(&k->blob, data, len, err);
}

static enum compression member_compression(const struct member_data *d)
{
	unsigned char head[DECODE_MAGIC_MAX];
	ssize_t n = pread(d->fd, head, MIN(sizeof(head), d->size), d->at);

	return n > 0 ? compression_detect(head, (size_t)n) : COMPRESSION_NONE;
}

static int check(const char *what, const char *member, const char *wanted, const char *found,
		 struct error *err)
{
	if (!wanted || STREQ(wanted, found))
		return 0;
	return error_msg(err, EINVAL, "the %s of '%s' is sha256:%s, but the image says sha256:%s",
			 what, member, found, wanted);
}

/* Everything through one pass; nothing is believed before both digests were compared. */
static int take_in(struct fresh_layer *f, const struct member_data *d, const struct foreign_layer *l,
		   struct intake *k, struct error *err)
{
	auto_stream struct stream in = STREAM_INIT;
	struct stream_options opts = { .fd = d->fd,
				       .at = d->at,
				       .limit = d->size,
				       .raw = { raw_add, k },
				       .data = { data_add, k } };
	char raw[ID_SIZE];
	int r = stream_start(&in, &opts, err);

	if (r == 0)
		r = unpack_tar(&in, f->diff_fd, UNPACK_WHITEOUTS, NULL, &f->size, err);
	stream_done(&in);
	if (r < 0)
		return error_prefix(err, r, "layer '%s'", l->member);
	sha256_end(&k->raw_hash, raw);
	sha256_end(&k->data_hash, f->diff_id);
	r = check("digest", l->member, l->digest, raw, err);
	return r < 0 ? r : check("DiffID", l->member, l->diff_id, f->diff_id, err);
}

static int keep_blob(const struct store *s, struct fresh_layer *f, const struct layer_blob *b,
		     struct error *err)
{
	auto_close int blobs = store_dir(s, "blobs", err);
	auto_close int layer = FD_NONE;
	auto_free char *path = NULL;
	int r;

	if (blobs < 0)
		return blobs;
	r = scratch_publish(&f->scratch, NEW_BLOB, blobs, b->digest);
	if (r < 0 && r != -EEXIST)
		return error_set(err, r, "cannot keep blob '%s'", b->digest);
	r = layer_blob_write(f->dir_fd, b);
	/* The layer may be there without its blob; then only that is added. */
	if (r == 0 && layer_exists(s, f->diff_id)) {
		path = str_format("layers/%s", f->diff_id);
		layer = path ? dir_open(s->root_fd, path) : -ENOMEM;
		r = layer < 0 ? layer : layer_blob_write(layer, b);
	}
	return r < 0 ? error_set(err, r, "cannot record blob '%s'", b->digest) : 0;
}

static int intake_begin(struct intake *k, enum compression kind, int fd, struct error *err)
{
	int r = sha256_init(&k->raw_hash);

	if (r == 0)
		r = sha256_init(&k->data_hash);
	if (r < 0)
		return error_set(err, r, "cannot read the layer");
	k->keep_raw = kind == COMPRESSION_GZIP || kind == COMPRESSION_ZSTD;
	return encoder_begin(&k->blob, k->keep_raw ? COMPRESSION_NONE : COMPRESSION_ZSTD, fd, err);
}

static int fetch_layer(const struct store *s, const struct member_data *d,
		       const struct foreign_layer *l, struct error *err)
{
	auto_clean(intake) struct intake k = { .blob = ENCODER_INIT };
	auto_fresh_layer struct fresh_layer f = FRESH_LAYER_INIT;
	auto_close int blob_fd = FD_NONE;
	enum compression kind = member_compression(d);
	struct layer_blob b = { 0 };
	int r = fresh_layer_begin(s, &f, err);

	if (r < 0)
		return r;
	blob_fd = openat(f.scratch.fd, NEW_BLOB, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (blob_fd < 0)
		return error_set(err, errno, "cannot make a blob");
	r = intake_begin(&k, kind, blob_fd, err);
	if (r == 0)
		r = take_in(&f, d, l, &k, err);
	if (r == 0)
		r = encoder_end(&k.blob, b.digest, err);
	if (r < 0)
		return r;
	b.compression = k.keep_raw ? kind : COMPRESSION_ZSTD;
	b.size = k.blob.size;
	b.tar_size = k.data_size;
	r = keep_blob(s, &f, &b, err);
	return r < 0 ? r : fresh_layer_publish(s, &f, err);
}

/* There with all that is needed to save it again: berth's own layers need no blob. */
static bool is_complete(const struct store *s, const char *diff_id)
{
	auto_free char *record = str_format("layers/%s/blob.json", diff_id);
	struct layer_blob b;

	if (!record || !layer_exists(s, diff_id))
		return false;
	return faccessat(s->root_fd, record, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ||
	       layer_blob_read(s, diff_id, &b, NULL) == 0;
}

int load_layer(const struct store *s, const struct members *m, const struct foreign_layer *l,
	       struct error *err)
{
	struct member_data d;
	int r;

	if (is_complete(s, l->diff_id))
		return 0;
	r = members_find(m, l->member, &d, err);
	if (r < 0)
		return r;
	if (l->size >= 0 && (uint64_t)l->size != d.size)
		r = error_msg(err, EINVAL, "'%s' has %llu bytes, but the image says %lld", l->member,
			      (unsigned long long)d.size, (long long)l->size);
	else
		r = fetch_layer(s, &d, l, err);
	fd_close(&d.fd);
	return r;
}
