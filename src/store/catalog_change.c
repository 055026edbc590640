/* SPDX-License-Identifier: Apache-2.0 */
/* `berth tag`, `rmi`, `image prune` and the images' part of `system df`. moby daemon/images/image_delete.go */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/parse.h"
#include "store/catalog_internal.h"
#include "store/events.h"

int catalog_tag(const struct store *s, const char *source, const char *target, struct error *err)
{
	auto_close int lock = store_lock(s, false, err);
	auto_ref struct ref ref = REF_INIT;
	auto_free char *text = NULL;
	char id[ID_SIZE];
	int r = lock < 0 ? lock : ref_parse(target, &ref, err);

	if (r < 0)
		return r;
	if (ref.digest)
		return error_msg(err, EINVAL, "refusing to create a tag with a digest reference: '%s'",
				 target);
	r = image_find(s, source, id, err);
	if (r < 0)
		return r;
	text = ref_format(&ref);
	r = text ? ref_set(s, text, id, err) : error_set(err, ENOMEM, "cannot tag '%s'", source);
	if (r == 0)
		image_event(s, "tag", id, text);
	return r;
}

static int add_line(struct strv *lines, const char *what, const char *text)
{
	return strv_take(lines, str_format("%s: %s", what, text));
}

static int untag(const struct store *s, const char *id, const char *text, struct strv *lines, struct error *err)
{
	int r = ref_remove(s, text, err);

	if (r == 0)
		image_event(s, "untag", id, text);
	if (r == 0 && add_line(lines, "Untagged", text) < 0)
		r = error_set(err, ENOMEM, "cannot list what was untagged");
	return r;
}

static int untag_all(const struct store *s, const char *id, const struct strv *names, struct strv *lines,
		     struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++)
		r = untag(s, id, names->v[i], lines, err);
	return r;
}

/* The image's directory alone; its layers are left to the collection. */
static int discard_image(const struct store *s, const char *id, struct strv *lines,
			 struct error *err)
{
	auto_close int dir_fd = store_dir(s, "images", err);
	char digest[ID_SIZE + 8];
	int r = dir_fd < 0 ? dir_fd : object_discard(s, dir_fd, id, err);

	(void)snprintf(digest, sizeof(digest), DIGEST_PREFIX "%s", id);
	if (r == 0)
		image_event(s, "delete", id, digest);
	if (r == 0 && add_line(lines, "Deleted", digest) < 0)
		r = error_set(err, ENOMEM, "cannot list what was deleted");
	return r;
}

/* What `rmi` knows before it does anything. */
struct removal {
	struct catalog_image ci;
	struct container_uses uses;
	const struct container_use *user; /* first container made from it, or NULL */
	char *by_name;			  /* owned; the reference that was asked for; NULL: by id */
};

static void removal_done(struct removal *rm)
{
	catalog_image_done(&rm->ci);
	container_uses_done(&rm->uses);
	free(rm->by_name);
}
DEFINE_AUTO(removal, struct removal, removal_done)
#define auto_removal auto_clean(removal)

static int load_removal(const struct store *s, const char *what, struct removal *rm,
			struct error *err)
{
	auto_ref struct ref ref = REF_INIT;
	int r = catalog_load_one(s, what, &rm->ci, err);

	if (r == 0)
		r = container_uses_load(s, &rm->uses, err);
	if (r < 0)
		return r;
	rm->user = container_uses_of(&rm->uses, rm->ci.image.id, NULL);
	/* As image_find(): a name that is one of its names was meant as a name. */
	if (ref_parse(what, &ref, NULL) == 0) {
		rm->by_name = ref_format(&ref);
		if (!rm->by_name)
			return error_set(err, ENOMEM, "cannot remove image '%s'", what);
		if (!strv_has(&rm->ci.tags, rm->by_name) && !strv_has(&rm->ci.digests, rm->by_name)) {
			free(rm->by_name);
			rm->by_name = NULL;
		}
	}
	return 0;
}

/* Whether @digest, NAME@DIGEST, is of the repository of @name, NAME:TAG or NAME@DIGEST. */
static bool is_same_repository(const char *digest, const char *name)
{
	const char *at = strchr(name, '@');
	size_t len = (size_t)((at ? at : strrchr(name, ':')) - name);

	return strncmp(digest, name, len) == 0 && digest[len] == '@';
}

/* Whether all the names are of one repository, with one tag at most: then one means them all. */
static bool is_single_name(const struct catalog_image *ci)
{
	if (ci->tags.n > 1)
		return false;
	strv_for_each(i, &ci->digests) {
		if (!is_same_repository(ci->digests.v[i], ci->tags.n ? ci->tags.v[0] : ci->digests.v[0]))
			return false;
	}
	return true;
}

static int conflict(const struct removal *rm, const char *what, struct error *err)
{
	const char *id = rm->ci.image.id;
	int r;

	if (!rm->user) {
		r = error_msg(err, EBUSY,
			      "conflict: unable to delete %.*s (must be forced) - image is referenced "
			      "in multiple repositories", ID_SHORT, id);
		return error_hint(err, r, "remove one name with 'berth rmi %s', all with 'berth rmi -f %s'",
				  rm->ci.tags.n ? rm->ci.tags.v[0] : "NAME", what);
	}
	if (rm->by_name)
		r = error_msg(err, EBUSY,
			      "conflict: unable to remove repository reference \"%s\" (must force) - "
			      "container %.*s is using its referenced image %.*s",
			      what, ID_SHORT, rm->user->id, ID_SHORT, id);
	else
		r = error_msg(err, EBUSY,
			      "conflict: unable to delete %.*s (must be forced) - image is being used "
			      "by container %.*s", ID_SHORT, id, ID_SHORT, rm->user->id);
	return error_hint(err, r, "remove the container with 'berth rm %.*s', or only the image's name "
				  "with 'berth rmi -f %s'", ID_SHORT, rm->user->id, what);
}

/* An image that a container needs and that has no name: there is nothing that force could take away. */
static int still_needed(const struct removal *rm, struct error *err)
{
	int r = error_msg(err, EBUSY,
			  "conflict: unable to delete %.*s (cannot be forced) - image is being used by "
			  "container %.*s", ID_SHORT, rm->ci.image.id, ID_SHORT, rm->user->id);

	return error_hint(err, r, "remove the container first: berth rm %.*s", ID_SHORT,
			  rm->user->id);
}

/* With the last tag go the digests of the same repository, which nobody typed and would think of. */
static int remove_by_name(const struct store *s, const struct removal *rm, struct strv *lines,
			  struct error *err)
{
	const struct catalog_image *ci = &rm->ci;
	bool is_last_tag = ci->tags.n == 1 && STREQ(ci->tags.v[0], rm->by_name);
	size_t left = ci->tags.n + ci->digests.n - 1;
	int r = untag(s, ci->image.id, rm->by_name, lines, err);

	for (size_t i = 0; is_last_tag && i < ci->digests.n && r == 0; i++) {
		if (!is_same_repository(ci->digests.v[i], rm->by_name))
			continue;
		r = untag(s, ci->image.id, ci->digests.v[i], lines, err);
		left--;
	}
	return r < 0 || left > 0 || rm->user ? r : discard_image(s, ci->image.id, lines, err);
}

static int remove_by_id(const struct store *s, const struct removal *rm, struct strv *lines,
			struct error *err)
{
	const struct catalog_image *ci = &rm->ci;
	int r;

	if (rm->user && ci->tags.n + ci->digests.n == 0)
		return still_needed(rm, err);
	r = untag_all(s, ci->image.id, &ci->tags, lines, err);
	if (r == 0)
		r = untag_all(s, ci->image.id, &ci->digests, lines, err);
	if (r < 0 || rm->user)
		return r;
	return discard_image(s, ci->image.id, lines, err);
}

/* Return: 0 if the removal may go on without force, -EBUSY. */
static int check_conflict(const struct removal *rm, const char *what, struct error *err)
{
	const struct catalog_image *ci = &rm->ci;
	bool single = is_single_name(ci);

	if (!rm->by_name && !single)
		return conflict(rm, what, err);
	if (rm->user && single && ci->tags.n + ci->digests.n > 0)
		return conflict(rm, what, err);
	return 0;
}

int catalog_remove(const struct store *s, const char *what, bool force, struct strv *ret_lines,
		   struct error *err)
{
	auto_close int lock = store_lock(s, true, err);
	auto_removal struct removal rm = { 0 };
	int r = lock < 0 ? lock : load_removal(s, what, &rm, err);

	if (r == 0 && !force)
		r = check_conflict(&rm, what, err);
	if (r < 0)
		return r;
	r = rm.by_name ? remove_by_name(s, &rm, ret_lines, err)
		       : remove_by_id(s, &rm, ret_lines, err);
	return r < 0 ? r : garbage_collect(s, ret_lines, NULL, err);
}

/* Return: 1 if @ci passes all filters, 0 if not, -EINVAL for a filter that is none. */
static int passes(const struct strv *filters, const struct catalog_image *ci, struct error *err)
{
	const struct strv *labels = &ci->image.config.labels;
	int pass = 1;

	for (size_t i = 0; filters && i < filters->n; i++) {
		const char *f = filters->v[i];
		struct timespec until;

		if (strncmp(f, "label=", 6) == 0) {
			pass &= labels_match(labels, f + 6);
		} else if (strncmp(f, "label!=", 7) == 0) {
			pass &= !labels_match(labels, f + 7);
		} else if (strncmp(f, "until=", 6) == 0) {
			int r = time_parse_until(f + 6, &until) < 0
					? error_msg(err, EINVAL, "invalid value for filter 'until': '%s'",
						    f + 6)
					: 0;

			if (r < 0)
				return r;
			pass &= ci->created.tv_sec < until.tv_sec;
		} else {
			return error_hint(err, error_msg(err, EINVAL, "invalid filter '%s'", f),
					  "filters for image prune: label, label!, until");
		}
	}
	return pass;
}

static int prune_one(const struct store *s, const struct catalog_image *ci, struct strv *lines,
		     struct error *err)
{
	int r = untag_all(s, ci->image.id, &ci->tags, lines, err);

	if (r == 0)
		r = untag_all(s, ci->image.id, &ci->digests, lines, err);
	return r == 0 ? discard_image(s, ci->image.id, lines, err) : r;
}

int catalog_prune(const struct store *s, bool all, const struct strv *filters,
		  struct strv *ret_lines, uint64_t *ret_reclaimed, struct error *err)
{
	static const struct catalog_image nothing = { 0 };
	auto_close int lock = store_lock(s, true, err);
	auto_catalog struct catalog c = CATALOG_INIT;
	uint64_t reclaimed = 0;
	/* Wrong filters are wrong in an empty store as well. */
	int r = lock < 0 ? lock : passes(filters, &nothing, err);

	if (r >= 0)
		r = catalog_load(s, &c, err);
	for (size_t i = 0; i < c.n && r >= 0; i++) {
		const struct catalog_image *ci = &c.v[i];

		if (ci->containers || (!all && ci->tags.n + ci->digests.n))
			continue;
		r = passes(filters, ci, err);
		if (r > 0)
			r = prune_one(s, ci, ret_lines, err);
	}
	if (r >= 0)
		r = garbage_collect(s, ret_lines, &reclaimed, err);
	if (r < 0)
		return r;
	*ret_reclaimed = reclaimed;
	return 0;
}

int catalog_usage(const struct store *s, struct image_usage *ret, struct error *err)
{
	auto_strv struct strv all = STRV_INIT, kept = STRV_INIT;
	auto_close int lock = store_lock(s, false, err);
	auto_catalog struct catalog c = CATALOG_INIT;
	struct image_usage usage = { 0 };
	int r = lock < 0 ? lock : catalog_load(s, &c, err);

	if (r < 0)
		return r;
	usage.count = c.n;
	for (size_t i = 0; i < c.n; i++) {
		usage.active += c.v[i].containers > 0;
		strv_for_each(j, &c.v[i].image.layers) {
			const char *layer = c.v[i].image.layers.v[j];

			if ((!strv_has(&all, layer) && strv_add(&all, layer) < 0) ||
			    (c.v[i].containers && !strv_has(&kept, layer) && strv_add(&kept, layer) < 0))
				return error_set(err, ENOMEM, "cannot add up the layers");
		}
	}
	strv_for_each(i, &all) {
		uint64_t size = layer_size(s, all.v[i]);

		usage.size += size;
		usage.reclaimable += strv_has(&kept, all.v[i]) ? 0 : size;
	}
	*ret = usage;
	return 0;
}
