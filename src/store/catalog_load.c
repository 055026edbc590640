/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/macros.h"
#include "store/catalog_internal.h"
#include "store/layer.h"

void catalog_image_done(struct catalog_image *ci)
{
	image_done(&ci->image);
	strv_done(&ci->tags);
	strv_done(&ci->digests);
	*ci = (struct catalog_image){ 0 };
}

void catalog_done(struct catalog *c)
{
	for (size_t i = 0; i < c->n; i++)
		catalog_image_done(&c->v[i]);
	free(c->v);
	container_uses_done(&c->uses);
	*c = CATALOG_INIT;
}

uint64_t layer_size(const struct store *s, const char *diff_id)
{
	struct layer layer;

	return layer_read(s, diff_id, &layer, NULL) == 0 ? layer.size : 0;
}

/* Fill in what follows from the image and the references. */
static int complete(const struct store *s, const struct ref_list *refs, struct catalog_image *ci,
		    struct error *err)
{
	const char *created = json_get_str(ci->image.raw, "created");

	if (!created || time_parse(created, &ci->created) < 0)
		ci->created = (struct timespec){ 0 };
	strv_for_each(i, &ci->image.layers)
		ci->size += layer_size(s, ci->image.layers.v[i]);
	if (ref_list_of(refs, ci->image.id, true, &ci->tags) < 0 ||
	    ref_list_of(refs, ci->image.id, false, &ci->digests) < 0)
		return error_set(err, ENOMEM, "cannot list the names of image '%s'", ci->image.id);
	return 0;
}

int catalog_load_one(const struct store *s, const char *what, struct catalog_image *ret,
		     struct error *err)
{
	auto_catalog_image struct catalog_image ci = { 0 };
	auto_ref_list struct ref_list refs = REF_LIST_INIT;
	int r = image_open(s, what, &ci.image, err);

	if (r == 0)
		r = ref_list(s, &refs, NULL, err);
	if (r == 0)
		r = complete(s, &refs, &ci, err);
	if (r < 0)
		return r;
	*ret = ci;
	ci = (struct catalog_image){ 0 };
	return 0;
}

/* Newest first; of the same time, by id, so that the order is always the same. */
static int compare_images(const void *a, const void *b)
{
	const struct catalog_image *x = a, *y = b;

	if (x->created.tv_sec != y->created.tv_sec)
		return x->created.tv_sec < y->created.tv_sec ? 1 : -1;
	if (x->created.tv_nsec != y->created.tv_nsec)
		return x->created.tv_nsec < y->created.tv_nsec ? 1 : -1;
	return strcmp(x->image.id, y->image.id);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The layers of all images, sorted, once for each image that has them. */
static int all_layers(const struct catalog *c, struct strv *ret)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct strv *layers = &c->v[i].image.layers;

		strv_for_each(j, layers) {
			bool again = false;

			for (size_t k = 0; k < j && !again; k++)
				again = STREQ(layers->v[k], layers->v[j]);
			if (!again && strv_add(ret, layers->v[j]) < 0)
				return -ENOMEM;
		}
	}
	strv_sort(ret);
	return 0;
}

/* Whether @diff_id occurs twice in @all: equal ones are neighbours. */
static bool is_shared(const struct strv *all, char *diff_id)
{
	char **at = bsearch(&diff_id, all->v, all->n, sizeof(char *), compare_texts);

	if (!at)
		return false;
	return (at > all->v && STREQ(at[-1], diff_id)) || (at[1] && STREQ(at[1], diff_id));
}

static int count_shares(const struct store *s, struct catalog *c)
{
	auto_strv struct strv all = STRV_INIT;
	int r = all_layers(c, &all);

	for (size_t i = 0; i < c->n && r == 0; i++) {
		struct catalog_image *ci = &c->v[i];

		strv_for_each(j, &ci->image.layers) {
			if (!is_shared(&all, ci->image.layers.v[j]))
				ci->unique += layer_size(s, ci->image.layers.v[j]);
		}
		(void)container_uses_of(&c->uses, ci->image.id, &ci->containers);
	}
	return r;
}

static int load_images(const struct store *s, const struct strv *ids, const struct ref_list *refs,
		       struct catalog *c, struct error *err)
{
	c->v = calloc(ids->n + 1, sizeof(*c->v));
	if (!c->v)
		return error_set(err, ENOMEM, "cannot list the images");
	strv_for_each(i, ids) {
		struct catalog_image *ci = &c->v[c->n];
		int r;

		if (!id_is_valid(ids->v[i]))
			continue;
		r = image_read(s, ids->v[i], &ci->image, err);
		if (r == -ENOENT || r == -EINVAL) /* damaged: `berth system check` names it */
			continue;
		if (r < 0)
			return r;
		c->n++;
		r = complete(s, refs, ci, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int catalog_load(const struct store *s, struct catalog *ret, struct error *err)
{
	auto_ref_list struct ref_list refs = REF_LIST_INIT;
	auto_close int dir_fd = store_dir(s, "images", err);
	auto_catalog struct catalog c = CATALOG_INIT;
	auto_strv struct strv ids = STRV_INIT;
	int r = dir_fd < 0 ? dir_fd : container_uses_load(s, &c.uses, err);

	if (r == 0)
		r = ref_list(s, &refs, NULL, err);
	if (r < 0)
		return r;
	r = dir_list(dir_fd, &ids);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/images'", s->root);
	r = load_images(s, &ids, &refs, &c, err);
	if (r < 0)
		return r;
	qsort(c.v, c.n, sizeof(*c.v), compare_images);
	if (count_shares(s, &c) < 0)
		return error_set(err, ENOMEM, "cannot list the images");
	*ret = c;
	c = CATALOG_INIT;
	return 0;
}

const char *created_at(char out[TIME_TEXT_MAX], struct timespec t)
{
	struct tm tm;

	if (t.tv_sec == 0 || !gmtime_r(&t.tv_sec, &tm) ||
	    strftime(out, TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S +0000 UTC", &tm) == 0)
		(void)snprintf(out, TIME_TEXT_MAX, "N/A");
	return out;
}

const char *created_since(char out[TIME_TEXT_MAX], struct timespec t)
{
	struct timespec now = { 0 };
	size_t used;

	if (t.tv_sec == 0) {
		(void)snprintf(out, TIME_TEXT_MAX, "N/A");
		return out;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)duration_format(out, now.tv_sec - t.tv_sec);
	used = strlen(out);
	(void)snprintf(out + used, TIME_TEXT_MAX - used, " ago");
	return out;
}

bool labels_match(const struct strv *labels, const char *filter)
{
	size_t len = strlen(filter);
	bool has_value = strchr(filter, '=');

	strv_for_each(i, labels) {
		const char *label = labels->v[i];

		if (has_value ? STREQ(label, filter)
			      : strncmp(label, filter, len) == 0 && label[len] == '=')
			return true;
	}
	return false;
}
