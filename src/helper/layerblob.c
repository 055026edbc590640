/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/layerblob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/macros.h"

#define RECORD "blob.json"

static const char *const names[] = { "none", "gzip", "zstd", "xz", "bzip2" };

static int parse_record(const struct json *record, struct layer_blob *ret)
{
	const char *digest = json_get_str(record, "Digest");
	const char *compression = json_get_str(record, "Compression");
	int64_t size = json_int(json_get(record, "Size"), -1);
	int64_t tar_size = json_int(json_get(record, "TarSize"), -1);

	if (!digest || !id_is_valid(digest) || !compression || size < 0 || tar_size < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!STREQ(names[i], compression))
			continue;
		*ret = (struct layer_blob){ .compression = (enum compression)i,
					    .size = (uint64_t)size,
					    .tar_size = (uint64_t)tar_size };
		memcpy(ret->digest, digest, ID_SIZE);
		return 0;
	}
	return -EINVAL;
}

int layer_blob_read(const struct store *s, const char *diff_id, struct layer_blob *ret,
		    struct error *err)
{
	auto_json struct json *record = NULL;
	char path[ID_SIZE + 32];
	int r;

	(void)snprintf(path, sizeof(path), "layers/%s/" RECORD, diff_id);
	r = json_read_at(s->root_fd, path, &record, err);
	if (r < 0)
		return r;
	r = parse_record(record, ret);
	if (r < 0)
		return error_msg(err, EINVAL, "'%s/%s' is damaged", s->root, path);
	(void)snprintf(path, sizeof(path), "blobs/%s", ret->digest);
	return faccessat(s->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int layer_blob_write(int dir_fd, const struct layer_blob *b)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 2);

	jsonw_object(&w, NULL);
	jsonw_str(&w, "Digest", b->digest);
	jsonw_str(&w, "Compression", names[b->compression]);
	jsonw_uint(&w, "Size", b->size);
	jsonw_uint(&w, "TarSize", b->tar_size);
	jsonw_end(&w);
	if (buf_failed(&out))
		return -ENOMEM;
	return file_replace_at(dir_fd, RECORD, out.data, out.len, 0);
}

int layer_blobs_of(const struct store *s, const struct strv *layers, struct strv *ret,
		   struct error *err)
{
	strv_for_each(i, layers) {
		struct layer_blob b;
		int r = layer_blob_read(s, layers->v[i], &b, err);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (!strv_has(ret, b.digest) && strv_add(ret, b.digest) < 0)
			return error_set(err, ENOMEM, "cannot list the image's blobs");
	}
	return 0;
}
