/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the directory of an archive's entry. The names come from whoever made the archive, so they are
 * walked component by component from descriptor to descriptor. What was opened for the last entry is
 * kept: most entries lie where the one before them lay.
 */
#ifndef BERTH_HELPER_PLACE_H
#define BERTH_HELPER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

#define PLACE_DEPTH 256

struct place_step {
	int fd;	   /* owned */
	char *name; /* owned */
};

struct place {
	int root_fd; /* borrowed */
	struct place_step steps[PLACE_DEPTH];
	size_t n;
	bool followed; /* a symbolic link was on the way to some entry */
	/* Called for each directory that was missing and was made. */
	int (*made)(void *ctx, const char *path, struct error *err);
	void *ctx;
};

void place_done(struct place *p);
DEFINE_AUTO(place, struct place, place_done)
#define auto_place auto_clean(place)

/** place_forget() - something that may have been on the way was removed. */
void place_forget(struct place *p);

/**
 * place_clean() - the name of an entry as a path relative to the root: no leading slash, no "." and no
 * empty component; "" is the root itself.
 * Return: 0 (caller frees *@ret); -EINVAL for "..", which would lead out; -ENAMETOOLONG; -ENOMEM.
 */
int place_clean(const char *name, char **ret);

/**
 * place_parent() - descriptor of the directory that holds @path (clean, not ""), and the last component.
 * Symbolic links on the way are followed as in a container: inside the root, never out of it.
 * @make: make what is missing
 *
 * Return: a descriptor borrowed from @p, valid until the next call; -ENOENT, -ENOTDIR, -ELOOP.
 */
int place_parent(struct place *p, const char *path, bool make, const char **ret_name,
		 struct error *err);

#endif
