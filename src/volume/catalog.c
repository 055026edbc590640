/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/timefmt.h"
#include "volume/filter.h"
#include "volume/internal.h"
#include "volume/uses.h"

void volume_list_done(struct volume_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		volume_done(&l->v[i].volume);
	free(l->v);
	*l = VOLUME_LIST_INIT;
}

static int take_entry(struct volume_list *l, struct volume_entry *e)
{
	struct volume_entry *v = array_room(l->v, l->n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	v[l->n++] = *e;
	e->volume = VOLUME_INIT;
	return 0;
}

static int measure(const struct store *s, struct volume_entry *e, struct error *err)
{
	/* What it takes of the host's disk; a file system of its own is measured by its image. */
	auto_close int fd = volume_is_backed(&e->volume) ? volume_dir_open(s, e->volume.name, err)
							 : volume_data_fd(s, e->volume.name, err);
	unsigned long long bytes = 0;
	int r = fd < 0 ? fd : tree_usage(fd, &bytes);

	if (fd >= 0 && r < 0)
		return error_set(err, r, "cannot measure volume '%s'", e->volume.name);
	e->size = bytes;
	return r;
}

static int compare_entries(const void *a, const void *b)
{
	const struct volume_entry *x = a, *y = b;

	return strverscmp(x->volume.name, y->volume.name);
}

/* A list in the making. */
struct listing {
	const struct store *s;
	const struct volume_filter *filter;
	unsigned flags;
	struct volume_uses uses;
	struct volume_list list;
};

static void listing_done(struct listing *l)
{
	volume_uses_done(&l->uses);
	volume_list_done(&l->list);
}
DEFINE_AUTO(listing, struct listing, listing_done)

/* One volume onto the list, if it is there still and the filter wants it. */
static int list_one(struct listing *l, const char *name, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	struct volume_entry e = { 0 };
	int r = volume_open(l->s, name, &v, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	(void) volume_uses_of(&l->uses, name, &e.links);
	e.volume = v;
	if (l->filter && !volume_filter_match(l->filter, &e.volume, e.links > 0))
		return 0;
	if (l->flags & VOLUME_LIST_SIZES) {
		r = measure(l->s, &e, err);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
	}
	v = VOLUME_INIT; /* @e has it */
	if (take_entry(&l->list, &e) < 0) {
		volume_done(&e.volume);
		return error_set(err, ENOMEM, "cannot list volumes");
	}
	return 0;
}

int volume_list_read(const struct store *s, const struct volume_filter *filter, unsigned flags,
		     struct volume_list *ret, struct error *err)
{
	auto_clean(listing) struct listing l = { .s = s, .filter = filter, .flags = flags };
	auto_strv struct strv names = STRV_INIT;
	int r = volume_names(s, &names, err);

	if (r == 0)
		r = volume_uses_read(s, &l.uses, err);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = list_one(&l, names.v[i], err);
	if (r < 0)
		return r;
	if (l.list.n > 1)
		qsort(l.list.v, l.list.n, sizeof(*l.list.v), compare_entries);
	*ret = l.list;
	l.list = VOLUME_LIST_INIT;
	return 0;
}

int volume_inspect_json(const struct store *s, const char *name, bool size, struct jsonw *w,
			struct error *err)
{
	auto_strv struct strv users = STRV_INIT;
	struct volume_entry e = { 0 };
	int r = volume_open(s, name, &e.volume, err);

	if (r == 0)
		r = volume_users(s, name, &users, err);
	if (r == 0 && size)
		r = measure(s, &e, err);
	if (r == 0) {
		volume_json_open(&e.volume, w, NULL);
		jsonw_strv(w, "UsedBy", &users);
		if (size) {
			jsonw_object(w, "UsageData");
			jsonw_uint(w, "RefCount", users.n);
			jsonw_uint(w, "Size", e.size);
			jsonw_end(w);
			jsonw_uint(w, "SizeRootFs", e.size);
		}
		jsonw_end(w);
	}
	volume_done(&e.volume);
	return r;
}

void volume_entry_json(const struct volume_entry *e, bool sizes, struct jsonw *w, const char *key)
{
	auto_buf struct buf labels = BUF_INIT;
	char size[TIME_TEXT_MAX], links[24];

	strv_for_each(i, &e->volume.labels)
		buf_addf(&labels, "%s%s", i ? "," : "", e->volume.labels.v[i]);
	(void) snprintf(links, sizeof(links), "%zu", e->links);
	jsonw_object(w, key);
	jsonw_str(w, "Availability", "N/A");
	jsonw_str(w, "Driver", e->volume.driver);
	jsonw_str(w, "Group", "N/A");
	jsonw_str(w, "Labels", buf_str(&labels));
	jsonw_str(w, "Links", sizes ? links : "N/A");
	jsonw_str(w, "Mountpoint", e->volume.mountpoint);
	jsonw_str(w, "Name", e->volume.name);
	jsonw_str(w, "Scope", "local");
	jsonw_str(w, "Size", sizes ? size_format(size, e->size) : "N/A");
	jsonw_str(w, "Status", "N/A");
	jsonw_end(w);
}

/* In use by now, or gone: others may start containers and remove volumes at the same time. */
static bool is_overtaken(int r)
{
	return r == -EBUSY || r == -ENOTEMPTY || r == -ENOENT;
}

/*
 * Whether prune takes it: nobody uses it, it has no snapshots, and no name that a person gave it unless all
 * are wanted.
 */
static bool is_candidate(const struct store *s, const struct volume_entry *e,
			 const struct volume_filter *filter)
{
	auto_close int dir = volume_dir_open(s, e->volume.name, NULL);

	if (dir >= 0 && snapshots_exist(dir))
		return false;
	return e->links == 0 && (e->volume.anonymous || (filter && filter->all));
}

int volume_prune_candidates(const struct store *s, const struct volume_filter *filter,
			    struct strv *ret_names, uint64_t *ret_bytes, struct error *err)
{
	auto_volume_list struct volume_list l = VOLUME_LIST_INIT;
	int r = volume_list_read(s, filter, VOLUME_LIST_SIZES, &l, err);

	*ret_bytes = 0;
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		if (!is_candidate(s, &l.v[i], filter))
			continue;
		*ret_bytes += l.v[i].size;
		if (strv_add(ret_names, l.v[i].volume.name) < 0)
			r = error_set(err, ENOMEM, "cannot name the volumes");
	}
	return r;
}

int volume_prune(const struct store *s, const struct volume_filter *filter, struct strv *ret_names,
		 uint64_t *ret_bytes, struct error *err)
{
	auto_volume_list struct volume_list l = VOLUME_LIST_INIT;
	int r = volume_list_read(s, filter, VOLUME_LIST_SIZES, &l, err);

	*ret_bytes = 0;
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		const struct volume *v = &l.v[i].volume;

		if (!is_candidate(s, &l.v[i], filter))
			continue;
		r = volume_remove(s, v->name, false, err);
		if (r == 0) {
			*ret_bytes += l.v[i].size;
			if (strv_add(ret_names, v->name) < 0)
				r = error_set(err, ENOMEM, "cannot name the removed volumes");
		} else if (is_overtaken(r)) {
			r = 0;
		}
	}
	return r;
}

int volume_df_read(const struct store *s, struct volume_df *ret, struct error *err)
{
	auto_volume_list struct volume_list l = VOLUME_LIST_INIT;
	int r = volume_list_read(s, NULL, VOLUME_LIST_SIZES, &l, err);

	if (r < 0)
		return r;
	*ret = (struct volume_df){ .total = l.n };
	for (size_t i = 0; i < l.n; i++) {
		ret->size += l.v[i].size;
		if (l.v[i].links > 0)
			ret->active++;
		else
			ret->reclaimable += l.v[i].size;
	}
	return 0;
}
