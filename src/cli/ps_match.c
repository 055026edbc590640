/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ps_match.h"

#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "cli/containers.h"
#include "cli/filter.h"
#include "store/image.h"
#include "store/ref.h"

const char *const ps_filter_keys[] = { "id",	 "name",   "label",    "label!",
				       "status", "exited", "ancestor", "volume",
				       "before", "since",  "network",  NULL };

struct match {
	const struct store *s;
	const struct json *c;
};

/* Whether the layers of @img start with all of @ancestor's and go on: it was made from that image. */
static bool descends(const struct image *img, const struct image *ancestor)
{
	strv_for_each(i, &ancestor->layers) {
		if (i >= img->layers.n || !STREQ(img->layers.v[i], ancestor->layers.v[i]))
			return false;
	}
	return img->layers.n > ancestor->layers.n || STREQ(img->id, ancestor->id);
}

static bool match_ancestor(const char *value, const void *context)
{
	const struct match *m = context;
	const char *name = json_get_str(json_get(m->c, "Config"), "Image");
	const char *id = json_get_str(m->c, "Image");
	auto_image struct image ancestor = IMAGE_INIT, img = IMAGE_INIT;
	auto_close int lock = FD_NONE;
	auto_ref struct ref ref = REF_INIT;
	auto_free char *whole = ref_parse(value, &ref, NULL) == 0 ? ref_format(&ref) : NULL;

	if (name && (STREQ(name, value) || (whole && STREQ(name, whole))))
		return true;
	lock = store_lock(m->s, false, NULL);
	return lock >= 0 && id && *id && image_open(m->s, value, &ancestor, NULL) == 0 &&
	       image_open(m->s, id, &img, NULL) == 0 && descends(&img, &ancestor);
}

static bool match_volume(const char *value, const void *context)
{
	const struct match *m = context;

	json_for_each(mount, json_get(m->c, "Mounts")) {
		const char *name = json_get_str(mount, "Name");
		const char *at = json_get_str(mount, "Destination");

		if ((name && STREQ(name, value)) || (at && STREQ(at, value)))
			return true;
	}
	return false;
}

static bool match_exit(const char *value, const void *context)
{
	const struct match *m = context;
	const struct json *state = json_get(m->c, "State");
	const char *status = json_get_str(state, "Status");
	char code[24];

	(void)snprintf(code, sizeof(code), "%lld",
		       (long long)json_int(json_get(state, "ExitCode"), -1));
	return status && STREQ(status, "exited") && STREQ(code, value);
}

static bool match_name(const char *value, const void *context)
{
	const struct match *m = context;

	/* docker matches against "/name" as well, so that "^/name$" works. */
	return match_pattern(value, container_name(m->c)) ||
	       match_pattern(value, json_get_str(m->c, "Name"));
}

/* "before" and "since": created earlier or later than that container. 1, 0 or -errno. */
static int match_order(const struct match *m, const struct strv *filters, struct error *err)
{
	strv_for_each(i, filters) {
		const char *before = filter_value(filters, i, "before");
		const char *other = before ? before : filter_value(filters, i, "since");
		auto_json struct json *doc = NULL;
		struct timespec mine = { 0 }, theirs = { 0 };
		bool older;
		int r;

		if (!other)
			continue;
		r = container_document(m->s, other, &doc, err);
		if (r < 0)
			return r;
		(void)time_parse(json_get_str(m->c, "Created"), &mine);
		(void)time_parse(json_get_str(doc, "Created"), &theirs);
		older = mine.tv_sec != theirs.tv_sec ? mine.tv_sec < theirs.tv_sec
						     : mine.tv_nsec < theirs.tv_nsec;
		if (STREQ(json_get_str(m->c, "Id"), json_get_str(doc, "Id")) ||
		    older != (before != NULL))
			return 0;
	}
	return 1;
}

static bool matches(const struct match *m, const struct strv *filters)
{
	const struct json *config = json_get(m->c, "Config");
	const char *status = json_get_str(json_get(m->c, "State"), "Status");
	const char *network = json_get_str(json_get(m->c, "HostConfig"), "NetworkMode");

	return filter_any(filters, "id", match_prefix, json_get_str(m->c, "Id")) &&
	       filter_any(filters, "name", match_name, m) &&
	       filter_any(filters, "status", match_equal, status ? status : "") &&
	       filter_any(filters, "network", match_equal, network ? network : "none") &&
	       filter_any(filters, "exited", match_exit, m) &&
	       filter_any(filters, "ancestor", match_ancestor, m) &&
	       filter_any(filters, "volume", match_volume, m) &&
	       filter_labels(filters, json_get(config, "Labels"));
}

int ps_match(const struct store *s, const struct json *c, const struct strv *filters,
	     struct error *err)
{
	struct match m = { .s = s, .c = c };

	return matches(&m, filters) ? match_order(&m, filters, err) : 0;
}
