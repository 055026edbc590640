/* SPDX-License-Identifier: Apache-2.0 */
/* Adding an image to the store, its layers being there already. */
#ifndef BERTH_STORE_PUBLISH_H
#define BERTH_STORE_PUBLISH_H

#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "store/store.h"

struct image_new {
	const char *id;		    /* SHA-256 of @config: whoever calls has the library to compute it */
	const char *config;	    /* the image configuration, byte for byte */
	size_t config_len;
	const struct strv *layers;  /* DiffIDs, 64 hex digits each, bottom first, all in the store */
	const struct strv *blobs;   /* names in ROOT/blobs that go with it, or NULL */
	const char *reference;	    /* name that it gets, as ref_format() writes it, or NULL */
};

/**
 * image_publish() - write config.json, image.json and the init layer, and give them their place; then
 * set the reference. An image that is there already stays as it is, and that is success.
 *
 * The caller holds the store's lock, shared, since before it looked whether the layers are there.
 */
int image_publish(const struct store *s, const struct image_new *img, struct error *err);

/**
 * image_make_init() - make directory @name in @dir_fd: a layer of the places that a container's mounts
 * need and that the image of @layers lacks, with the parents' owners and modes as the image has them.
 * Nothing is made when nothing lacks. @dir_fd must be of the store's file system.
 */
int image_make_init(const struct store *s, const struct strv *layers, int dir_fd, const char *name,
		    struct error *err);

#endif
