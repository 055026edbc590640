/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"
#include "base/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

void strv_done(struct strv *s)
{
	strv_for_each(i, s)
		free(s->v[i]);
	free(s->v);
	*s = STRV_INIT;
}

int strv_take(struct strv *s, char *item)
{
	auto_free char *owned = item;
	char **v;

	if (!owned)
		return -ENOMEM;
	v = array_room(s->v, s->n + 1, sizeof(*v)); /* and NULL */
	if (!v)
		return -ENOMEM;
	s->v = v;
	v[s->n++] = take_ptr(owned);
	v[s->n] = NULL;
	return 0;
}

int strv_add(struct strv *s, const char *item)
{
	return strv_take(s, strdup(item));
}

int strv_copy(struct strv *dst, char *const *src)
{
	auto_strv struct strv copy = STRV_INIT;

	for (; src && *src; src++) {
		int r = strv_add(&copy, *src);

		if (r < 0)
			return r;
	}
	strv_done(dst);
	*dst = copy;
	copy = STRV_INIT;
	return 0;
}

bool strv_has(const struct strv *s, const char *item)
{
	strv_for_each(i, s) {
		if (STREQ(s->v[i], item))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *s)
{
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), compare);
}

int strv_set_env(struct strv *s, const char *assignment)
{
	size_t name = strcspn(assignment, "=") + 1;

	strv_for_each(i, s) {
		if (strncmp(s->v[i], assignment, name) == 0) {
			char *old = s->v[i];

			s->v[i] = strdup(assignment);
			if (s->v[i]) {
				free(old);
				return 0;
			}
			s->v[i] = old;
			return -ENOMEM;
		}
	}
	return strv_add(s, assignment);
}

void strv_unset_env(struct strv *s, const char *name)
{
	size_t n = strlen(name), kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (strncmp(s->v[i], name, n) == 0 && s->v[i][n] == '=')
			free(s->v[i]);
		else
			s->v[kept++] = s->v[i];
	}
	if (s->v)
		s->v[kept] = NULL;
	s->n = kept;
}

const char *strv_get_env(const struct strv *s, const char *name)
{
	size_t len = strlen(name);

	strv_for_each(i, s) {
		if (strncmp(s->v[i], name, len) == 0 && s->v[i][len] == '=')
			return s->v[i] + len + 1;
	}
	return NULL;
}
