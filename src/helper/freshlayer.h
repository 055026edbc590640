/* SPDX-License-Identifier: Apache-2.0 */
/* A layer while it is being made, in a scratch directory: DIR/diff, and DIR/blob.json if it has one. */
#ifndef BERTH_HELPER_FRESHLAYER_H
#define BERTH_HELPER_FRESHLAYER_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "store/store.h"

struct fresh_layer {
	struct scratch scratch;
	int dir_fd;  /* owned; holds diff/ */
	int diff_fd; /* owned */
	char diff_id[ID_SIZE];
	uint64_t size; /* bytes in regular files */
};

#define FRESH_LAYER_INIT                                                                           \
	((struct fresh_layer){ .scratch = SCRATCH_INIT, .dir_fd = FD_NONE, .diff_fd = FD_NONE })

int fresh_layer_begin(const struct store *s, struct fresh_layer *f, struct error *err);
void fresh_layer_done(struct fresh_layer *f);
DEFINE_AUTO(fresh_layer, struct fresh_layer, fresh_layer_done)
#define auto_fresh_layer auto_clean(fresh_layer)

/** fresh_layer_publish() - give it its place, f->diff_id and f->size being known (layer_publish()). */
int fresh_layer_publish(const struct store *s, struct fresh_layer *f, struct error *err);

#endif
