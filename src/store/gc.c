/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Garbage among layers and blobs.
 *
 * DOC: Theory of operation
 *
 * Nothing counts references: at each collection they are read anew from the records of all images and
 * containers. So there is no counter that a killed process could leave wrong. The price is that one
 * damaged record stops the collection, because what it needed is unknown.
 *
 * The exclusive lock keeps everyone out who turns a name into an open layer or a record that names one.
 * A layer that is open without a record naming it is the one thing to be avoided: whoever opens layers
 * holds the lock, shared, until the container's record is written.
 */
#include "store/gc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/json.h"
#include "store/layer.h"
#include "store/records.h"

#define PATH_LEN      (ID_SIZE + 40)
#define DIGEST_PREFIX "sha256:"

/* What a record that can't be read needs is unknown, and so is what may be removed. */
static int unknown_needs(struct error *err, int r)
{
	return error_hint(err, r, "'berth system check' says what is wrong in the store");
}

void container_uses_done(struct container_uses *u)
{
	for (size_t i = 0; i < u->n; i++)
		strv_done(&u->v[i].layers);
	free(u->v);
	*u = CONTAINER_USES_INIT;
}

/* DiffIDs and image ids stand in records with and without "sha256:". */
static const char *without_prefix(const char *digest)
{
	size_t n = strlen(DIGEST_PREFIX);

	return strncmp(digest, DIGEST_PREFIX, n) == 0 ? digest + n : digest;
}

static int add_ids(const struct json *list, struct strv *to)
{
	if (json_type(list) != JSON_ARRAY && json_type(list) != JSON_NULL)
		return -EINVAL;
	json_for_each(entry, list) {
		const char *id = json_str(entry) ? without_prefix(json_str(entry)) : "";

		if (!id_is_valid(id))
			return -EINVAL;
		if (strv_add(to, id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_use(const struct store *s, const char *id, struct container_use *ret,
		    struct error *err)
{
	auto_json struct json *record = NULL;
	auto_close int dir = record_open(s, id, NULL, err);
	const char *image;
	int r = dir < 0 ? dir : json_read_at(dir, "config.json", &record, err);

	if (r < 0)
		return r;
	image = json_get_str(record, "Image");
	image = image ? without_prefix(image) : "";
	(void)snprintf(ret->id, sizeof(ret->id), "%s", id);
	(void)snprintf(ret->image, sizeof(ret->image), "%s", id_is_valid(image) ? image : "");
	r = add_ids(json_get(record, "Layers"), &ret->layers);
	/* An image that is mounted in it is needed as the one below it is. */
	json_for_each(m, json_get(record, "Mounts"))
		r = r == 0 ? add_ids(json_get(m, "Layers"), &ret->layers) : r;
	return r < 0 ? error_set(err, r, "the record of container '%s' is damaged: 'Layers'", id) : 0;
}

int container_uses_load(const struct store *s, struct container_uses *ret, struct error *err)
{
	auto_container_uses struct container_uses uses = CONTAINER_USES_INIT;
	auto_strv struct strv ids = STRV_INIT;
	int r = record_ids(s, &ids, err);

	if (r < 0)
		return r;
	uses.v = calloc(ids.n + 1, sizeof(*uses.v));
	if (!uses.v)
		return error_set(err, ENOMEM, "cannot list the containers");
	strv_for_each(i, &ids) {
		r = read_use(s, ids.v[i], &uses.v[uses.n], err);
		if (r < 0 && r != -ENOENT) /* removed meanwhile, or never whole: it needs nothing */
			return unknown_needs(err, r);
		uses.n += r == 0;
	}
	*ret = uses;
	uses = CONTAINER_USES_INIT;
	return 0;
}

const struct container_use *container_uses_of(const struct container_uses *u, const char *image_id,
					      size_t *ret_n)
{
	const struct container_use *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++) {
		if (strcmp(u->v[i].image, image_id) != 0)
			continue;
		first = first ? first : &u->v[i];
		n++;
	}
	if (ret_n)
		*ret_n = n;
	return first;
}

int image_needs(const struct store *s, const char *id, struct strv *ret_layers,
		struct strv *ret_blobs, struct error *err)
{
	auto_json struct json *record = NULL;
	char path[PATH_LEN];
	int r;

	(void)snprintf(path, sizeof(path), "images/%.*s/image.json", ID_LEN, id);
	r = json_read_at(s->root_fd, path, &record, err);
	if (r < 0)
		return unknown_needs(err, r);
	r = json_get(record, "Layers") ? add_ids(json_get(record, "Layers"), ret_layers) : -EINVAL;
	if (r == 0)
		r = add_ids(json_get(record, "Blobs"), ret_blobs);
	return r < 0 ? unknown_needs(err, error_set(err, r, "'%s/%s' is damaged", s->root, path)) : 0;
}

void garbage_done(struct garbage *g)
{
	strv_done(&g->layers);
	strv_done(&g->blobs);
	*g = GARBAGE_INIT;
}

/* Volumes on an image: volume/image_volume.c. */
static int volume_needs(const struct store *s, struct strv *layers, struct error *err)
{
	auto_close int volumes = store_dir(s, "volumes", err);
	auto_strv struct strv names = STRV_INIT;
	int r = volumes < 0 ? volumes : dir_list(volumes, &names);

	if (volumes >= 0 && r < 0)
		return error_set(err, r, "cannot read '%s/volumes'", s->root);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *path = str_format("%s/layers.json", names.v[i]);
		auto_json struct json *j = NULL;

		r = path ? json_read_at(volumes, path, &j, err) : -ENOMEM;
		r = r == -ENOENT || r == -ENOTDIR ? 0 : r;
		if (r == 0)
			r = add_ids(json_get(j, "Layers"), layers);
		if (r < 0)
			return unknown_needs(err, error_set(err, r, "'%s/volumes/%s/layers.json' is damaged",
							    s->root, names.v[i]));
	}
	return r;
}

/* Everything that images, containers and volumes refer to, sorted, with repetitions. */
static int find_needed(const struct store *s, struct strv *layers, struct strv *blobs,
		       struct error *err)
{
	auto_container_uses struct container_uses uses = CONTAINER_USES_INIT;
	auto_close int images_fd = store_dir(s, "images", err);
	auto_strv struct strv ids = STRV_INIT;
	int r = images_fd < 0 ? images_fd : container_uses_load(s, &uses, err);

	if (r < 0)
		return r;
	r = dir_list(images_fd, &ids);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/images'", s->root);
	for (size_t i = 0; i < ids.n && r == 0; i++)
		r = id_is_valid(ids.v[i]) ? image_needs(s, ids.v[i], layers, blobs, err) : 0;
	for (size_t i = 0; i < uses.n && r == 0; i++) {
		strv_for_each(j, &uses.v[i].layers) {
			if (strv_add(layers, uses.v[i].layers.v[j]) < 0)
				r = error_set(err, ENOMEM, "cannot list the layers in use");
		}
	}
	if (r == 0)
		r = volume_needs(s, layers, err);
	strv_sort(layers);
	strv_sort(blobs);
	return r;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in ROOT/@dir that are not in @needed. */
static int find_unneeded(const struct store *s, const char *dir, const struct strv *needed,
			 struct strv *ret, struct error *err)
{
	auto_close int dir_fd = store_dir(s, dir, err);
	auto_strv struct strv names = STRV_INIT;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = dir_list(dir_fd, &names);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/%s'", s->root, dir);
	strv_for_each(i, &names) {
		if (needed->n && bsearch(&names.v[i], needed->v, needed->n, sizeof(char *),
					 compare_texts))
			continue;
		if (strv_add(ret, names.v[i]) < 0)
			return error_set(err, ENOMEM, "cannot list '%s/%s'", s->root, dir);
	}
	return 0;
}

int garbage_find(const struct store *s, struct garbage *ret, struct error *err)
{
	auto_strv struct strv layers = STRV_INIT, blobs = STRV_INIT;
	auto_garbage struct garbage g = GARBAGE_INIT;
	int r = find_needed(s, &layers, &blobs, err);

	if (r == 0)
		r = find_unneeded(s, "layers", &layers, &g.layers, err);
	if (r == 0)
		r = find_unneeded(s, "blobs", &blobs, &g.blobs, err);
	if (r < 0)
		return r;
	strv_for_each(i, &g.layers) {
		struct layer layer;

		/* Without a readable record it is garbage all the same. */
		if (layer_read(s, g.layers.v[i], &layer, NULL) == 0)
			g.size += layer.size;
	}
	*ret = g;
	g = GARBAGE_INIT;
	return 0;
}

static int discard_all(const struct store *s, const char *dir, const struct strv *names,
		       struct strv *ret_lines, struct error *err)
{
	auto_close int dir_fd = store_dir(s, dir, err);
	int r = dir_fd < 0 ? dir_fd : 0;

	for (size_t i = 0; i < names->n && r == 0; i++) {
		r = object_discard(s, dir_fd, names->v[i], err);
		if (r == 0 && ret_lines &&
		    strv_take(ret_lines, str_format("Deleted: " DIGEST_PREFIX "%s", names->v[i])) < 0)
			r = error_set(err, ENOMEM, "cannot list what was deleted");
	}
	return r;
}

int garbage_collect(const struct store *s, struct strv *ret_lines, uint64_t *ret_reclaimed,
		    struct error *err)
{
	auto_garbage struct garbage g = GARBAGE_INIT;
	int r = garbage_find(s, &g, err);

	if (r == 0)
		r = discard_all(s, "layers", &g.layers, ret_lines, err);
	if (r == 0)
		r = discard_all(s, "blobs", &g.blobs, NULL, err);
	if (r == 0 && ret_reclaimed)
		*ret_reclaimed += g.size;
	return r;
}
