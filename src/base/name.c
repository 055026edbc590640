/* SPDX-License-Identifier: Apache-2.0 */
#include "base/name.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#define SHOWN 200 /* of a bad name in a message */

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

int name_check_volume(const char *name, struct error *err)
{
	if (name_is_valid(name))
		return 0;
	if (strlen(name) < 2)
		return error_msg(err, EINVAL,
				 "'%s': volume name is too short, names should be at least two "
				 "alphanumeric characters",
				 name);
	if (strlen(name) > NAME_MAX)
		return error_msg(err, EINVAL, "volume name is longer than %d characters", NAME_MAX);
	return error_msg(
		err, EINVAL,
		"'%.*s' includes invalid characters for a local volume name, only \"%s\" are "
		"allowed. If you intended to pass a host directory, use absolute path",
		SHOWN, name, NAME_RULE);
}
