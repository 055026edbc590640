/* SPDX-License-Identifier: Apache-2.0 */
/* Build ids: 16 bytes in the order of their text (RFC 4122), all zero for "no build: zeros". */
#ifndef BERTH_TEMPLATE_UUID_H
#define BERTH_TEMPLATE_UUID_H

#include <stdbool.h>
#include <string.h>

#define UUID_BYTES     16
#define UUID_TEXT_SIZE 37

struct uuid {
	unsigned char b[UUID_BYTES];
};

/** uuid_parse() - "01234567-89ab-cdef-0123-456789abcdef", upper or lower case. False if @text is anything else. */
bool uuid_parse(const char *text, struct uuid *ret);

/** uuid_format() - in lower case. Return: @out. */
const char *uuid_format(char out[UUID_TEXT_SIZE], const struct uuid *id);

static inline int uuid_compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, UUID_BYTES);
}

static inline bool uuid_is_nil(const struct uuid *id)
{
	static const struct uuid nil;

	return uuid_compare(id, &nil) == 0;
}

#endif
