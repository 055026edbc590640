/* SPDX-License-Identifier: Apache-2.0 */
/* Who refers to which layer, and removing what nobody refers to. */
#ifndef BERTH_STORE_GC_H
#define BERTH_STORE_GC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "store/store.h"

/* What one container's record (ROOT/containers/<id>/config.json) says about images. */
struct container_use {
	char id[ID_SIZE];
	char image[ID_SIZE]; /* "" with --rootfs */
	struct strv layers;  /* bottom first */
};

struct container_uses {
	struct container_use *v; /* owned */
	size_t n;
};

#define CONTAINER_USES_INIT ((struct container_uses){ 0 })

void container_uses_done(struct container_uses *u);
DEFINE_AUTO(container_uses, struct container_uses, container_uses_done)
#define auto_container_uses auto_clean(container_uses)

/** container_uses_load() - read all containers' records. -EINVAL if one is damaged: then nobody knows what it needs. */
int container_uses_load(const struct store *s, struct container_uses *ret, struct error *err);

/** container_uses_of() - the first container made from @image_id, or NULL. Borrowed. @ret_n: how many; or NULL. */
const struct container_use *container_uses_of(const struct container_uses *u, const char *image_id,
					      size_t *ret_n);

/** image_needs() - the layers and the blobs of image @id, appended; from image.json. */
int image_needs(const struct store *s, const char *id, struct strv *ret_layers,
		struct strv *ret_blobs, struct error *err);

struct garbage {
	struct strv layers, blobs; /* what nothing refers to, sorted */
	uint64_t size;		   /* bytes of those layers */
};

#define GARBAGE_INIT ((struct garbage){ 0 })

void garbage_done(struct garbage *g);
DEFINE_AUTO(garbage, struct garbage, garbage_done)
#define auto_garbage auto_clean(garbage)

/** garbage_find() - the store is locked, exclusively if the answer is to be acted on. */
int garbage_find(const struct store *s, struct garbage *ret, struct error *err);

/**
 * garbage_collect() - remove what garbage_find() finds. The store is locked exclusively.
 * @ret_lines: "Deleted: sha256:<diffid>" for each layer, appended; or NULL
 * @ret_reclaimed: bytes of the layers removed are added; or NULL
 */
int garbage_collect(const struct store *s, struct strv *ret_lines, uint64_t *ret_reclaimed,
		    struct error *err);

#endif
