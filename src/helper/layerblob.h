/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer that came with an image keeps the blob that it came in, compressed as it was, in
 * ROOT/blobs/<sha256>; blob.json beside layer.json says so. `save` gives that blob back: a foreign tar's
 * bytes could not be made again from the unpacked tree.
 */
#ifndef BERTH_HELPER_LAYERBLOB_H
#define BERTH_HELPER_LAYERBLOB_H

#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "helper/decode.h"
#include "store/store.h"

struct layer_blob {
	char digest[ID_SIZE]; /* of the blob; its name in ROOT/blobs */
	enum compression compression;
	uint64_t size;	   /* of the blob */
	uint64_t tar_size; /* decompressed */
};

/** layer_blob_read() - Return: 0; -ENOENT if berth made the layer itself, or the blob is gone. */
int layer_blob_read(const struct store *s, const char *diff_id, struct layer_blob *ret,
		    struct error *err);

/** layer_blob_write() - write blob.json into the layer's directory @dir_fd. Return: 0 or -errno. */
int layer_blob_write(int dir_fd, const struct layer_blob *b);

/** layer_blobs_of() - the digests of the blobs of @layers, appended. */
int layer_blobs_of(const struct store *s, const struct strv *layers, struct strv *ret,
		   struct error *err);

#endif
