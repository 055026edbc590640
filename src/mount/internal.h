/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of this folder alone: what is done to a detached tree before it is attached. */
#ifndef BERTH_MOUNT_INTERNAL_H
#define BERTH_MOUNT_INTERNAL_H

#include "mount/plan.h"

/**
 * step_map_owner() - :U and :idmap of the detached tree @tree_fd.
 * The user's ids by an idmapped mount; :U by changing the owner of every file where that can't be.
 */
int step_map_owner(const struct mount_step *s, int tree_fd, struct mount_user user, struct error *err);

/**
 * step_make_view() - a detached overlay over the tree @tree_fd that writes to the step's own layer.
 * Return: descriptor owned by the caller, or -errno.
 */
int step_make_view(const struct mount_step *s, int tree_fd, struct error *err);

/* One empty read-only directory and one /dev/null, of which each cover is a clone. */
struct covers {
	int dir; /* owned */
	bool dir_attached;
	int file; /* owned */
};

#define COVERS_INIT ((struct covers){ .dir = FD_NONE, .file = FD_NONE })

void covers_done(struct covers *c);
DEFINE_AUTO(covers, struct covers, covers_done)
#define auto_covers auto_clean(covers)

/** covers_open() - make both. Runs in: the container's mount namespace, the host's files in reach. */
int covers_open(struct covers *c, struct error *err);

/** covers_put() - cover what @subject_fd (O_PATH) names. 0 or -errno. */
int covers_put(struct covers *c, int subject_fd);

#endif
