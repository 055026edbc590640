/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers: ROOT/layers/<diffid>/ with the unpacked tree in diff/ and layer.json. A layer is whole or not
 * there at all, never changes, and goes when no image and no container refers to it (gc.h).
 */
#ifndef BERTH_STORE_LAYER_H
#define BERTH_STORE_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "base/timefmt.h"
#include "store/store.h"

#define LAYER_DIFF "diff"

struct layer {
	char diff_id[ID_SIZE];
	uint64_t size; /* bytes in its regular files, what docker shows as its size */
	char created[TIME_TEXT_MAX];
};

/** layer_exists() - whether there is a layer @diff_id (64 hex digits, as everywhere here). */
bool layer_exists(const struct store *s, const char *diff_id);

/**
 * layer_publish() - make a layer of the directory @name in the scratch directory @d.
 * @name: holds the tree in diff/; layer.json is added here
 *
 * Everything is on disk before the layer has its name. If there already is that layer, this one stays
 * in the scratch directory, and that is success. The caller holds the store's lock, shared, until
 * image_publish() has returned: until then nothing but that keeps the layer from being collected.
 */
int layer_publish(const struct store *s, struct scratch *d, const char *name, const char *diff_id,
		  uint64_t size, struct error *err);

/** layer_read() - Return: 0; -ENOENT; -EINVAL if its record is damaged. */
int layer_read(const struct store *s, const char *diff_id, struct layer *ret, struct error *err);

/** layer_list() - the DiffIDs of all layers, sorted. */
int layer_list(const struct store *s, struct strv *ret, struct error *err);

#endif
