/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/uses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/macros.h"
#include "store/records.h"
#include "volume/volume.h"

#define CONTAINER_CONFIG "config.json"

void volume_uses_done(struct volume_uses *u)
{
	for (size_t i = 0; i < u->n; i++)
		free(u->v[i].volume);
	free(u->v);
	*u = VOLUME_USES_INIT;
}

static int add(struct volume_uses *u, const char *volume, const char *container)
{
	struct volume_use *v = array_room(u->v, u->n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	u->v = v;
	v[u->n].volume = strdup(volume);
	if (!v[u->n].volume)
		return -ENOMEM;
	memcpy(v[u->n].container, container, ID_SIZE);
	u->n++;
	return 0;
}

static int read_container(const struct store *s, const char *id, struct volume_uses *u,
			  struct error *err)
{
	auto_close int dir = record_open(s, id, NULL, err);
	auto_json struct json *config = NULL;
	int r = dir < 0 ? dir : json_read_at(dir, CONTAINER_CONFIG, &config, err);

	/* Removed since the directory was read. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_hint(err,
				  error_set(err, r, "cannot read the record of container '%s'", id),
				  "berth system check");
	json_for_each(m, json_get(config, "Mounts")) {
		const char *type = json_get_str(m, "Type"), *name = json_get_str(m, "Name");
		const char *keep = json_get_str(m, "Keep");

		if (type && name && STREQ(type, "volume"))
			r = add(u, name, id);
		if (r == 0 && keep)
			r = add(u, keep, id);
		if (r < 0)
			return error_set(err, r, "cannot list the users of volumes");
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct volume_use *x = a, *y = b;
	int r = strcmp(x->volume, y->volume);

	return r ? r : strcmp(x->container, y->container);
}

/* A container may mount one volume in several places. */
static void drop_repeated(struct volume_uses *u)
{
	size_t kept = 0;

	for (size_t i = 0; i < u->n; i++) {
		if (kept > 0 && compare(&u->v[kept - 1], &u->v[i]) == 0)
			free(u->v[i].volume);
		else
			u->v[kept++] = u->v[i];
	}
	u->n = kept;
}

int volume_uses_read(const struct store *s, struct volume_uses *ret, struct error *err)
{
	auto_volume_uses struct volume_uses u = VOLUME_USES_INIT;
	auto_strv struct strv ids = STRV_INIT;
	int r = record_ids(s, &ids, err);

	if (r < 0)
		return r;
	strv_for_each(i, &ids) {
		r = read_container(s, ids.v[i], &u, err);
		if (r < 0)
			return r;
	}
	if (u.n > 1)
		qsort(u.v, u.n, sizeof(*u.v), compare);
	drop_repeated(&u);
	*ret = u;
	u = VOLUME_USES_INIT;
	return 0;
}

static int compare_name(const void *key, const void *use)
{
	return strcmp(key, ((const struct volume_use *)use)->volume);
}

const struct volume_use *volume_uses_of(const struct volume_uses *u, const char *name,
					size_t *ret_n)
{
	const struct volume_use *first =
		u->n ? bsearch(name, u->v, u->n, sizeof(*u->v), compare_name) : NULL;
	const struct volume_use *end = u->v + u->n;
	size_t n = 0;

	while (first && first > u->v && STREQ(first[-1].volume, name))
		first--;
	while (first && first + n < end && STREQ(first[n].volume, name))
		n++;
	*ret_n = n;
	return first;
}

int volume_users(const struct store *s, const char *name, struct strv *ret_ids, struct error *err)
{
	auto_volume_uses struct volume_uses u = VOLUME_USES_INIT;
	auto_strv struct strv ids = STRV_INIT;
	const struct volume_use *use;
	size_t n;
	int r = volume_uses_read(s, &u, err);

	if (r < 0)
		return r;
	use = volume_uses_of(&u, name, &n);
	for (size_t i = 0; i < n; i++) {
		r = strv_add(&ids, use[i].container);
		if (r < 0)
			return error_set(err, r, "cannot list the users of volume '%s'", name);
	}
	strv_done(ret_ids);
	*ret_ids = ids;
	ids = STRV_INIT;
	return 0;
}
