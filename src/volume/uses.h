/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses which volume: read from the records of all containers at once. */
#ifndef BERTH_VOLUME_USES_H
#define BERTH_VOLUME_USES_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "store/store.h"

struct volume_use {
	char *volume; /* owned */
	char container[ID_SIZE];
};

struct volume_uses {
	struct volume_use *v; /* owned; sorted by volume, then container; no pair twice */
	size_t n;
};

#define VOLUME_USES_INIT ((struct volume_uses){ 0 })

void volume_uses_done(struct volume_uses *u);
DEFINE_AUTO(volume_uses, struct volume_uses, volume_uses_done)
#define auto_volume_uses auto_clean(volume_uses)

/**
 * volume_uses_read() - the uses by all containers, running or not.
 * A record that can't be read is a failure: what it refers to must not be removed.
 */
int volume_uses_read(const struct store *s, struct volume_uses *ret, struct error *err);

/** volume_uses_of() - the first use of volume @name, the others follow it; @ret_n: how many. */
const struct volume_use *volume_uses_of(const struct volume_uses *u, const char *name,
					size_t *ret_n);

#endif
