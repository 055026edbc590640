/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define MAX_ID	 (UINT32_MAX - 1)
#define MIN_SIZE ((uint64_t)1 << 20)

void volume_options_done(struct volume_options *o)
{
	strv_done(&o->o);
	*o = VOLUME_OPTIONS_INIT;
}

struct option_word {
	const char *key;
	bool in_o; /* may stand in o= as well, as podman has it, when there is no type */
	int (*take)(struct volume_options *o, const char *value);
};

static int take_type(struct volume_options *o, const char *value)
{
	o->type = value;
	return *value ? 0 : -EINVAL;
}

static int take_device(struct volume_options *o, const char *value)
{
	o->device = value;
	return *value ? 0 : -EINVAL;
}

/* Smaller than a file system can be is a slip of the unit. */
static int take_size(struct volume_options *o, const char *value)
{
	int r = parse_size(value, &o->size);

	return r == 0 && o->size >= MIN_SIZE && o->size <= INT64_MAX ? 0 : -EINVAL;
}

static int take_inodes(struct volume_options *o, const char *value)
{
	return parse_u64(value, UINT32_MAX, &o->inodes) == 0 && o->inodes >= 16 ? 0 : -EINVAL;
}

static int take_id(const char *value, bool *has, uint32_t *id)
{
	uint64_t n;
	int r = parse_u64(value, MAX_ID, &n);

	if (r == 0) {
		*has = true;
		*id = (uint32_t)n;
	}
	return r;
}

static int take_uid(struct volume_options *o, const char *value)
{
	return take_id(value, &o->has_uid, &o->uid);
}

static int take_gid(struct volume_options *o, const char *value)
{
	return take_id(value, &o->has_gid, &o->gid);
}

static int take_nocopy(struct volume_options *o, const char *value)
{
	bool yes = true;
	int r = *value ? parse_bool(value, &yes) : 0;

	o->nocopy = yes;
	return r;
}

static int take_copy(struct volume_options *o, const char *value)
{
	bool yes = true;
	int r = *value ? parse_bool(value, &yes) : 0;

	o->nocopy = !yes;
	return r;
}

static int take_owner(struct volume_options *o, const char *value)
{
	o->owned = STREQ(value, "container");
	return o->owned || STREQ(value, "host") ? 0 : -EINVAL;
}

/* podman's word for "limits without quota"; here they always are. Its timeout is for plugins. */
static int take_nothing(struct volume_options *o, const char *value)
{
	(void)o, (void)value;
	return 0;
}

static const struct option_word words[] = {
	{ "type", false, take_type },	{ "device", false, take_device }, { "size", true, take_size },
	{ "inodes", true, take_inodes }, { "uid", true, take_uid },	  { "gid", true, take_gid },
	{ "copy", true, take_copy },	{ "nocopy", true, take_nocopy },  { "owner", true, take_owner },
	{ "noquota", true, take_nothing }, { "timeout", true, take_nothing },
};

static const struct option_word *find_word(const char *option, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].key) == n && strncmp(words[i].key, option, n) == 0)
			return &words[i];
	}
	return NULL;
}

static int take_option(struct volume_options *o, const char *option, bool in_o, struct error *err)
{
	size_t n = strcspn(option, "=");
	const struct option_word *w = find_word(option, n);

	if (!w || (in_o && !w->in_o))
		return in_o ? error_msg(err, EINVAL, "invalid mount option %s for driver 'local'", option)
			    : error_msg(err, EINVAL, "invalid option: '%.*s'", (int)n, option);
	if (w->take(o, option[n] ? option + n + 1 : "") < 0)
		return error_msg(err, EINVAL, "invalid value for option '%.*s': '%s'", (int)n, option,
				 option[n] ? option + n + 1 : "");
	return 0;
}

/*
 * The words of o= are the file system's, but for those that podman takes itself; without a type there is
 * no file system, and any other is a mistake.
 */
static int take_o(struct volume_options *o, const char *list, struct error *err)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		auto_free char *one = strndup(list, n);
		int r;

		if (!one)
			return error_set(err, ENOMEM, "cannot read the options");
		if (!o->type)
			r = take_option(o, one, true, err);
		else
			r = strv_add(&o->o, one) < 0 ? error_set(err, ENOMEM, "cannot keep the options")
						     : 0;
		if (r < 0)
			return r;
		list += n + (list[n] == ',');
	}
	return 0;
}

static int missing(const char *option, struct error *err)
{
	return error_msg(err, EINVAL, "missing required option: \"%s\"", option);
}

int volume_options_parse(const struct strv *options, struct volume_options *ret, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	const char *list = strv_get_env(options, "o");

	strv_for_each(i, options) {
		int r = strncmp(options->v[i], "o=", 2) == 0 ? 0
							      : take_option(&o, options->v[i], false, err);

		if (r < 0)
			return r;
	}
	if (o.device && !o.type)
		return missing("type", err);
	if (o.type && !o.device)
		return missing("device", err);
	if (list && take_o(&o, list, err) < 0)
		return -EINVAL;
	if (o.type && (o.size || o.inodes || o.has_uid || o.has_gid))
		return error_hint(err,
				  error_msg(err, EINVAL, "size, inodes, uid and gid are not for volumes "
							 "with a type"),
				  "what a file system takes is in o: -o type=tmpfs -o device=tmpfs -o "
				  "o=size=1g,uid=1000");
	if (o.inodes && !o.size)
		return missing("size", err);
	*ret = o;
	o = VOLUME_OPTIONS_INIT;
	return 0;
}
