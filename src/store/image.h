/* SPDX-License-Identifier: Apache-2.0 */
/* Images: a configuration (OCI image-spec config.md) over a list of layers. */
#ifndef BERTH_STORE_IMAGE_H
#define BERTH_STORE_IMAGE_H

#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/strv.h"
#include "store/store.h"

/* What an image says about the containers made from it: the "config" object of the image configuration. */
struct image_config {
	struct strv env;	/* NAME=VALUE */
	struct strv entrypoint;
	struct strv cmd;
	struct strv volumes;	/* container paths */
	struct strv ports;	/* "80/tcp" */
	struct strv labels;	/* KEY=VALUE */
	char *user;		/* owned, like the next; NULL when not set */
	char *working_dir;
	char *stop_signal;
};

void image_config_done(struct image_config *c);

/**
 * image_config_parse() - read the "config" object of an image configuration. Unknown members are ignored.
 * Return: 0, or -EINVAL with @err naming the member at fault.
 */
int image_config_parse(const struct json *config, struct image_config *ret, struct error *err);

struct image {
	char id[ID_SIZE];
	struct strv layers; /* DiffIDs, 64 hex digits each, bottom first */
	struct image_config config;
	struct json *raw;   /* owned; the whole configuration */
};

#define IMAGE_INIT ((struct image){ 0 })

void image_done(struct image *img);
DEFINE_AUTO(image, struct image, image_done)
#define auto_image auto_clean(image)

/**
 * image_open() - find an image by NAME[:TAG], ID, ID prefix or sha256:ID, and read it.
 * Call with the store locked (shared suffices).
 *
 * Return: 0; -ENOENT "no such image: X"; -EINVAL for a reference that can't be one; -ENOTUNIQ.
 */
int image_open(const struct store *s, const char *what, struct image *ret, struct error *err);

/** image_find() - as image_open(), but only the id. */
int image_find(const struct store *s, const char *what, char ret_id[ID_SIZE], struct error *err);

/** image_read() - read the image whose whole id is @id. Return: 0, -ENOENT, -EINVAL, -errno. */
int image_read(const struct store *s, const char *id, struct image *ret, struct error *err);

/**
 * image_layer_fds() - O_PATH descriptors of the layers as overlayfs takes them: topmost first, the
 * image's init layer (mount points that it lacks: /proc, /dev, /etc/hosts, …) before them all, a layer
 * that occurs twice only once.
 * @ret_fds: array of *@ret_n descriptors, both owned by the caller (fds_free())
 */
int image_layer_fds(const struct store *s, const struct image *img, int **ret_fds, size_t *ret_n,
		    struct error *err);

/**
 * layers_open() - the same for any list of DiffIDs, bottom first.
 * @init_of: id of the image whose init layer goes on top, or NULL
 */
int layers_open(const struct store *s, const struct strv *layers, const char *init_of,
		int **ret_fds, size_t *ret_n, struct error *err);

/** fds_free() - close @n descriptors and free their array. */
void fds_free(int *fds, size_t n);

#endif
