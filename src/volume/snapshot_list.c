/* SPDX-License-Identifier: Apache-2.0 */
/* Which snapshots there are, and the record of each: when it was made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/name.h"
#include "base/timefmt.h"
#include "volume/internal.h"
#include "volume/snapshot.h"

#define RECORD "snapshot.json"

int snapshot_record_write(int dir, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 2);
	char now[TIME_TEXT_MAX];
	int r;

	jsonw_object(&w, NULL);
	jsonw_str(&w, "CreatedAt", time_format_now(now));
	jsonw_end(&w);
	buf_addc(&text, '\n');
	r = buf_failed(&text) ? -ENOMEM : file_write_at(dir, RECORD, text.data, text.len, 0600);
	return r < 0 ? error_set(err, r, "cannot write the record of a snapshot") : 0;
}

bool snapshots_exist(int dir)
{
	auto_close int snapshots = snapshots_open(dir);

	return snapshots >= 0 && dir_is_empty(snapshots) == 0;
}

static void snapshot_done(struct snapshot *s)
{
	free(s->volume);
	free(s->name);
	free(s->created);
}

void snapshot_list_done(struct snapshot_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		snapshot_done(&l->v[i]);
	free(l->v);
	*l = SNAPSHOT_LIST_INIT;
}

static int take(struct snapshot_list *l, const struct snapshot *s)
{
	struct snapshot *v = realloc(l->v, (l->n + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	v[l->n++] = *s;
	return 0;
}

static int list_one(int snapshots, const char *volume, const char *name, bool sizes,
		    struct snapshot_list *l, struct error *err)
{
	auto_close int dir = dir_open(snapshots, name);
	auto_json struct json *record = NULL;
	unsigned long long bytes = 0;
	const char *created;
	struct snapshot s;
	int r = dir < 0 ? dir : json_read_at(dir, RECORD, &record, err);

	/* Removed since the directory was read. */
	if (r == -ENOENT)
		return 0;
	if (r == 0 && sizes)
		r = tree_usage(dir, &bytes);
	if (r < 0)
		return error_set(err, r, "cannot read snapshot '%s' of volume '%s'", name, volume);
	created = json_get_str(record, "CreatedAt");
	s = (struct snapshot){ strdup(volume), strdup(name), strdup(created ? created : ""), bytes };
	if (s.volume && s.name && s.created && take(l, &s) == 0)
		return 0;
	snapshot_done(&s);
	return error_set(err, ENOMEM, "cannot list the snapshots");
}

static int list_volume(const struct store *s, const char *name, bool sizes, struct snapshot_list *l,
		       struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err), snapshots = FD_NONE;
	auto_strv struct strv names = STRV_INIT;
	int r;

	if (dir < 0)
		return dir;
	snapshots = snapshots_open(dir);
	if (snapshots == -ENOENT)
		return 0;
	r = snapshots < 0 ? snapshots : dir_list(snapshots, &names);
	if (r < 0)
		return error_set(err, r, "cannot read the snapshots of volume '%s'", name);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (name_is_valid(names.v[i]))
			r = list_one(snapshots, name, names.v[i], sizes, l, err);
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct snapshot *x = a, *y = b;
	int r = strverscmp(x->volume, y->volume);

	return r ? r : strcmp(x->created, y->created);
}

int snapshot_list_read(const struct store *s, const char *name, bool sizes,
		       struct snapshot_list *ret, struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	int r = 0;

	if (name)
		r = list_volume(s, name, sizes, ret, err);
	else
		r = volume_names(s, &names, err);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		r = list_volume(s, names.v[i], sizes, ret, err);
		if (r == -ENOENT)
			r = 0;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
	return r;
}
