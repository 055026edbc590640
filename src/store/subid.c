/* SPDX-License-Identifier: Apache-2.0 */
#include "store/subid.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/parse.h"

#define LAST_ID (UINT32_MAX - 1) /* (uid_t)-1 is no id */

/* The field up to the next @end or newline, and past it. Caller frees. */
static char *take_field(const char **text, char end)
{
	size_t n = 0;
	char *field;

	while ((*text)[n] && (*text)[n] != end && (*text)[n] != '\n')
		n++;
	field = strndup(*text, n);
	*text += n + ((*text)[n] == end && end != '\n');
	return field;
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return *text ? text + 1 : text;
}

static bool is_number(const char *field, uint64_t number)
{
	uint64_t v;

	return parse_u64(field, LAST_ID, &v) == 0 && v == number;
}

char *subid_user_name(const char *passwd, unsigned uid)
{
	for (const char *line = passwd; *line; line = next_line(line)) {
		const char *p = line;
		auto_free char *name = take_field(&p, ':');
		auto_free char *password = take_field(&p, ':');
		auto_free char *id = take_field(&p, ':');

		if (name && password && id && *name && is_number(id, uid))
			return take_ptr(name);
	}
	return NULL;
}

/* NAME:START:COUNT */
static bool read_line(const char *line, const char *name, unsigned uid, uint64_t *start, uint64_t *count)
{
	auto_free char *who = take_field(&line, ':');
	auto_free char *first = take_field(&line, ':');
	auto_free char *number = take_field(&line, '\n');

	if (!who || !first || !number || !((name && STREQ(who, name)) || is_number(who, uid)))
		return false;
	return parse_u64(first, LAST_ID, start) == 0 && parse_u64(number, LAST_ID, count) == 0 &&
	       *count > 0 && *start + *count <= (uint64_t)LAST_ID + 1;
}

void subid_map(const char *text, const char *name, unsigned uid, unsigned own, struct id_ranges *ret)
{
	uint64_t next = 1;

	*ret = (struct id_ranges){ .v = { { 0, own, 1 } }, .n = 1 };
	for (const char *line = text; *line && ret->n < IDMAP_MAX_RANGES; line = next_line(line)) {
		uint64_t start, count;

		if (!read_line(line, name, uid, &start, &count) || next + count > (uint64_t)LAST_ID + 1)
			continue;
		ret->v[ret->n++] = (struct id_range){ (uint32_t)next, (uint32_t)start, (uint32_t)count };
		next += count;
	}
}
