/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers the filters of `berth ps` want. */
#ifndef BERTH_CLI_PS_MATCH_H
#define BERTH_CLI_PS_MATCH_H

#include "base/json.h"
#include "store/store.h"

/* The keys of docker's filters that are known; ended by NULL. */
extern const char *const ps_filter_keys[];

/**
 * ps_match() - whether container @c (its inspect object) passes all @filters.
 * Return: 1 or 0; -errno with @err when a container that a filter names is not there.
 */
int ps_match(const struct store *s, const struct json *c, const struct strv *filters,
	     struct error *err);

#endif
