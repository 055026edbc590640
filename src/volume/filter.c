/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's --filter for volumes: moby volume/service/convert.go says which there are and how they
 * combine.
 */
#include "volume/filter.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/timefmt.h"

#define ON(set) (1u << (set))

void volume_filter_done(struct volume_filter *f)
{
	strv_done(&f->names);
	strv_done(&f->drivers);
	strv_done(&f->labels);
	strv_done(&f->not_labels);
	strv_done(&f->options);
	strv_done(&f->scopes);
	strv_done(&f->since);
	*f = VOLUME_FILTER_INIT;
}

struct filter_kind {
	const char *name;
	unsigned sets;
	int (*take)(struct volume_filter *f, const char *value);
};

static int take_name(struct volume_filter *f, const char *value)
{
	regex_t re;

	if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB) != 0)
		return -EINVAL;
	regfree(&re);
	return strv_add(&f->names, value);
}

static int take_driver(struct volume_filter *f, const char *value)
{
	return strv_add(&f->drivers, value);
}

static int take_label(struct volume_filter *f, const char *value)
{
	return strv_add(&f->labels, value);
}

static int take_not_label(struct volume_filter *f, const char *value)
{
	return strv_add(&f->not_labels, value);
}

static int take_dangling(struct volume_filter *f, const char *value)
{
	f->has_dangling = true;
	return parse_bool(value, &f->dangling);
}

static int take_option(struct volume_filter *f, const char *value)
{
	return strv_add(&f->options, value);
}

static int take_scope(struct volume_filter *f, const char *value)
{
	return strv_add(&f->scopes, value);
}

static int take_since(struct volume_filter *f, const char *value)
{
	return strv_add(&f->since, value);
}

static int take_until(struct volume_filter *f, const char *value)
{
	return time_parse_until(value, &f->until);
}

static int take_anonymous(struct volume_filter *f, const char *value)
{
	f->has_anonymous = true;
	return parse_bool(value, &f->anonymous);
}

static int take_all(struct volume_filter *f, const char *value)
{
	return parse_bool(value, &f->all);
}

static const struct filter_kind kinds[] = {
	{ "dangling", ON(VOLUME_FILTER_LS), take_dangling },
	{ "driver", ON(VOLUME_FILTER_LS), take_driver },
	{ "name", ON(VOLUME_FILTER_LS), take_name },
	{ "label", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_label },
	{ "label!", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_not_label },
	{ "anonymous", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_anonymous },
	{ "opt", ON(VOLUME_FILTER_LS), take_option },
	{ "scope", ON(VOLUME_FILTER_LS), take_scope },
	{ "since", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_since },
	{ "after", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_since },
	{ "until", ON(VOLUME_FILTER_LS) | ON(VOLUME_FILTER_PRUNE), take_until },
	{ "all", ON(VOLUME_FILTER_PRUNE), take_all },
};

int volume_filter_parse(const char *arg, enum volume_filter_set set, struct volume_filter *f,
			struct error *err)
{
	size_t n = strcspn(arg, "=");

	if (arg[n] == '\0' || n == 0)
		return error_msg(
			err, EINVAL,
			"invalid argument '%s' for --filter: bad format of filter (expected "
			"name=value)",
			arg);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int r;

		if (!(kinds[i].sets & ON(set)) || strlen(kinds[i].name) != n ||
		    strncmp(kinds[i].name, arg, n) != 0)
			continue;
		r = kinds[i].take(f, arg + n + 1);
		if (r == -ENOMEM)
			return error_set(err, r, "cannot keep filter '%s'", arg);
		return r < 0 ? error_msg(err, EINVAL, "invalid filter '%s=%s'", kinds[i].name,
					 arg + n + 1)
			     : 0;
	}
	return error_msg(err, EINVAL, "invalid filter '%.*s'", (int)n, arg);
}

/* KEY=VALUE, or KEY with any value. */
static bool has_pair(const struct strv *pairs, const char *wanted)
{
	return strchr(wanted, '=') ? strv_has(pairs, wanted) : strv_get_env(pairs, wanted) != NULL;
}

static bool is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Made before .until, and after every volume of .since_times. */
static bool fits_time(const struct volume_filter *f, const struct volume *v)
{
	struct timespec made;

	if (f->until.tv_sec == 0 && f->since_time.tv_sec == 0)
		return true;
	if (time_parse(v->created, &made) < 0)
		return false;
	return (f->until.tv_sec == 0 || is_earlier(&made, &f->until)) &&
	       (f->since_time.tv_sec == 0 || is_earlier(&f->since_time, &made));
}

int volume_filter_resolve(const struct store *s, struct volume_filter *f, struct error *err)
{
	strv_for_each(i, &f->since) {
		auto_volume struct volume v = VOLUME_INIT;
		struct timespec made;
		int r = volume_open(s, f->since.v[i], &v, err);

		if (r < 0)
			return r;
		if (time_parse(v.created, &made) == 0 && is_earlier(&f->since_time, &made))
			f->since_time = made;
	}
	return 0;
}

static bool any_name_matches(const struct strv *patterns, const char *name)
{
	strv_for_each(i, patterns) {
		regex_t re;
		bool yes;

		if (regcomp(&re, patterns->v[i], REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		yes = regexec(&re, name, 0, NULL, 0) == 0;
		regfree(&re);
		if (yes)
			return true;
	}
	return false;
}

bool volume_filter_match(const struct volume_filter *f, const struct volume *v, bool used)
{
	if (f->has_dangling && f->dangling == used)
		return false;
	if (f->has_anonymous && f->anonymous != v->anonymous)
		return false;
	if (f->scopes.n > 0 && !strv_has(&f->scopes, "local"))
		return false;
	if (!fits_time(f, v))
		return false;
	strv_for_each(i, &f->options) {
		if (!has_pair(&v->options, f->options.v[i]))
			return false;
	}
	if (f->drivers.n > 0 && !strv_has(&f->drivers, v->driver))
		return false;
	if (f->names.n > 0 && !any_name_matches(&f->names, v->name))
		return false;
	strv_for_each(i, &f->labels) {
		if (!has_pair(&v->labels, f->labels.v[i]))
			return false;
	}
	strv_for_each(i, &f->not_labels) {
		if (has_pair(&v->labels, f->not_labels.v[i]))
			return false;
	}
	return true;
}
