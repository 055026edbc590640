/* SPDX-License-Identifier: Apache-2.0 */
/* What a container must not see or write below /proc and /sys. */
#ifndef BERTH_MOUNT_MASK_H
#define BERTH_MOUNT_MASK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/jsonw.h"
#include "base/strv.h"

struct mount_masks {
	bool none;	    /* neither docker's masked paths nor its read-only ones */
	struct strv mask;   /* covered besides */
	struct strv unmask; /* left alone of docker's: patterns of fnmatch(3), or "ALL" */
};

void mount_masks_done(struct mount_masks *m);

/**
 * mount_masks_apply() - cover the masked paths and make the read-only ones read-only.
 * Runs in: the container's namespaces, its mounts attached, before pivot_root.
 */
int mount_masks_apply(const struct mount_masks *m, int root_fd, struct error *err);

/** mount_masks_json() - docker's MaskedPaths and ReadonlyPaths as members of the open object. */
void mount_masks_json(const struct mount_masks *m, struct jsonw *w);

#endif
