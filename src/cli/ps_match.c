/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ps_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "cli/containers.h"
#include "cli/filter.h"
#include "store/image.h"
#include "store/ref.h"

static const char *const filter_keys[] = { "id",	 "name",   "label",    "label!",
				       "status", "exited", "ancestor", "volume",
				       "before", "since",  "network",  "restart-policy",
				       "health", "expose", "publish",  "is-task", NULL };

int ps_filter_check(const struct strv *filters, struct error *err)
{
	static const char *const states = " created restarting running removing paused exited dead ";
	static const char *const healths = " starting healthy unhealthy none ";
	int r = filter_check(filters, filter_keys, err);

	for (size_t i = 0; r == 0 && i < filters->n; i++) {
		const char *state = filter_value(filters, i, "status"), *health = filter_value(filters, i, "health");
		auto_free char *word = str_format(" %s ", state ? state : health ? health : "");

		if (!word)
			return error_set(err, ENOMEM, "filters");
		if ((state && !strstr(states, word)) || (health && !strstr(healths, word)))
			return error_msg(err, EINVAL, "invalid filter '%s'", filters->v[i]);
	}
	return r;
}

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

/* A port, or a range of them, that the image says it listens on: "80", "80/tcp", "8000-8010/udp". */
static bool match_expose(const char *value, const void *context)
{
	const struct match *m = context;
	const char *slash = strchr(value, '/'), *protocol = slash ? slash + 1 : "tcp";
	unsigned long first = strtoul(value, NULL, 10), last = first;
	const char *dash = strchr(value, '-');

	if (dash)
		last = strtoul(dash + 1, NULL, 10);
	json_for_each(port, json_get(json_get(m->c, "Config"), "ExposedPorts")) {
		const char *key = json_key(port), *of = strchr(key, '/');
		unsigned long n = strtoul(key, NULL, 10);

		if (n >= first && n <= last && STREQ(of ? of + 1 : "tcp", protocol))
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
	const struct json *host = json_get(m->c, "HostConfig");
	const char *health = json_get_str(json_get(json_get(m->c, "State"), "Health"), "Status");
	const char *network = json_get_str(host, "NetworkMode");
	const char *policy = json_get_str(json_get(host, "RestartPolicy"), "Name");

	return filter_any(filters, "id", match_prefix, json_get_str(m->c, "Id")) &&
	       filter_any(filters, "name", match_name, m) &&
	       filter_any(filters, "status", match_equal, status ? status : "") &&
	       filter_any(filters, "network", match_equal, network ? network : "none") &&
	       filter_any(filters, "exited", match_exit, m) &&
	       filter_any(filters, "expose", match_expose, m) &&
	       filter_any(filters, "publish", match_equal, "") && /* nothing is published: there are no ports */
	       filter_any(filters, "is-task", match_equal, "false") &&
	       filter_any(filters, "health", match_equal, health ? health : "none") &&
	       filter_any(filters, "restart-policy", match_equal, policy ? policy : "no") &&
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
