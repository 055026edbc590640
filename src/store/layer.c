/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"

#define RECORD	 "layer.json"
#define PATH_LEN (ID_SIZE + 32)

bool layer_exists(const struct store *s, const char *diff_id)
{
	char path[PATH_LEN];

	(void)snprintf(path, sizeof(path), "layers/%s/" RECORD, diff_id);
	return faccessat(s->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int write_record(int dir_fd, const char *diff_id, uint64_t size)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 2);
	char digest[ID_SIZE + 8], now[TIME_TEXT_MAX];

	(void)snprintf(digest, sizeof(digest), "sha256:%s", diff_id);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "DiffID", digest);
	jsonw_uint(&w, "Size", size);
	jsonw_str(&w, "Created", time_format_now(now));
	jsonw_end(&w);
	if (buf_failed(&out))
		return -ENOMEM;
	return file_write_at(dir_fd, RECORD, out.data, out.len, 0600);
}

int layer_publish(const struct store *s, struct scratch *d, const char *name, const char *diff_id,
		  uint64_t size, struct error *err)
{
	auto_close int layers_fd = store_dir(s, "layers", err);
	auto_close int dir_fd = dir_open(d->fd, name);
	int r;

	if (layers_fd < 0)
		return layers_fd;
	if (dir_fd < 0)
		return error_set(err, dir_fd, "cannot open the new layer");
	if (layer_exists(s, diff_id))
		return 0;
	if (fchmod(dir_fd, 0700) < 0)
		return error_set(err, errno, "cannot close layer '%s' to others", diff_id);
	r = write_record(dir_fd, diff_id, size);
	if (r < 0)
		return error_set(err, r, "cannot write layer '%s'", diff_id);
	/* One call for ten thousand files: an fsync(2) of each would take longer than unpacking them. */
	if (syncfs(dir_fd) < 0)
		return error_set(err, errno, "cannot write layer '%s' to disk", diff_id);
	r = scratch_publish(d, name, layers_fd, diff_id);
	if (r == -EEXIST)
		return 0;
	if (r == 0 && fsync(layers_fd) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot add layer '%s' to the store", diff_id) : 0;
}

int layer_read(const struct store *s, const char *diff_id, struct layer *ret, struct error *err)
{
	auto_json struct json *record = NULL;
	char path[PATH_LEN];
	const char *created;
	int64_t size;
	int r;

	(void)snprintf(path, sizeof(path), "layers/%s/" RECORD, diff_id);
	r = json_read_at(s->root_fd, path, &record, err);
	if (r < 0)
		return r;
	size = json_int(json_get(record, "Size"), -1);
	created = json_get_str(record, "Created");
	if (size < 0 || !created || strlen(created) >= sizeof(ret->created))
		return error_msg(err, EINVAL, "'%s' is damaged", path);
	(void)snprintf(ret->diff_id, sizeof(ret->diff_id), "%s", diff_id);
	(void)snprintf(ret->created, sizeof(ret->created), "%s", created);
	ret->size = (uint64_t)size;
	return 0;
}

int layer_list(const struct store *s, struct strv *ret, struct error *err)
{
	auto_close int dir_fd = store_dir(s, "layers", err);
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = dir_list(dir_fd, ret);
	return r < 0 ? error_set(err, r, "cannot read '%s/layers'", s->root) : 0;
}
