/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/command.h"

#define NAME_MAX_LEN 24

const struct command_name *command_find(const struct command_name *list, const char *name)
{
	for (; list->name; list++) {
		if (STREQ(list->name, name))
			return list;
	}
	return NULL;
}

/* How many letters must be added, dropped, changed or swapped with the next to make @b of @a. */
static size_t distance(const char *a, const char *b)
{
	size_t d[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			size_t changed;

			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			changed = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = MIN(MIN(d[i - 1][j] + 1, d[i][j - 1] + 1), changed);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

const char *command_nearest(const struct command_name *list, const char *name)
{
	const char *nearest = NULL;
	size_t best = strlen(name) > 4 ? 3 : 2; /* at most two letters off, one in a short name */

	for (; list->name; list++) {
		size_t d = distance(list->name, name);

		if (d < best && !(list->command->flags & COMMAND_HIDDEN)) {
			best = d;
			nearest = list->name;
		}
	}
	return nearest;
}
