/* SPDX-License-Identifier: Apache-2.0 */
/* One layer on its way into what `save` writes: what it will be, then its bytes. */
#ifndef BERTH_HELPER_SAVELAYER_H
#define BERTH_HELPER_SAVELAYER_H

#include "helper/bundle.h"
#include "helper/layerblob.h"

struct saved_layer {
	char diff_id[ID_SIZE];
	char digest[ID_SIZE];	      /* of the blob as it will be written */
	uint64_t size;		      /* of that */
	enum compression compression; /* of that */
	bool has_blob;
	struct layer_blob blob; /* what it came in */
	int spool_fd;		/* owned: the compressed layer, in the scratch directory */
};

void saved_layer_done(struct saved_layer *l);

/**
 * saved_layer_plan() - find digest and size of layer @diff_id.
 * @compression: "none" or "gzip" or "zstd", or NULL: as the layer came, or none
 * @scratch_fd: where it is compressed, if it has to be
 */
int saved_layer_plan(const struct store *s, int scratch_fd, const char *diff_id,
		     const char *compression, struct saved_layer *ret, struct error *err);

/** saved_layer_write() - put it into the bundle as @name. What is written is verified. */
int saved_layer_write(const struct store *s, const struct saved_layer *l, struct bundle *b,
		      const char *name, struct error *err);

#endif
