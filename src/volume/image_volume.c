/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes on an image (podman's driver image): its layers, and one that takes what is written, in _data. The
 * file `layers.json` lists the layers, so that they are needed (store/gc.c) for as long as the volume is there.
 */
#include <errno.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "store/image.h"
#include "sys/overlay.h"
#include "volume/internal.h"

static int write_layers(int dir_fd, const struct image *img)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);

	jsonw_object(&w, NULL);
	jsonw_strv(&w, "Layers", &img->layers);
	jsonw_end(&w);
	return buf_failed(&text) ? -ENOMEM
				 : file_replace_at(dir_fd, VOLUME_LAYERS, text.data, text.len,
						   FILE_REPLACE_SYNC);
}

int image_volume_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	static const char *const dirs[] = { VOLUME_DATA, VOLUME_WORK, VOLUME_MOUNT };
	auto_image struct image img = IMAGE_INIT;
	int r = image_open(s, strv_get_env(&v->options, "image"), &img, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		auto_close int fd = dir_make_open(dir_fd, dirs[i], 0755);

		if (fd < 0)
			return error_set(err, fd, "cannot make the directory of volume '%s'", v->name);
	}
	r = write_layers(dir_fd, &img);
	return r < 0 ? error_set(err, r, "cannot write the layers of volume '%s'", v->name) : 0;
}

int image_volume_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_close int upper = dir_open(dir_fd, VOLUME_DATA), work = dir_open(dir_fd, VOLUME_WORK);
	auto_image struct image img = IMAGE_INIT;
	auto_json struct json *j = NULL;
	int *fds = NULL, fd, r = json_read_at(dir_fd, VOLUME_LAYERS, &j, err);
	size_t n = 0;

	if (r == 0)
		r = json_strv(json_get(j, "Layers"), &img.layers);
	if (r < 0 || upper < 0 || work < 0)
		return error_set(err, r < 0 ? r : upper < 0 ? upper : work, "cannot open volume '%s'",
				 v->name);
	r = image_layer_fds(s, &img, &fds, &n, err);
	if (r < 0)
		return r;
	fd = overlay_mount(fds, n, upper, work, 0, err);
	fds_free(fds, n);
	return fd < 0 ? error_prefix(err, fd, "volume '%s'", v->name) : fd;
}
