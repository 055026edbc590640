/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/spec.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/name.h"
#include "base/path.h"
#include "mount/spec_internal.h"

/* How much of an argument an error shows: enough to recognise it, and the reason still fits. */
#define SHOWN 200

/*
 * lxcfs serves these; everything else in /proc is the kernel's word, which no mount may replace
 * (CVE-2019-16884).
 */
static const char *const proc_files[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat",
	"/proc/swaps",	 "/proc/uptime",    "/proc/loadavg", "/proc/slabinfo",
};

static const char *const propagation_names[] = {
	[PROPAGATION_DEFAULT] = "",	     [PROPAGATION_PRIVATE] = "private",
	[PROPAGATION_RPRIVATE] = "rprivate", [PROPAGATION_SLAVE] = "slave",
	[PROPAGATION_RSLAVE] = "rslave",     [PROPAGATION_SHARED] = "shared",
	[PROPAGATION_RSHARED] = "rshared",   [PROPAGATION_UNBINDABLE] = "unbindable",
	[PROPAGATION_RUNBINDABLE] = "runbindable",
};

static const char *const type_names[MOUNT_TYPE_COUNT] = {
	[MOUNT_BIND] = "bind",	 [MOUNT_VOLUME] = "volume", [MOUNT_TMPFS] = "tmpfs",
	[MOUNT_RAMFS] = "ramfs", [MOUNT_IMAGE] = "image",   [MOUNT_GLOB] = "glob",
	[MOUNT_DEVPTS] = "devpts", [MOUNT_OVERLAY] = "overlay",
};

/* Every member that owns memory, for whoever frees or copies them all. */
#define SPEC_STRINGS(m)                                                                            \
	{ &(m)->source, &(m)->target, &(m)->subpath, &(m)->driver, &(m)->idmap,                    \
	  &(m)->upper,	&(m)->work,   &(m)->keep,    &(m)->text }
#define SPEC_LISTS(m)                                                                              \
	{ &(m)->driver_opts, &(m)->labels, &(m)->tmpfs_options, &(m)->exclude, &(m)->layers }

void mount_spec_done(struct mount_spec *m)
{
	char **const strings[] = SPEC_STRINGS(m);
	struct strv *const lists[] = SPEC_LISTS(m);

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(*strings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_done(lists[i]);
	*m = (struct mount_spec){ 0 };
}

int mount_spec_copy(const struct mount_spec *from, struct mount_spec *to)
{
	char *const *const strings[] = SPEC_STRINGS(from);
	const struct strv *const lists[] = SPEC_LISTS(from);
	char **const to_strings[] = SPEC_STRINGS(to);
	struct strv *const to_lists[] = SPEC_LISTS(to);
	int r = 0;

	*to = (struct mount_spec){
		.type = from->type, .flags = from->flags, .propagation = from->propagation,
		.tmpfs_size = from->tmpfs_size, .tmpfs_mode = from->tmpfs_mode,
		.has_tmpfs_mode = from->has_tmpfs_mode,
	};
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(strings); i++) {
		*to_strings[i] = *strings[i] ? strdup(*strings[i]) : NULL;
		r = *to_strings[i] || !*strings[i] ? 0 : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(lists); i++)
		r = strv_copy(to_lists[i], lists[i]->v);
	if (r < 0)
		mount_spec_done(to);
	return r;
}

void mount_specs_done(struct mount_specs *list)
{
	for (size_t i = 0; i < list->n; i++)
		mount_spec_done(&list->v[i]);
	free(list->v);
	*list = MOUNT_SPECS_INIT;
}

int mount_specs_take(struct mount_specs *list, struct mount_spec *m)
{
	struct mount_spec *v = array_room(list->v, list->n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	v[list->n++] = *m;
	*m = (struct mount_spec){ 0 };
	return 0;
}

const struct mount_spec *mount_spec_find(const struct mount_specs *list, const char *target)
{
	for (size_t i = 0; i < list->n; i++) {
		if (STREQ(list->v[i].target, target))
			return &list->v[i];
	}
	return NULL;
}

static int compare_targets(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int mount_specs_check(const struct mount_specs *list, struct error *err)
{
	auto_free const char **targets = NULL;

	if (list->n < 2)
		return 0;
	targets = calloc(list->n, sizeof(*targets));
	if (!targets)
		return error_set(err, ENOMEM, "cannot compare mount points");
	for (size_t i = 0; i < list->n; i++)
		targets[i] = list->v[i].target;
	qsort(targets, list->n, sizeof(*targets), compare_targets);
	for (size_t i = 1; i < list->n; i++) {
		if (STREQ(targets[i - 1], targets[i]))
			return error_msg(err, EINVAL, "duplicate mount point: %s", targets[i]);
	}
	return 0;
}

const char *mount_type_name(enum mount_type t)
{
	return type_names[t];
}

int mount_type_parse(const char *name, enum mount_type *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (strcasecmp(name, type_names[i]) == 0) {
			*ret = (enum mount_type)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *mount_propagation_name(enum mount_propagation p)
{
	return propagation_names[p];
}

int mount_propagation_parse(const char *name, enum mount_propagation *ret)
{
	for (size_t i = PROPAGATION_PRIVATE; i < ARRAY_SIZE(propagation_names); i++) {
		if (STREQ(name, propagation_names[i])) {
			*ret = (enum mount_propagation) i;
			return 0;
		}
	}
	return -EINVAL;
}

/* What no path may hold or exceed, wherever it is. */
int spec_check_path(const char *path, struct error *err)
{
	if (strlen(path) >= PATH_MAX)
		return error_msg(err, EINVAL, "a path is longer than %d bytes", PATH_MAX - 1);
	for (const char *p = path; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return error_msg(err, EINVAL, "a path holds a control character");
	}
	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if (n > NAME_MAX)
			return error_msg(err, EINVAL, "a name in a path is longer than %d bytes",
					 NAME_MAX);
		p += n;
	}
	return 0;
}

static int check_not_proc(const char *target, struct error *err)
{
	if (!path_is_inside(target, "/proc"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(proc_files); i++) {
		if (STREQ(target, proc_files[i]))
			return 0;
	}
	return error_msg(err, EINVAL, "'%.*s' cannot be mounted because it is inside /proc", SHOWN,
			 target);
}

int spec_set_target(struct spec_parser *p, const char *target, struct error *err)
{
	auto_free char *clean = NULL;
	int r = spec_check_path(target, err);

	if (r < 0)
		return r;
	if (target[0] != '/')
		return error_msg(err, EINVAL,
				 "invalid mount path: '%.*s' mount path must be absolute", SHOWN,
				 target);
	clean = path_clean(target);
	if (!clean)
		return error_set(err, ENOMEM, "cannot keep the mount path");
	if (STREQ(clean, "/"))
		return error_msg(err, EINVAL, "destination can't be '/'");
	r = check_not_proc(clean, err);
	if (r < 0)
		return r;
	free(p->m.target);
	p->m.target = take_ptr(clean);
	return 0;
}

int spec_set_source(struct spec_parser *p, const char *source, struct error *err)
{
	char *copy = strdup(source);

	if (!copy)
		return error_set(err, ENOMEM, "cannot keep the source");
	free(p->m.source);
	p->m.source = copy;
	return 0;
}

/* As docker's client: what starts with a dot is a path, ".cache" too; a bare word never is. */
static int finish_bind_source(struct spec_parser *p, struct error *err)
{
	const char *source = p->m.source;
	char *absolute;
	int r;

	if (!source)
		return error_msg(
			err, EINVAL,
			"invalid mount config for type \"bind\": field Source must not be empty");
	r = spec_check_path(source, err);
	if (r < 0)
		return r;
	if (source[0] == '~')
		return error_hint(
			err,
			error_msg(err, EINVAL, "'~' in '%.*s' was not expanded", SHOWN, source),
			"shells expand '~' only at the start of a word: write \"$HOME\" instead");
	if (source[0] != '/' && source[0] != '.')
		return error_msg(err, EINVAL,
				 "invalid mount path: '%.*s' mount path must be absolute", SHOWN,
				 source);
	absolute = path_absolute(source);
	if (!absolute)
		return error_set(err, errno, "cannot find the working directory for '%.*s'", SHOWN,
				 source);
	free(p->m.source);
	p->m.source = absolute;
	if (strlen(absolute) >= PATH_MAX)
		return error_msg(err, EINVAL, "a path is longer than %d bytes", PATH_MAX - 1);
	return 0;
}

static int finish_subpath(const struct spec_parser *p, struct error *err)
{
	if (!p->m.subpath)
		return 0;
	if (!p->m.source)
		return error_msg(err, EINVAL, "must not set Subpath when using anonymous volumes");
	return spec_check_path(p->m.subpath, err);
}

/* A host directory that a word names: as a bind's source, and no other way of writing it. */
static int finish_view_dir(char **path, const char *word, struct error *err)
{
	char *clean;

	if (!*path)
		return 0;
	if ((*path)[0] != '/')
		return error_msg(err, EINVAL, "%s '%.*s' must be an absolute path", word, SHOWN, *path);
	if (spec_check_path(*path, err) < 0)
		return -EINVAL;
	clean = path_clean(*path);
	if (!clean)
		return error_set(err, ENOMEM, "cannot keep %s", word);
	free(*path);
	*path = clean;
	return 0;
}

static int finish_view(struct spec_parser *p, struct error *err)
{
	int r = finish_view_dir(&p->m.upper, "upperdir", err);

	if (r == 0)
		r = finish_view_dir(&p->m.work, "workdir", err);
	if (r == 0 && p->m.type == MOUNT_VOLUME && (p->m.flags & MOUNT_VIEW) && !p->m.source)
		r = error_msg(err, EINVAL, "'O' needs a source");
	if (r == 0 && p->m.keep && p->m.source && STREQ(p->m.keep, p->m.source))
		r = error_msg(err, EINVAL, "volume '%s' can't keep what is written to itself", p->m.keep);
	return r;
}

static int refuse_source(const struct spec_parser *p, struct error *err)
{
	return p->m.source ? error_msg(err, EINVAL,
				       "invalid mount config for type \"%s\": field Source must not "
				       "be specified", mount_type_name(p->m.type))
			   : 0;
}

static int finish_image_source(const struct spec_parser *p, struct error *err)
{
	return p->m.source ? spec_check_path(p->m.source, err)
			   : error_msg(err, EINVAL,
				       "invalid mount config for type \"image\": field Source must "
				       "not be empty");
}

/* Without a target each match keeps its own path. */
static int finish_glob(struct spec_parser *p, struct error *err)
{
	if (!p->m.target)
		p->m.target = strdup("/");
	return p->m.target ? finish_bind_source(p, err) : error_set(err, ENOMEM, "cannot keep it");
}

int spec_finish_places(struct spec_parser *p, struct error *err)
{
	int r = finish_view(p, err);

	if (r < 0)
		return r;
	if (!p->m.target && p->m.type != MOUNT_GLOB)
		return error_msg(err, EINVAL, "target is required");
	switch (p->m.type) {
	case MOUNT_BIND:
		return finish_bind_source(p, err);
	case MOUNT_GLOB:
		return finish_glob(p, err);
	case MOUNT_VOLUME:
		r = p->m.source ? name_check_volume(p->m.source, err) : 0;
		return r < 0 ? r : finish_subpath(p, err);
	case MOUNT_IMAGE:
		return finish_image_source(p, err);
	default:
		return refuse_source(p, err);
	}
}

int spec_take(struct spec_parser *p, const char *arg, struct mount_specs *list, struct error *err)
{
	p->m.text = strdup(arg);
	if (!p->m.text || mount_specs_take(list, &p->m) < 0)
		return error_set(err, ENOMEM, "cannot keep the mount");
	return 0;
}

void spec_parser_done(struct spec_parser *p)
{
	mount_spec_done(&p->m);
}

int spec_blame(struct error *err, int r, const char *what, const char *arg)
{
	return error_prefix(err, r, "invalid %s '%.*s%s'", what, SHOWN, arg,
			    strlen(arg) > SHOWN ? "…" : "");
}
