/* SPDX-License-Identifier: Apache-2.0 */
#include "template/uuid.h"

#include <stdio.h>

#include "base/id.h"

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

bool uuid_parse(const char *text, struct uuid *ret)
{
	struct uuid id;
	size_t n = 0;

	if (strlen(text) != UUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < UUID_TEXT_SIZE - 1;) {
		int high, low;

		if (is_dash(i)) {
			if (text[i++] != '-')
				return false;
			continue;
		}
		high = nibble(text[i]);
		low = nibble(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		id.b[n++] = (unsigned char) (high << 4 | low);
		i += 2;
	}
	*ret = id;
	return true;
}

const char *uuid_format(char out[UUID_TEXT_SIZE], const struct uuid *id)
{
	char hex[2 * UUID_BYTES + 1];

	hex_encode(hex, id->b, UUID_BYTES);
	(void)snprintf(out, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
			hex + 16, hex + 20);
	return out;
}
