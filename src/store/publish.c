/* SPDX-License-Identifier: Apache-2.0 */
#include "store/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/jsonw.h"
#include "base/timefmt.h"
#include "store/layer.h"
#include "store/ref.h"
#include "store/image.h"

#define NEW_IMAGE "image"

/* berth's own facts, which are no part of the configuration and so of the id. */
static int write_record(int dir_fd, const struct image_new *img)
{
	static const struct strv none = { 0 };
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 2);
	char now[TIME_TEXT_MAX];

	jsonw_object(&w, NULL);
	jsonw_strv(&w, "Layers", img->layers);
	jsonw_strv(&w, "Blobs", img->blobs ? img->blobs : &none);
	jsonw_str(&w, "Added", time_format_now(now));
	jsonw_end(&w);
	if (buf_failed(&out))
		return -ENOMEM;
	return file_write_at(dir_fd, "image.json", out.data, out.len, 0600);
}

static int check_layers(const struct store *s, const struct image_new *img, struct error *err)
{
	strv_for_each(i, img->layers) {
		if (!layer_exists(s, img->layers->v[i]))
			return error_msg(err, ENOENT, "cannot add image '%.*s': layer '%s' is missing",
					 ID_SHORT, img->id, img->layers->v[i]);
	}
	return 0;
}

static int make_image(const struct store *s, const struct image_new *img, int images_fd,
		      struct error *err)
{
	auto_scratch struct scratch d = SCRATCH_INIT;
	auto_close int dir_fd = FD_NONE;
	int r = scratch_make(s, &d, err);

	if (r < 0)
		return r;
	dir_fd = dir_make_open(d.fd, NEW_IMAGE, 0700);
	if (dir_fd < 0)
		return error_set(err, dir_fd, "cannot make image '%.*s'", ID_SHORT, img->id);
	r = file_write_at(dir_fd, "config.json", img->config, img->config_len, 0600);
	if (r == 0)
		r = write_record(dir_fd, img);
	if (r < 0)
		return error_set(err, r, "cannot write image '%.*s'", ID_SHORT, img->id);
	r = image_make_init(s, img->layers, dir_fd, "init", err);
	if (r < 0)
		return r;
	if (syncfs(dir_fd) < 0)
		return error_set(err, errno, "cannot write image '%.*s' to disk", ID_SHORT, img->id);
	r = scratch_publish(&d, NEW_IMAGE, images_fd, img->id);
	if (r == -EEXIST)
		return 0;
	if (r == 0 && fsync(images_fd) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot add image '%.*s'", ID_SHORT, img->id) : 0;
}

int image_publish(const struct store *s, const struct image_new *img, struct error *err)
{
	auto_close int images_fd = store_dir(s, "images", err);
	int r;

	if (images_fd < 0)
		return images_fd;
	r = check_layers(s, img, err);
	if (r < 0)
		return r;
	if (faccessat(images_fd, img->id, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		r = make_image(s, img, images_fd, err);
		if (r < 0)
			return r;
	}
	return img->reference ? ref_set(s, img->reference, img->id, err) : 0;
}
