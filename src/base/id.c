/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int id_random(char out[ID_SIZE])
{
	unsigned char raw[ID_LEN / 2];

	/* Up to 256 bytes come whole and without EINTR once the pool is ready: getrandom(2). */
	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return -errno;
	hex_encode(out, raw, sizeof(raw));
	return 0;
}

bool id_is_prefix(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return n > 0 && n <= ID_LEN && s[n] == '\0';
}

bool id_is_valid(const char *s)
{
	return id_is_prefix(s) && strlen(s) == ID_LEN;
}

void hex_encode(char *out, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}
