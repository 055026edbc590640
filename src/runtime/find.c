/* SPDX-License-Identifier: Apache-2.0 */
/* From what a person types to a container's id. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/container.h"
#include "runtime/names.h"
#include "runtime/record.h"
#include "store/records.h"

struct dated {
	char *id;
	struct timespec made;
};

static int newest_first(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	if (x->made.tv_sec != y->made.tv_sec)
		return x->made.tv_sec > y->made.tv_sec ? -1 : 1;
	return x->made.tv_nsec > y->made.tv_nsec ? -1 : x->made.tv_nsec < y->made.tv_nsec;
}

int container_ids(const struct store *s, struct strv *ret, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	auto_free struct dated *v = NULL;
	int r = record_ids(s, &ids, err);

	if (r < 0)
		return r;
	v = calloc(ids.n + 1, sizeof(*v));
	if (!v)
		return error_set(err, ENOMEM, "cannot list the containers");
	strv_for_each(i, &ids) {
		auto_close int dir = record_open(s, ids.v[i], NULL, NULL);
		struct stat st = { 0 };

		/* config.json is written once, when the container is made. */
		if (dir >= 0)
			(void)fstatat(dir, "config.json", &st, AT_SYMLINK_NOFOLLOW);
		v[i] = (struct dated){ ids.v[i], st.st_mtim };
	}
	qsort(v, ids.n, sizeof(*v), newest_first);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = strv_add(ret, v[i].id);
	return r < 0 ? error_set(err, r, "cannot list the containers") : 0;
}

static int find_prefix(const struct store *s, const char *prefix, char ret_id[ID_SIZE],
		       struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	const char *found = NULL;
	int r = record_ids(s, &ids, err);

	if (r < 0)
		return r;
	strv_for_each(i, &ids) {
		if (strncmp(ids.v[i], prefix, strlen(prefix)) != 0)
			continue;
		if (found)
			return error_msg(err, ENOTUNIQ, "multiple IDs found with provided prefix: %s",
					 prefix);
		found = ids.v[i];
	}
	if (!found)
		return error_msg(err, ENOENT, "no such container: %s", prefix);
	memcpy(ret_id, found, ID_SIZE);
	return 0;
}

static bool exists(const struct store *s, const char *id)
{
	auto_close int dir = record_open(s, id, NULL, NULL);

	return dir >= 0;
}

int container_find(const struct store *s, const char *what, char ret_id[ID_SIZE],
		   struct error *err)
{
	const char *name = what[0] == '/' ? what + 1 : what;

	if (id_is_valid(what) && exists(s, what)) {
		memcpy(ret_id, what, ID_SIZE);
		return 0;
	}
	if (name_lookup(s, name, ret_id) == 0 && exists(s, ret_id))
		return 0;
	if (id_is_prefix(what))
		return find_prefix(s, what, ret_id, err);
	return error_msg(err, ENOENT, "no such container: %s", what);
}
