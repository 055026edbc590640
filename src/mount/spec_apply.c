/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the option words of spec_words.c do with their values.
 *
 * What ends at the kernel (sizes, ids, modes) is parsed to a number here and written anew from it:
 * no text of the user's is ever part of a mount option (CVE-2024-11218).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "base/parse.h"
#include "base/path.h"
#include "mount/idmap.h"
#include "mount/spec_internal.h"

#define MAX_ID	 (UINT32_MAX - 1) /* (uid_t)-1 means "none" to the kernel */
#define MAX_MODE 07777u

static int bad_value(const struct spec_word *w, const char *value, struct error *err)
{
	return error_msg(err, EINVAL, "invalid value for %s: '%.100s'", w->word, value);
}

int apply_type(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	(void) w;
	if (mount_type_parse(value, &p->m.type) == 0)
		return 0;
	return error_hint(err, error_msg(err, EINVAL, "mount type unknown: '%.100s'", value),
			  "the types are bind, volume, tmpfs, ramfs, image, glob, devpts and overlay");
}

int apply_source(struct spec_parser *p, const struct spec_word *w, const char *value,
		 struct error *err)
{
	(void) w;
	return spec_set_source(p, value, err);
}

int apply_target(struct spec_parser *p, const struct spec_word *w, const char *value,
		 struct error *err)
{
	(void) w;
	return spec_set_target(p, value, err);
}

int apply_propagation(struct spec_parser *p, const struct spec_word *w, const char *value,
		      struct error *err)
{
	const char *name = value ? value : w->word;

	if (mount_propagation_parse(name, &p->m.propagation) < 0)
		return error_msg(err, EINVAL, "invalid propagation mode: %.100s", name);
	return 0;
}

int apply_recursive(struct spec_parser *p, const struct spec_word *w, const char *value,
		    struct error *err)
{
	bool yes = false;

	p->recursive_ro = STREQ(value, "readonly");
	if (STREQ(value, "disabled") || (parse_bool(value, &yes) == 0 && !yes))
		p->m.flags |= MOUNT_NONRECURSIVE;
	else if (STREQ(value, "writable"))
		p->m.flags |= MOUNT_RO_TOP_ONLY;
	else if (!STREQ(value, "enabled") && !yes && !p->recursive_ro)
		return bad_value(w, value, err);
	return 0;
}

int refuse_nonrecursive(struct spec_parser *p, const struct spec_word *w, const char *value,
			struct error *err)
{
	(void) p, (void) w, (void) value;
	return error_msg(err, EINVAL,
			 "bind-nonrecursive is deprecated, use bind-recursive=disabled instead");
}

/* Relative, and never above where it starts; what links do is seen when it is opened. */
int apply_subpath(struct spec_parser *p, const struct spec_word *w, const char *value,
		  struct error *err)
{
	/* podman's way to write the same, of an image. */
	bool from_top = STREQ(w->word, "subpath") && value[0] == '/';
	auto_free char *clean = path_clean(from_top ? value + 1 : value);

	if (!clean)
		return error_set(err, ENOMEM, "cannot keep the subpath");
	if (clean[0] == '/' || (clean[0] == '.' && clean[1] == '.' && strchr("/", clean[2])))
		return error_msg(err, EINVAL, "subpath must be a relative path within the volume");
	free(p->m.subpath);
	p->m.subpath = take_ptr(clean);
	return 0;
}

/* The member that a word with a plain text sets. */
static char **text_of(struct spec_parser *p, enum spec_class class)
{
	switch (class) {
	case CLASS_UPPER:
		return &p->m.upper;
	case CLASS_WORK:
		return &p->m.work;
	case CLASS_KEEP:
		return &p->m.keep;
	case CLASS_OWNER:
		return &p->m.idmap;
	default:
		return &p->m.driver;
	}
}

int apply_text(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	char **to = text_of(p, w->class), *copy = strdup(value);

	if (!copy)
		return error_set(err, ENOMEM, "cannot keep %s", w->word);
	free(*to);
	*to = copy;
	return 0;
}

int apply_relabel(struct spec_parser *p, const struct spec_word *w, const char *value,
		  struct error *err)
{
	(void) p;
	return STREQ(value, "shared") || STREQ(value, "private") ? 0 : bad_value(w, value, err);
}

int apply_idmap(struct spec_parser *p, const struct spec_word *w, const char *value,
		struct error *err)
{
	struct idmap map;
	int r = value ? mount_idmap_parse(value, &map, err) : 0;

	p->m.flags |= MOUNT_IDMAP;
	return r == 0 && value ? apply_text(p, w, value, err) : r;
}

int apply_keep(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	int r = name_check_volume(value, err);

	return r < 0 ? r : apply_text(p, w, value, err);
}

/* Paths between semicolons, each below the source by its text alone; links are seen to when mounting. */
int apply_exclude(struct spec_parser *p, const struct spec_word *w, const char *value,
		  struct error *err)
{
	while (*value) {
		size_t n = strcspn(value, ";");
		auto_free char *one = strndup(value, n), *clean = one ? path_clean(one) : NULL;

		if (!clean)
			return error_set(err, ENOMEM, "cannot keep %s", w->word);
		if (n == 0 || clean[0] == '/' || STREQ(clean, ".") ||
		    (clean[0] == '.' && clean[1] == '.' && strchr("/", clean[2])))
			return error_msg(err, EINVAL, "'%.100s' of exclude is no path below the source",
					 one);
		if (spec_check_path(clean, err) < 0)
			return -EINVAL;
		if (strv_add(&p->m.exclude, clean) < 0)
			return error_set(err, ENOMEM, "cannot keep %s", w->word);
		value += n + (value[n] == ';');
	}
	return 0;
}

/* KEY or KEY=TEXT as an entry KEY=TEXT of a vector in which the last one of a key wins. */
int apply_pair(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	struct strv *list = w->class == CLASS_LABEL ? &p->m.labels : &p->m.driver_opts;
	auto_free char *pair = str_format("%s%s", value, strchr(value, '=') ? "" : "=");

	if (value[0] == '=')
		return bad_value(w, value, err);
	if (!pair || strv_set_env(list, pair) < 0)
		return error_set(err, ENOMEM, "cannot keep %s", w->word);
	return 0;
}

static int add_tmpfs_option(struct spec_parser *p, char *option, struct error *err)
{
	return strv_take(&p->m.tmpfs_options, option) < 0
		       ? error_set(err, ENOMEM, "cannot keep a tmpfs option")
		       : 0;
}

/* "50%" of memory is the kernel's own notation, which docker's --tmpfs passes on. */
static int apply_percent(struct spec_parser *p, const struct spec_word *w, const char *value,
			 struct error *err)
{
	auto_free char *digits = strndup(value, strlen(value) - 1);
	uint64_t percent;

	if (!digits)
		return error_set(err, ENOMEM, "cannot keep %s", w->word);
	if (parse_u64(digits, 100, &percent) < 0 || percent == 0)
		return bad_value(w, value, err);
	return add_tmpfs_option(p, str_format("size=%u%%", (unsigned) percent), err);
}

int apply_size(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	size_t n = strlen(value);

	if (n > 0 && value[n - 1] == '%')
		return apply_percent(p, w, value, err);
	/* The kernel's sizes are signed. */
	if (parse_size(value, &p->m.tmpfs_size) < 0 || p->m.tmpfs_size > INT64_MAX)
		return bad_value(w, value, err);
	return 0;
}

int apply_mode(struct spec_parser *p, const struct spec_word *w, const char *value,
	       struct error *err)
{
	if (parse_octal(value, MAX_MODE, &p->m.tmpfs_mode) < 0)
		return bad_value(w, value, err);
	p->m.has_tmpfs_mode = true;
	return 0;
}

int apply_number(struct spec_parser *p, const struct spec_word *w, const char *value,
		 struct error *err)
{
	bool is_id = w->class == CLASS_UID || w->class == CLASS_GID;
	uint64_t n;
	int r = is_id ? parse_u64(value, MAX_ID, &n) : parse_size(value, &n);

	if (r < 0 || n > INT64_MAX)
		return bad_value(w, value, err);
	return add_tmpfs_option(p, str_format("%s=%llu", w->word, (unsigned long long)n), err);
}


int apply_octal(struct spec_parser *p, const struct spec_word *w, const char *value,
		struct error *err)
{
	unsigned mode;

	if (parse_octal(value, MAX_MODE, &mode) < 0)
		return bad_value(w, value, err);
	return add_tmpfs_option(p, str_format("%s=%o", w->word, mode), err);
}

/* A word that the file system takes as it is. */
int apply_option(struct spec_parser *p, const struct spec_word *w, const char *value,
		 struct error *err)
{
	(void) value;
	return add_tmpfs_option(p, strdup(w->word), err);
}
