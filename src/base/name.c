/* SPDX-License-Identifier: Apache-2.0 */
#include "base/name.h"

#include <limits.h>
#include <stddef.h>

/* Not isalnum(3), which asks the locale. */
static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool name_is_valid(const char *name)
{
	size_t n = 1;

	if (!is_alnum(name[0]))
		return false;
	for (; name[n]; n++) {
		if (!is_alnum(name[n]) && name[n] != '_' && name[n] != '.' && name[n] != '-')
			return false;
	}
	return n >= 2 && n <= NAME_MAX;
}
