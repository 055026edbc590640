/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/table.h"

#define PADDING 3
#define COLUMNS_MAX 32

/* Columns of a terminal that @len bytes of UTF-8 take: one for each character. */
static size_t width_of(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static void measure(const char *text, size_t widths[COLUMNS_MAX])
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, "\t\n");

		if (text[len] == '\t' && column < COLUMNS_MAX) {
			widths[column] = MAX(widths[column], width_of(text, len) + PADDING);
			column++;
		} else if (text[len] == '\n') {
			column = 0;
		}
		text += len + (text[len] != '\0');
	}
}

void table_align(struct buf *out, const char *text, size_t min)
{
	size_t widths[COLUMNS_MAX];
	size_t column = 0;

	for (size_t i = 0; i < COLUMNS_MAX; i++)
		widths[i] = min;
	measure(text, widths);
	while (*text) {
		size_t len = strcspn(text, "\t\n");

		buf_add(out, text, len);
		if (text[len] == '\t') {
			size_t width = column < COLUMNS_MAX ? widths[column]   : min;
			size_t used = width_of(text, len);

			buf_addf(out, "%*s", used < width ? (int)(width - used) : 1, "");
			column++;
		} else if (text[len] == '\n') {
			buf_addc(out, '\n');
			column = 0;
		}
		text += len + (text[len] != '\0');
	}
}
