/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of containers: names/NAME, in ROOT or for a container whose record is in RUN there, is a symbolic
 * link whose text is the id; making it claims the name.
 */
#ifndef BERTH_RUNTIME_NAMES_H
#define BERTH_RUNTIME_NAMES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/** name_check() - docker's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]+. Return: 0 or -EINVAL with @err. */
int name_check(const char *name, struct error *err);

/**
 * name_claim() - take @name for @id; NULL: make one up (adjective_noun).
 * @in_run: the container's record is in RUN
 * @ret_name: the name, owned by the caller
 * Return: 0, or -EEXIST naming the container that has it.
 */
int name_claim(const struct store *s, const char *name, const char *id, bool in_run,
	       char **ret_name, struct error *err);

/** name_release() - give @name up if it is @id's. */
void name_release(const struct store *s, const char *name, const char *id);

/** name_lookup() - the id that has @name. Return: 0 or -ENOENT. */
int name_lookup(const struct store *s, const char *name, char ret_id[ID_SIZE]);

/** name_is_known() - whether the container @id is there, or is just being made (create.c): else its name is stale. */
bool name_is_known(const struct store *s, const char *id);

#endif
