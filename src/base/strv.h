/* SPDX-License-Identifier: Apache-2.0 */
/* struct strv - an owned, NULL-terminated vector of strings, usable as argv or envp through .v */
#ifndef BERTH_BASE_STRV_H
#define BERTH_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct strv {
	char **v; /* owned; NULL when empty, else NULL-terminated */
	size_t n;
};

#define STRV_INIT ((struct strv){ 0 })

#define strv_for_each(i, s) for (size_t i = 0; (i) < (s)->n; (i)++)

void strv_done(struct strv *s);
DEFINE_AUTO(strv, struct strv, strv_done)
#define auto_strv auto_clean(strv)

/** strv_add() - append a copy of @item. Return: 0 or -ENOMEM. */
int strv_add(struct strv *s, const char *item);

/** strv_take() - append @item itself; it is freed on failure too. NULL counts as no memory. */
int strv_take(struct strv *s, char *item);

/** strv_copy() - replace the contents of @dst by a copy of @src (a NULL-terminated array, or NULL). */
int strv_copy(struct strv *dst, char *const *src);

bool strv_has(const struct strv *s, const char *item);

/** strv_sort() - sort by byte value. */
void strv_sort(struct strv *s);

/** strv_set_env() - @assignment is NAME=VALUE: replaces an entry of that NAME, else is appended. */
int strv_set_env(struct strv *s, const char *assignment);

/** strv_unset_env() - drop the entry NAME=… from a vector of NAME=VALUE. */
void strv_unset_env(struct strv *s, const char *name);

/** strv_get_env() - the value of NAME in a vector of NAME=VALUE, or NULL. Borrowed. */
const char *strv_get_env(const struct strv *s, const char *name);

#endif
