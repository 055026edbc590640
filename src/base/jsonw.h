/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON into a struct buf. @key is the member name inside an object and NULL inside an array or
 * at the top. Bytes that are not valid UTF-8 are written as U+FFFD, so that the output always parses.
 */
#ifndef BERTH_BASE_JSONW_H
#define BERTH_BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/strv.h"

#define JSONW_MAX_DEPTH (JSON_MAX_DEPTH + 8)

struct jsonw {
	struct buf *out;
	int indent; /* spaces per level; 0 = everything on one line */
	int depth;
	bool has_member[JSONW_MAX_DEPTH];
	char close[JSONW_MAX_DEPTH];
};

#define JSONW_INIT(buffer, spaces) ((struct jsonw){ .out = (buffer), .indent = (spaces) })

void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
/** jsonw_end() - close the innermost open object or array. */
void jsonw_end(struct jsonw *w);

/** jsonw_str() - a string; NULL is written as null. */
void jsonw_str(struct jsonw *w, const char *key, const char *value);
/** jsonw_bytes() - a string of @len bytes, which may hold NUL. */
void jsonw_bytes(struct jsonw *w, const char *key, const char *data, size_t len);
/** jsonw_raw() - a value that is JSON text already. */
void jsonw_raw(struct jsonw *w, const char *key, const char *json);
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_uint(struct jsonw *w, const char *key, uint64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);
/** jsonw_strv() - an array of strings; an empty one is []. */
void jsonw_strv(struct jsonw *w, const char *key, const struct strv *value);
/** jsonw_copy() - a parsed value with all below it; NULL is written as null. */
void jsonw_copy(struct jsonw *w, const char *key, const struct json *value);

#endif
