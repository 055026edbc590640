/* SPDX-License-Identifier: Apache-2.0 */
/* Taking one layer of an image that was made elsewhere. */
#ifndef BERTH_HELPER_LOADLAYER_H
#define BERTH_HELPER_LOADLAYER_H

#include "helper/members.h"
#include "store/store.h"

struct foreign_layer {
	const char *member;  /* the file that holds it */
	const char *diff_id; /* what its decompressed contents must hash to */
	const char *digest;  /* what the file must hash to; NULL: docker-archive does not say */
	int64_t size;	     /* of the file; -1: not said */
};

/**
 * load_layer() - unpack, verify and publish, unless the store has it.
 * The caller holds the store's lock, shared.
 */
int load_layer(const struct store *s, const struct members *m, const struct foreign_layer *l,
	       struct error *err);

#endif
