/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct buf - a growable byte string with a hard limit. It is always NUL-terminated, so buf_str() can
 * be used as a C string. A failed append (no memory, over the limit) makes the buffer fail for good:
 * callers append freely and check buf_failed() once at the end.
 */
#ifndef BERTH_BASE_BUF_H
#define BERTH_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/macros.h"

#define BUF_LIMIT_DEFAULT ((size_t)64 << 20)

struct buf {
	char *data; /* owned */
	size_t len;
	size_t cap;
	size_t limit;
	bool failed;
};

#define BUF_INIT ((struct buf){ .limit = BUF_LIMIT_DEFAULT })

/** buf_done() - free the contents and make it empty again. */
void buf_done(struct buf *b);
DEFINE_AUTO(buf, struct buf, buf_done)
#define auto_buf auto_clean(buf)

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/** buf_truncate() - keep the first @len bytes. */
void buf_truncate(struct buf *b, size_t len);

/** buf_str() - the contents as a C string, "" when empty; valid until the next change. */
const char *buf_str(const struct buf *b);

/** buf_take() - the contents as a string that the caller frees; NULL if the buffer failed. */
char *buf_take(struct buf *b);

static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

/** str_format() - asprintf(3) that returns the string, to be freed by the caller, or NULL. */
char *str_format(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
