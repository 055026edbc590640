/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids: 64 lower-case hexadecimal digits, of which people type a prefix. */
#ifndef BERTH_BASE_ID_H
#define BERTH_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_LEN	 64
#define ID_SIZE	 (ID_LEN + 1)
#define ID_SHORT 12

/** id_random() - a fresh id from getrandom(2). Return: 0 or -errno. */
int id_random(char out[ID_SIZE]);

/** id_is_valid() - whether @s is a whole id: 64 lower-case hex digits. */
bool id_is_valid(const char *s);

/** id_is_prefix() - whether @s could be the start of an id: 1 to 64 lower-case hex digits. */
bool id_is_prefix(const char *s);

/** hex_encode() - 2 × @len digits and a NUL into @out. */
void hex_encode(char *out, const unsigned char *data, size_t len);

#endif
