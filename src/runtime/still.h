/* SPDX-License-Identifier: Apache-2.0 */
/* Containers held still while a volume of theirs is copied: what volume/snapshot.h asks of this room. */
#ifndef BERTH_RUNTIME_STILL_H
#define BERTH_RUNTIME_STILL_H

#include <stdint.h>

#include "volume/snapshot.h"

struct container;
struct pause;

struct still {
	struct volume_writers writers; /* first: what the volumes are given */
	const struct store *s;	       /* borrowed */
	struct container *containers;  /* owned, as the next: room for all users */
	struct pause *pauses;
	size_t n;	 /* those held */
	uint64_t since;	 /* microseconds */
	uint64_t lasted; /* microseconds between hold() and release(); 0: none was held */
	size_t held;	 /* how many were */
};

/** still_init() - nothing is held yet. */
void still_init(struct still *st, const struct store *s);

#endif
