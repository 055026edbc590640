/* SPDX-License-Identifier: Apache-2.0 */
/* Finding an image and opening its layers: the part of the store that `berth run` goes through. */
#include "store/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/macros.h"
#include "store/ref.h"
#include "sys/overlay.h"

#define DIGEST_PREFIX	  "sha256:"
#define DIGEST_PREFIX_LEN (sizeof(DIGEST_PREFIX) - 1)
#define LAYER_PATH_MAX	  (ID_SIZE + 16)

void image_done(struct image *img)
{
	strv_done(&img->layers);
	image_config_done(&img->config);
	json_free(img->raw);
	*img = IMAGE_INIT;
}

void fds_free(int *fds, size_t n)
{
	for (size_t i = 0; fds && i < n; i++)
		fd_close(&fds[i]);
	free(fds);
}

static int no_such_image(const char *what, struct error *err)
{
	int r = error_msg(err, ENOENT, "no such image: %s", what);

	return error_hint(err, r, "'berth images' shows what there is; "
				  "'berth import FILE %s' makes an image of a tar file", what);
}

/* The one image whose id starts with @prefix. Return: 0, -ENOENT (@err is not set), -ENOTUNIQ. */
static int find_prefix(const struct store *s, const char *prefix, char ret_id[ID_SIZE],
		       struct error *err)
{
	auto_close int dir_fd = store_dir(s, "images", err);
	auto_strv struct strv ids = STRV_INIT;
	const char *found = NULL;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = dir_list(dir_fd, &ids);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/images'", s->root);
	strv_for_each(i, &ids) {
		if (strncmp(ids.v[i], prefix, strlen(prefix)) != 0 || !id_is_valid(ids.v[i]))
			continue;
		if (found)
			return error_msg(err, ENOTUNIQ,
					 "multiple IDs found with provided prefix: %s", prefix);
		found = ids.v[i];
	}
	if (!found)
		return -ENOENT;
	memcpy(ret_id, found, ID_SIZE);
	return 0;
}

static int find_reference(const struct store *s, const char *what, char ret_id[ID_SIZE],
			  struct error *err)
{
	auto_ref struct ref ref = REF_INIT;
	auto_free char *text = NULL;
	int r = ref_parse(what, &ref, err);

	if (r < 0)
		return r;
	text = ref_format(&ref);
	r = text ? ref_resolve(s, text, ret_id) : -ENOMEM;
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot read reference '%s'", text ? text : what);
	return r;
}

int image_find(const struct store *s, const char *what, char ret_id[ID_SIZE], struct error *err)
{
	bool has_digest = strncmp(what, DIGEST_PREFIX, DIGEST_PREFIX_LEN) == 0;
	const char *prefix = has_digest ? what + DIGEST_PREFIX_LEN : what;
	int by_name = -ENOENT, r = -ENOENT;

	if (!id_is_valid(prefix))
		by_name = find_reference(s, what, ret_id, err);
	if (by_name != -ENOENT && by_name != -EINVAL)
		return by_name;
	if (id_is_prefix(prefix))
		r = find_prefix(s, prefix, ret_id, err);
	if (r != -ENOENT)
		return r;
	return by_name == -EINVAL ? by_name : no_such_image(what, err);
}

static int bad_image(const char *id, const char *why, struct error *err)
{
	int r = error_msg(err, EINVAL, "image '%.*s': %s", ID_SHORT, id, why);

	return error_hint(err, r, "'berth system check' says what else is wrong in the store");
}

static int read_layers(const struct json *raw, struct image *img, struct error *err)
{
	const struct json *diff_ids = json_get(json_get(raw, "rootfs"), "diff_ids");

	if (json_count(diff_ids) > OVERLAY_MAX_LOWER)
		return bad_image(img->id, "it has too many layers", err);
	json_for_each(entry, diff_ids) {
		const char *text = json_str(entry);

		if (!text || strncmp(text, DIGEST_PREFIX, DIGEST_PREFIX_LEN) != 0 ||
		    !id_is_valid(text + DIGEST_PREFIX_LEN))
			return bad_image(img->id, "'rootfs.diff_ids' holds what is no digest", err);
		if (strv_add(&img->layers, text + DIGEST_PREFIX_LEN) < 0)
			return error_set(err, ENOMEM, "cannot read image '%s'", img->id);
	}
	return 0;
}

int image_read(const struct store *s, const char *id, struct image *ret, struct error *err)
{
	auto_image struct image img = IMAGE_INIT;
	char path[LAYER_PATH_MAX + ID_SIZE];
	int r;

	(void)snprintf(img.id, sizeof(img.id), "%s", id);
	(void)snprintf(path, sizeof(path), "images/%s/config.json", img.id);
	r = json_read_at(s->root_fd, path, &img.raw, err);
	if (r == -ENOENT)
		return no_such_image(id, err);
	if (r < 0)
		return error_prefix(err, r, "image '%.*s'", ID_SHORT, id);
	r = read_layers(img.raw, &img, err);
	if (r < 0)
		return r;
	r = image_config_parse(json_get(img.raw, "config"), &img.config, err);
	if (r < 0)
		return error_prefix(err, r, "image '%.*s'", ID_SHORT, id);
	*ret = img;
	img = IMAGE_INIT;
	return 0;
}

int image_open(const struct store *s, const char *what, struct image *ret, struct error *err)
{
	char id[ID_SIZE] = "";
	int r = image_find(s, what, id, err);

	return r < 0 ? r : image_read(s, id, ret, err);
}

/* An image's layers as overlayfs shall get them, being opened. */
struct opened {
	int *fds;
	size_t n;
};

static void opened_done(struct opened *o)
{
	fds_free(o->fds, o->n);
}
DEFINE_AUTO(opened, struct opened, opened_done)
#define auto_opened auto_clean(opened)

static int open_dir_path(int root_fd, const char *path)
{
	int fd = openat(root_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_init(const struct store *s, const char *id, struct opened *o, struct error *err)
{
	char path[LAYER_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "images/%s/init", id);
	fd = open_dir_path(s->root_fd, path);
	if (fd >= 0)
		o->fds[o->n++] = fd;
	return fd < 0 && fd != -ENOENT ? error_set(err, fd, "cannot open '%s/%s'", s->root, path)
				       : 0;
}

static int open_layer(const struct store *s, const char *diff_id, struct opened *o,
		      struct error *err)
{
	char path[LAYER_PATH_MAX];
	int fd, r;

	(void)snprintf(path, sizeof(path), "layers/%s/diff", diff_id);
	fd = open_dir_path(s->root_fd, path);
	if (fd >= 0) {
		o->fds[o->n++] = fd;
		return 0;
	}
	r = error_set(err, fd, "cannot open layer '%s/%s'", s->root, path);
	return error_hint(err, r, "'berth system check' says what is wrong in the store");
}

/* Whether layer @i occurs above itself: overlayfs refuses the same directory twice (ELOOP). */
static bool is_repeated(const struct strv *layers, size_t i)
{
	for (size_t above = i + 1; above < layers->n; above++) {
		if (STREQ(layers->v[above], layers->v[i]))
			return true;
	}
	return false;
}

int layers_open(const struct store *s, const struct strv *layers, const char *init_of,
		int **ret_fds, size_t *ret_n, struct error *err)
{
	auto_opened struct opened o = { calloc(layers->n + 1, sizeof(int)), 0 };
	int r;

	if (!o.fds)
		return error_set(err, ENOMEM, "cannot open the layers");
	r = init_of ? open_init(s, init_of, &o, err) : 0;
	for (size_t i = layers->n; r == 0 && i-- > 0;) {
		if (!is_repeated(layers, i))
			r = open_layer(s, layers->v[i], &o, err);
	}
	if (r < 0)
		return r;
	*ret_n = o.n;
	*ret_fds = take_ptr(o.fds);
	return 0;
}

int image_layer_fds(const struct store *s, const struct image *img, int **ret_fds, size_t *ret_n,
		    struct error *err)
{
	return layers_open(s, &img->layers, img->id, ret_fds, ret_n, err);
}
