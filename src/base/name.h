/* SPDX-License-Identifier: Apache-2.0 */
/* The names that people give to volumes and containers: docker's rule. */
#ifndef BERTH_BASE_NAME_H
#define BERTH_BASE_NAME_H

#include <stdbool.h>

#include "base/error.h"

/* [a-zA-Z0-9][a-zA-Z0-9_.-]+ and no longer than a file name may be. */
#define NAME_RULE "[a-zA-Z0-9][a-zA-Z0-9_.-]"

/**
 * name_is_valid() - whether @name follows the rule: two characters or more, and so never ".", ".."
 * or a path.
 */
bool name_is_valid(const char *name);

/**
 * name_check_volume() - the same for a volume's name, with docker's words. Return: 0 or -EINVAL
 * with @err.
 */
int name_check_volume(const char *name, struct error *err);

#endif
