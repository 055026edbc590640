/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON (RFC 8259) into a tree. Written here rather than taken from a library because it is on
 * the hot path of `berth run` and has to build with musl as well (docs/architecture.md, "Libraries").
 * It takes hostile input: depth, size and count are limited, invalid UTF-8 and duplicate NULs refused.
 *
 * All getters accept NULL and values of the wrong type, so that a chain of them needs one check at its end.
 */
#ifndef BERTH_BASE_JSON_H
#define BERTH_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strv.h"

#define JSON_MAX_BYTES ((size_t)16 << 20)
#define JSON_MAX_DEPTH 64

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json;

/**
 * json_parse() - parse exactly one value.
 * @text: need not be NUL-terminated; may go once this returns
 * @ret: the tree, to be freed with json_free()
 *
 * Return: 0; -EINVAL with line and column in @err; -EFBIG; -ENOMEM.
 */
int json_parse(const char *text, size_t len, struct json **ret, struct error *err);

/** json_read_at() - json_parse() of the regular file @name in @dirfd. -ENOENT comes back as such. */
int json_read_at(int dirfd, const char *name, struct json **ret, struct error *err);

void json_free(struct json *root);
static inline void json_freep(struct json **p)
{
	json_free(*p);
}
DEFINE_AUTO(json, struct json *, json_freep)
#define auto_json auto_clean(json)

enum json_type json_type(const struct json *v);

/** json_get() - member @key of an object (the last one, if repeated), or NULL. Borrowed. */
const struct json *json_get(const struct json *object, const char *key);

/** json_first() / json_next() - walk the members of an array or object; NULL at the end. */
const struct json *json_first(const struct json *container);
const struct json *json_next(const struct json *member);
#define json_for_each(it, container)                                                               \
	for (const struct json *it = json_first(container); it; it = json_next(it))

/** json_key() - the name of an object's member, else NULL. */
const char *json_key(const struct json *member);
size_t json_count(const struct json *container);

/** json_str() - text of a string, or NULL if it is none. Borrowed. */
const char *json_str(const struct json *v);
/** json_number() - the digits of a number as they were written, or NULL. Borrowed. */
const char *json_number(const struct json *v);
int64_t json_int(const struct json *v, int64_t otherwise);
bool json_bool(const struct json *v, bool otherwise);

/** json_get_str() - json_str(json_get()): the usual case. NULL when absent. */
const char *json_get_str(const struct json *object, const char *key);

/** json_need_str() - as json_get_str(), but absence is -EINVAL and says "missing 'KEY'". */
int json_need_str(const struct json *object, const char *key, const char **ret, struct error *err);

/** json_strv() - copy an array of strings (absent or null: nothing). -EINVAL if another type is in it. */
int json_strv(const struct json *array, struct strv *ret);

#endif
