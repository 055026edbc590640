/* SPDX-License-Identifier: Apache-2.0 */
/* The short forms: -v SRC:DST:OPTS and --tmpfs DST:OPTS. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mount/spec_internal.h"

#define MAX_FIELDS 3

/* Every option of the comma-separated list. */
static int read_options(struct spec_parser *p, const char *list, struct error *err)
{
	for (;;) {
		size_t n = strcspn(list, ",");
		auto_free char *option = strndup(list, n);
		int r;

		if (!option)
			return error_set(err, ENOMEM, "cannot read the options");
		r = spec_option(p, option, err);
		if (r < 0)
			return r;
		if (list[n] == '\0')
			return 0;
		list += n + 1;
	}
}

/* Between one and three fields, none of them empty. */
static int split_fields(const char *arg, struct strv *fields, struct error *err)
{
	if (arg[0] == '\0')
		return error_msg(err, EINVAL, "invalid empty volume spec");
	for (;;) {
		size_t n = strcspn(arg, ":");

		if (n == 0)
			return error_msg(err, EINVAL, "empty section between colons");
		if (fields->n == MAX_FIELDS)
			return error_msg(err, EINVAL, "too many colons");
		if (strv_take(fields, strndup(arg, n)) < 0)
			return error_set(err, ENOMEM, "cannot read it");
		if (arg[n] == '\0')
			return 0;
		arg += n + 1;
	}
}

/* docker's client takes "~" for a path as well: it is refused as one, with the reason. */
static bool looks_like_path(const char *source)
{
	return strchr("./~", source[0]);
}

static int read_volume(struct spec_parser *p, const char *arg, struct error *err)
{
	auto_strv struct strv fields = STRV_INIT;
	int r = split_fields(arg, &fields, err);

	p->m.type = MOUNT_VOLUME;
	if (r < 0)
		return r;
	assert(fields.n > 0);
	if (fields.n > 1) {
		if (looks_like_path(fields.v[0])) {
			p->m.type = MOUNT_BIND;
			p->m.flags |= MOUNT_CREATE_SOURCE;
		}
		r = spec_set_source(p, fields.v[0], err);
	}
	if (r == 0)
		r = spec_set_target(p, fields.v[fields.n > 1], err);
	if (r < 0 && fields.n == 2 && fields.v[0][0] == '/' && fields.v[1][0] != '/')
		return error_hint(err, r,
				  "options follow SOURCE:DESTINATION; a new volume takes them as "
				  "--mount type=volume,dst=%s,OPTIONS",
				  fields.v[0]);
	if (r == 0 && fields.n > 2)
		r = read_options(p, fields.v[2], err);
	return r < 0 ? r : spec_finish(p, err);
}

int mount_parse_volume(const char *arg, struct mount_specs *list, struct error *err)
{
	auto_spec_parser struct spec_parser p = { .form = FORM_VOLUME };
	int r = read_volume(&p, arg, err);

	if (r < 0)
		return spec_blame(err, r, "volume specification", arg);
	return spec_take(&p, arg, list, err);
}

static int read_tmpfs(struct spec_parser *p, const char *arg, struct error *err)
{
	size_t n = strcspn(arg, ":");
	auto_free char *target = strndup(arg, n);
	int r;

	p->m.type = MOUNT_TMPFS;
	if (!target)
		return error_set(err, ENOMEM, "cannot read it");
	r = spec_set_target(p, target, err);
	/* "DST:" means no options to docker. */
	if (r == 0 && arg[n] && arg[n + 1])
		r = read_options(p, arg + n + 1, err);
	return r < 0 ? r : spec_finish(p, err);
}

int mount_parse_tmpfs(const char *arg, struct mount_specs *list, struct error *err)
{
	auto_spec_parser struct spec_parser p = { .form = FORM_TMPFS };
	int r = read_tmpfs(&p, arg, err);

	if (r < 0)
		return spec_blame(err, r, "tmpfs specification", arg);
	return spec_take(&p, arg, list, err);
}
