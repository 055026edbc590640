/* SPDX-License-Identifier: Apache-2.0 */
#include "store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "store/gc.h"
#include "store/image.h"
#include "store/layer.h"
#include "store/ref.h"

struct checker {
	const struct store *store;
	bool repair;
	struct strv *findings; /* borrowed */
	struct error *err;
};

/* Record "TEXT" or "TEXT: removed". Takes @text, which may be NULL for want of memory. */
static int found(struct checker *c, char *text, bool removed)
{
	auto_free char *owned = text;
	int r = owned ? strv_take(c->findings, str_format("%s%s", owned, removed ? ": removed" : ""))
		      : -ENOMEM;

	return r < 0 ? error_set(c->err, r, "cannot list what was found") : 0;
}

/* @name in ROOT/@dir is wrong: say so, and remove it where that is asked for. */
static int bad_object(struct checker *c, const char *dir, const char *name, char *text)
{
	auto_close int dir_fd = FD_NONE;
	auto_free char *owned = text;
	int r = 0;

	if (c->repair) {
		dir_fd = store_dir(c->store, dir, c->err);
		r = dir_fd < 0 ? dir_fd : object_discard(c->store, dir_fd, name, c->err);
	}
	return r < 0 ? r : found(c, take_ptr(owned), c->repair);
}

static int check_scratch(struct checker *c)
{
	unsigned n = 0;
	int r = scratch_sweep(c->store, c->repair, &n, c->err);

	if (r < 0 || n == 0)
		return r;
	return found(c, str_format("%u scratch director%s of dead processes in '%s/tmp'", n,
				   n == 1 ? "y" : "ies", c->store->root),
		     c->repair);
}

/*
 * Only said here: a layer that is wrong makes the images that need it damaged, and is garbage when no
 * image is left that does.
 */
static int check_layer(struct checker *c, const char *name)
{
	struct layer layer;
	int r;

	if (!id_is_valid(name))
		return found(c, str_format("'layers/%s' is no layer", name), false);
	r = layer_read(c->store, name, &layer, NULL);
	if (r == -ENOENT || r == -EINVAL)
		return found(c, str_format("layer '%s' has no valid layer.json", name), false);
	return r < 0 ? error_set(c->err, r, "cannot read layer '%s'", name) : 0;
}

static int check_layers(struct checker *c)
{
	auto_strv struct strv names = STRV_INIT;
	int r = layer_list(c->store, &names, c->err);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = check_layer(c, names.v[i]);
	return r;
}

/*
 * A damaged image is removed only if no container was made from it, so that the evidence stays where
 * somebody may still want to save what depends on it.
 */
static int bad_image(struct checker *c, const char *id, const struct container_uses *uses, char *text)
{
	if (container_uses_of(uses, id, NULL))
		return found(c, text, false);
	return bad_object(c, "images", id, text);
}

static int check_image(struct checker *c, const char *id, const struct container_uses *uses)
{
	auto_strv struct strv layers = STRV_INIT, blobs = STRV_INIT;
	auto_image struct image img = IMAGE_INIT;
	struct error why = ERROR_INIT;
	int r;

	if (!id_is_valid(id))
		return bad_object(c, "images", id, str_format("'images/%s' is no image", id));
	r = image_read(c->store, id, &img, &why);
	if (r == 0)
		r = image_needs(c->store, id, &layers, &blobs, &why);
	if (r == -ENOENT || r == -EINVAL)
		return bad_image(c, id, uses, str_format("image '%s' is damaged (%s)", id, why.msg));
	if (r < 0)
		return error_msg(c->err, r, "%s", why.msg);
	strv_for_each(i, &img.layers) {
		if (!layer_exists(c->store, img.layers.v[i]))
			return bad_image(c, id, uses, str_format("image '%s' lacks layer '%s'", id,
								 img.layers.v[i]));
	}
	return 0;
}

static int check_images(struct checker *c)
{
	auto_container_uses struct container_uses uses = CONTAINER_USES_INIT;
	auto_close int dir_fd = store_dir(c->store, "images", c->err);
	auto_strv struct strv names = STRV_INIT;
	struct error why = ERROR_INIT;
	int r = dir_fd < 0 ? dir_fd : container_uses_load(c->store, &uses, &why);

	if (dir_fd < 0)
		return dir_fd;
	if (r < 0) {
		/* From here on nobody knows what is needed: nothing more is removed. */
		c->repair = false;
		r = found(c, str_format("a container's record is damaged (%s)", why.msg), false);
		if (r < 0)
			return r;
	}
	r = dir_list(dir_fd, &names);
	if (r < 0)
		return error_set(c->err, r, "cannot read '%s/images'", c->store->root);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = check_image(c, names.v[i], &uses);
	return r;
}

static bool image_exists(const struct store *s, const char *id)
{
	char path[ID_SIZE + 32];

	(void)snprintf(path, sizeof(path), "images/%s", id);
	return faccessat(s->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int check_refs(struct checker *c)
{
	auto_ref_list struct ref_list list = REF_LIST_INIT;
	auto_strv struct strv bad = STRV_INIT;
	int r = ref_list(c->store, &list, &bad, c->err);

	for (size_t i = 0; i < bad.n && r == 0; i++)
		r = bad_object(c, "refs", bad.v[i], str_format("'refs/%s' is no reference", bad.v[i]));
	for (size_t i = 0; i < list.n && r == 0; i++) {
		if (image_exists(c->store, list.v[i].id))
			continue;
		if (c->repair)
			r = ref_remove(c->store, list.v[i].text, c->err);
		if (r == 0)
			r = found(c, str_format("reference '%s' points to image '%s', which is not there",
						list.v[i].text, list.v[i].id), c->repair);
	}
	return r;
}

static int report_all(struct checker *c, const char *what, const struct strv *names)
{
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++)
		r = found(c, str_format("%s '%s' belongs to no image and no container", what,
					names->v[i]), c->repair);
	return r;
}

static int check_garbage(struct checker *c)
{
	auto_garbage struct garbage g = GARBAGE_INIT;
	struct error why = ERROR_INIT;
	int r = garbage_find(c->store, &g, &why);

	if (r < 0) /* a damaged record that stays */
		return found(c, str_format("cannot tell which layers are needed (%s)", why.msg), false);
	r = c->repair ? garbage_collect(c->store, NULL, NULL, c->err) : 0;
	if (r == 0)
		r = report_all(c, "layer", &g.layers);
	return r == 0 ? report_all(c, "blob", &g.blobs) : r;
}

/* From what nothing refers to upwards, so that each step sees what the one before has removed. */
int store_check(const struct store *s, bool repair, struct strv *ret_findings, struct error *err)
{
	static int (*const steps[])(struct checker *) = { check_scratch, check_layers, check_images,
							  check_refs, check_garbage };
	struct checker c = { s, repair, ret_findings, err };
	auto_close int lock = store_lock(s, repair, err);
	int r = lock < 0 ? lock : 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && r == 0; i++)
		r = steps[i](&c);
	return r;
}
