/* SPDX-License-Identifier: Apache-2.0 */
/* `berth images`: docker/cli formatter/image.go has the members. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "store/catalog_internal.h"

#define NOT_COUNTED "N/A"

/* The filters, with the images that they name found. */
struct selection {
	const struct image_list_request *req;
	struct timespec before, since; /* 0: no such filter */
	int dangling;		       /* -1: no such filter */
};

static const char *filter_text(const char *filter, const char *key)
{
	size_t len = strlen(key);

	return strncmp(filter, key, len) == 0 && filter[len] == '=' ? filter + len + 1 : NULL;
}

static int find_time(const struct store *s, const char *what, struct timespec *ret,
		     struct error *err)
{
	auto_catalog_image struct catalog_image ci = { 0 };
	int r = catalog_load_one(s, what, &ci, err);

	if (r == 0)
		*ret = ci.created;
	return r;
}

static int read_filter(const struct store *s, const char *filter, struct selection *sel,
		       struct error *err)
{
	const char *text;
	bool dangling;

	if ((text = filter_text(filter, "before")))
		return find_time(s, text, &sel->before, err);
	if ((text = filter_text(filter, "since")))
		return find_time(s, text, &sel->since, err);
	if ((text = filter_text(filter, "dangling"))) {
		if (parse_bool(text, &dangling) < 0)
			return error_msg(err, EINVAL, "invalid value for filter 'dangling': '%s'", text);
		sel->dangling = dangling;
		return 0;
	}
	if (filter_text(filter, "reference") || filter_text(filter, "label"))
		return 0;
	return error_hint(err, error_msg(err, EINVAL, "invalid filter '%s'", filter),
			  "filters for images: dangling, reference, label, before, since");
}

static int read_filters(const struct store *s, const struct image_list_request *req,
			struct selection *ret, struct error *err)
{
	int r = 0;

	*ret = (struct selection){ .req = req, .dangling = -1 };
	for (size_t i = 0; req->filters && i < req->filters->n && r == 0; i++)
		r = read_filter(s, req->filters->v[i], ret, err);
	return r;
}

static bool is_earlier(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static bool is_selected(const struct selection *sel, const struct catalog_image *ci)
{
	const struct strv *filters = sel->req->filters;

	if (sel->dangling >= 0 && (ci->tags.n + ci->digests.n == 0) != sel->dangling)
		return false;
	if (sel->before.tv_sec && !is_earlier(ci->created, sel->before))
		return false;
	if (sel->since.tv_sec && !is_earlier(sel->since, ci->created))
		return false;
	for (size_t i = 0; filters && i < filters->n; i++) {
		const char *label = filter_text(filters->v[i], "label");

		if (label && !labels_match(&ci->image.config.labels, label))
			return false;
	}
	return true;
}

/* References are alternatives. An image without name fits only where none is asked for. */
static bool is_name_selected(const struct selection *sel, const char *name)
{
	const struct strv *filters = sel->req->filters;
	bool asked = sel->req->name;

	if (asked && name && ref_matches(name, sel->req->name))
		return true;
	for (size_t i = 0; filters && i < filters->n; i++) {
		const char *pattern = filter_text(filters->v[i], "reference");

		if (!pattern)
			continue;
		if (name && ref_matches(name, pattern))
			return true;
		asked = true;
	}
	return !asked;
}

static void write_labels(struct jsonw *w, const struct strv *labels)
{
	jsonw_object(w, "Labels");
	strv_for_each(i, labels) {
		size_t len = strcspn(labels->v[i], "=");
		auto_free char *name = strndup(labels->v[i], len);

		if (name)
			jsonw_str(w, name, labels->v[i] + len + 1);
	}
	jsonw_end(w);
}

static void write_sizes(struct jsonw *w, const struct catalog_image *ci)
{
	char text[TIME_TEXT_MAX];

	jsonw_str(w, "Size", size_format(text, ci->size));
	jsonw_str(w, "VirtualSize", text);
	jsonw_str(w, "SharedSize", size_format(text, ci->size - MIN(ci->unique, ci->size)));
	jsonw_str(w, "UniqueSize", size_format(text, MIN(ci->unique, ci->size)));
	(void)snprintf(text, sizeof(text), "%zu", ci->containers);
	jsonw_str(w, "Containers", text);
	jsonw_uint(w, "Bytes", ci->size);
}

static void write_row(struct jsonw *w, const struct selection *sel, const struct catalog_image *ci,
		      const char *repository, const char *tag, const char *digest)
{
	char id[ID_SIZE + 8], text[TIME_TEXT_MAX];

	(void)snprintf(id, sizeof(id), DIGEST_PREFIX "%s", ci->image.id);
	jsonw_object(w, NULL);
	jsonw_str(w, "Id", id);
	if (!sel->req->no_trunc)
		(void)snprintf(id, sizeof(id), "%.*s", ID_SHORT, ci->image.id);
	jsonw_str(w, "ID", id);
	jsonw_str(w, "Repository", repository);
	jsonw_str(w, "Tag", tag);
	jsonw_str(w, "Digest", digest);
	jsonw_str(w, "CreatedAt", created_at(text, ci->created));
	jsonw_str(w, "CreatedSince", created_since(text, ci->created));
	jsonw_str(w, "Created", ci->created.tv_sec ? time_format(text, ci->created) : NOT_COUNTED);
	jsonw_int(w, "CreatedUnix", ci->created.tv_sec);
	write_sizes(w, ci);
	write_labels(w, &ci->image.config.labels);
	jsonw_end(w);
}

/* The digest under which repository @name, of length @len, is known; or "<none>". */
static const char *digest_of(const struct catalog_image *ci, const char *name, size_t len)
{
	strv_for_each(i, &ci->digests) {
		if (strncmp(ci->digests.v[i], name, len) == 0 && ci->digests.v[i][len] == '@')
			return ci->digests.v[i] + len + 1;
	}
	return REF_NONE;
}

static bool has_tag(const struct catalog_image *ci, const char *name, size_t len)
{
	strv_for_each(i, &ci->tags) {
		if (strncmp(ci->tags.v[i], name, len) == 0 && ci->tags.v[i][len] == ':' &&
		    !strchr(ci->tags.v[i] + len + 1, '/'))
			return true;
	}
	return false;
}

static int write_named(struct jsonw *w, const struct selection *sel, const struct catalog_image *ci,
		       const char *text, char separator)
{
	const char *cut = strrchr(text, separator);
	auto_free char *name = strndup(text, (size_t)(cut - text));

	if (!name)
		return -ENOMEM;
	if (separator == ':')
		write_row(w, sel, ci, name, cut + 1, digest_of(ci, name, strlen(name)));
	else if (!has_tag(ci, name, strlen(name)))
		write_row(w, sel, ci, name, REF_NONE, cut + 1);
	return 0;
}

static int write_image(struct jsonw *w, const struct selection *sel, const struct catalog_image *ci)
{
	int r = 0;

	if (!is_selected(sel, ci))
		return 0;
	for (size_t i = 0; i < ci->tags.n && r == 0; i++) {
		if (is_name_selected(sel, ci->tags.v[i]))
			r = write_named(w, sel, ci, ci->tags.v[i], ':');
	}
	for (size_t i = 0; i < ci->digests.n && r == 0; i++) {
		if (is_name_selected(sel, ci->digests.v[i]))
			r = write_named(w, sel, ci, ci->digests.v[i], '@');
	}
	if (ci->tags.n + ci->digests.n == 0 && is_name_selected(sel, NULL))
		write_row(w, sel, ci, REF_NONE, REF_NONE, REF_NONE);
	return r;
}

int catalog_list(const struct store *s, const struct image_list_request *req, struct jsonw *w,
		 const char *key, struct error *err)
{
	auto_catalog struct catalog c = CATALOG_INIT;
	auto_close int lock = store_lock(s, false, err);
	struct selection sel;
	int r = lock < 0 ? lock : read_filters(s, req, &sel, err);

	if (r == 0)
		r = catalog_load(s, &c, err);
	if (r < 0)
		return r;
	jsonw_array(w, key);
	for (size_t i = 0; i < c.n && r == 0; i++)
		r = write_image(w, &sel, &c.v[i]);
	jsonw_end(w);
	return r < 0 ? error_set(err, r, "cannot list the images") : 0;
}
