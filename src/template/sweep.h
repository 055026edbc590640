/* SPDX-License-Identifier: Apache-2.0 */
/* What state a mount is in, and putting away what is left of one whose processes are gone. */
#ifndef BERTH_TEMPLATE_SWEEP_H
#define BERTH_TEMPLATE_SWEEP_H

#include "template/record.h"

enum mount_state {
	MOUNT_STARTING,	  /* somebody is mounting or unmounting it */
	MOUNT_MOUNTED,
	MOUNT_RESTARTING, /* its holder is starting a new server */
	MOUNT_DETACHED,	  /* not to be seen any more, but in use */
	MOUNT_FAILED,	  /* seen, but nobody serves it */
	MOUNT_UNPUBLISHED, /* unmounted, and what was changed is not yet the build that it is to be */
	MOUNT_GONE,	  /* only the record is left */
};

const char *mount_state_name(enum mount_state s);

/** mount_is_held() - whether somebody is mounting or unmounting mount @id. */
bool mount_is_held(const struct store *s, const char *id);

/**
 * mount_state_of() - the state of @r.
 * @mountinfo: text of /proc/self/mountinfo
 * @held: whether somebody else is at work on it (mount_is_held())
 * @ret_server: who serves it; all 0 where nobody does
 */
enum mount_state mount_state_of(const struct store *s, const struct mount_record *r,
				const char *mountinfo, bool held, struct mount_server *ret_server);

/** mount_kill() - kill what serves mount @id, and wait until it is gone. Reads of it fail from then on. */
void mount_kill(const struct store *s, const char *id);

/** mount_wait_gone() - wait until nobody serves mount @id. Return: 0; -ETIMEDOUT after @timeout_ms. */
int mount_wait_gone(const struct store *s, const char *id, int timeout_ms);

/** mount_discard() - take away all that is left of @r: its mount, the directories made for it, its record. */
int mount_discard(const struct store *s, const struct mount_record *r, struct error *err);

enum mount_sweep_flags {
	MOUNT_SWEEP_GONE = 1,	/* remove what is left of mounts that nobody sees */
	MOUNT_SWEEP_FAILED = 2, /* and mounts that are seen and can't be read */
};

/**
 * mount_sweep() - find what is left of mounts that killed processes made, and remove it.
 * @flags: enum mount_sweep_flags; 0: only find it
 * @ret_findings: a line for each is appended; or NULL
 */
int mount_sweep(const struct store *s, unsigned flags, struct strv *ret_findings, struct error *err);

#endif
