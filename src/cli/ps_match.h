/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers the filters of `berth ps` want. */
#ifndef BERTH_CLI_PS_MATCH_H
#define BERTH_CLI_PS_MATCH_H

#include "base/json.h"
#include "store/store.h"

/** ps_filter_check() - whether docker knows all the filters and their values. Return: 0, or -EINVAL with @err. */
int ps_filter_check(const struct strv *filters, struct error *err);

/**
 * ps_match() - whether container @c (its inspect object) passes all @filters.
 * Return: 1 or 0; -errno with @err when a container that a filter names is not there.
 */
int ps_match(const struct store *s, const struct json *c, const struct strv *filters,
	     struct error *err);

#endif
