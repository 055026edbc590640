/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option words of -v, --mount and --tmpfs: one table, which says for each word where it may be
 * written, which types of mount it is for, and what it sets. docker's words, and podman's beside
 * them.
 *
 * What ends at the kernel (sizes, ids, modes) is parsed to a number here and written anew from it:
 * no text of the user's is ever part of a mount option (CVE-2024-11218).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/path.h"
#include "mount/spec_internal.h"

#define IN_V   FORM_VOLUME
#define IN_M   FORM_MOUNT
#define IN_T   FORM_TMPFS
#define IN_VM  (IN_V | IN_M)
#define IN_VMT (IN_V | IN_M | IN_T)
#define IN_MT  (IN_M | IN_T)

#define TYPE(t)	   (1u << (t))
#define FOR_BIND   TYPE(MOUNT_BIND)
#define FOR_VOLUME TYPE(MOUNT_VOLUME)
#define FOR_TMPFS  TYPE(MOUNT_TMPFS)
#define FOR_HOST   (FOR_BIND | FOR_VOLUME)
#define FOR_ALL	   (FOR_HOST | FOR_TMPFS)

#define MAX_ID	 (UINT32_MAX - 1) /* (uid_t)-1 means "none" to the kernel */
#define MAX_MODE 07777u

enum word_value {
	FLAG,	 /* a bare word; in --mount also WORD=BOOL */
	VALUE,	 /* WORD=VALUE */
	IGNORED, /* a bare word, or in --mount with a value, that has no effect here */
};

struct spec_word {
	const char *word;
	unsigned forms, types;
	enum spec_class class;
	enum word_value value;
	unsigned on, off; /* FLAG: the mount flags that the word and WORD=false set */
	int (*apply)(struct spec_parser *p, const struct spec_word *w, const char *value,
		     struct error *err); /* VALUE, or FLAG if it is more than flags */
};

static const char *const type_names[] = {
	[MOUNT_BIND] = "bind",
	[MOUNT_VOLUME] = "volume",
	[MOUNT_TMPFS] = "tmpfs",
};

static int bad_value(const struct spec_word *w, const char *value, struct error *err)
{
	return error_msg(err, EINVAL, "invalid value for %s: '%.100s'", w->word, value);
}

static int apply_type(struct spec_parser *p, const struct spec_word *w, const char *value,
		      struct error *err)
{
	(void) w;
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (strcasecmp(value, type_names[i]) == 0) {
			p->m.type = (enum mount_type) i;
			return 0;
		}
	}
	return error_hint(err, error_msg(err, EINVAL, "mount type unknown: '%.100s'", value),
			  "the types are bind, volume and tmpfs");
}

static int apply_source(struct spec_parser *p, const struct spec_word *w, const char *value,
			struct error *err)
{
	(void) w;
	return spec_set_source(p, value, err);
}

static int apply_target(struct spec_parser *p, const struct spec_word *w, const char *value,
			struct error *err)
{
	(void) w;
	return spec_set_target(p, value, err);
}

static int apply_propagation(struct spec_parser *p, const struct spec_word *w, const char *value,
			     struct error *err)
{
	const char *name = value ? value : w->word;

	if (mount_propagation_parse(name, &p->m.propagation) < 0)
		return error_msg(err, EINVAL, "invalid propagation mode: %.100s", name);
	return 0;
}

static int apply_recursive(struct spec_parser *p, const struct spec_word *w, const char *value,
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

static int refuse_nonrecursive(struct spec_parser *p, const struct spec_word *w, const char *value,
			       struct error *err)
{
	(void) p, (void) w, (void) value;
	return error_msg(err, EINVAL,
			 "bind-nonrecursive is deprecated, use bind-recursive=disabled instead");
}

/* Relative, and never above where it starts; what links do is seen when it is opened. */
static int apply_subpath(struct spec_parser *p, const struct spec_word *w, const char *value,
			 struct error *err)
{
	auto_free char *clean = path_clean(value);

	(void) w;
	if (!clean)
		return error_set(err, ENOMEM, "cannot keep the subpath");
	if (clean[0] == '/' || (clean[0] == '.' && clean[1] == '.' && strchr("/", clean[2])))
		return error_msg(err, EINVAL, "subpath must be a relative path within the volume");
	free(p->m.subpath);
	p->m.subpath = take_ptr(clean);
	return 0;
}

static int apply_driver(struct spec_parser *p, const struct spec_word *w, const char *value,
			struct error *err)
{
	char *copy = strdup(value);

	(void) w;
	if (!copy)
		return error_set(err, ENOMEM, "cannot keep the driver");
	free(p->m.driver);
	p->m.driver = copy;
	return 0;
}

/* KEY or KEY=TEXT as an entry KEY=TEXT of a vector in which the last one of a key wins. */
static int apply_pair(struct spec_parser *p, const struct spec_word *w, const char *value,
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

static int apply_size(struct spec_parser *p, const struct spec_word *w, const char *value,
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

static int apply_mode(struct spec_parser *p, const struct spec_word *w, const char *value,
		      struct error *err)
{
	if (parse_octal(value, MAX_MODE, &p->m.tmpfs_mode) < 0)
		return bad_value(w, value, err);
	p->m.has_tmpfs_mode = true;
	return 0;
}

static int apply_number(struct spec_parser *p, const struct spec_word *w, const char *value,
			struct error *err)
{
	bool is_id = w->class == CLASS_UID || w->class == CLASS_GID;
	uint64_t n;
	int r = is_id ? parse_u64(value, MAX_ID, &n) : parse_size(value, &n);

	if (r < 0 || n > INT64_MAX)
		return bad_value(w, value, err);
	return add_tmpfs_option(p, str_format("%s=%llu", w->word, (unsigned long long)n), err);
}

static const struct spec_word words[] = {
	/* word, where, for, class, value, on, off, apply */
	{ "ro", IN_VMT, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RO, MOUNT_RW, NULL },
	{ "readonly", IN_M, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RO, MOUNT_RW, NULL },
	{ "rw", IN_VMT, FOR_ALL, CLASS_ACCESS, FLAG, MOUNT_RW, MOUNT_RO, NULL },
	{ "exec", IN_VMT, FOR_ALL, CLASS_EXEC, FLAG, MOUNT_EXEC, MOUNT_NOEXEC, NULL },
	{ "noexec", IN_VMT, FOR_ALL, CLASS_EXEC, FLAG, MOUNT_NOEXEC, MOUNT_EXEC, NULL },
	{ "dev", IN_VMT, FOR_ALL, CLASS_DEV, FLAG, MOUNT_DEV, MOUNT_NODEV, NULL },
	{ "nodev", IN_VMT, FOR_ALL, CLASS_DEV, FLAG, MOUNT_NODEV, MOUNT_DEV, NULL },
	{ "suid", IN_VMT, FOR_ALL, CLASS_SUID, FLAG, MOUNT_SUID, MOUNT_NOSUID, NULL },
	{ "nosuid", IN_VMT, FOR_ALL, CLASS_SUID, FLAG, MOUNT_NOSUID, MOUNT_SUID, NULL },

	/* Without SELinux there is nothing to relabel; the consistency words were for macOS. */
	{ "z", IN_VM, FOR_HOST, CLASS_RELABEL, IGNORED, 0, 0, NULL },
	{ "Z", IN_VM, FOR_HOST, CLASS_RELABEL, IGNORED, 0, 0, NULL },
	{ "consistent", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL },
	{ "cached", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL },
	{ "delegated", IN_V, FOR_HOST, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL },
	{ "consistency", IN_M, FOR_ALL, CLASS_CONSISTENCY, IGNORED, 0, 0, NULL },

	{ "private", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "rprivate", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "slave", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "rslave", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "shared", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "rshared", IN_VM, FOR_BIND, CLASS_PROPAGATION, FLAG, 0, 0, apply_propagation },
	{ "bind-propagation", IN_M, FOR_BIND, CLASS_PROPAGATION, VALUE, 0, 0, apply_propagation },

	/* A volume has nothing mounted below it: there both words are without effect. */
	{ "bind", IN_V, FOR_HOST, CLASS_RECURSION, FLAG, MOUNT_NONRECURSIVE, 0, NULL },
	{ "rbind", IN_V, FOR_HOST, CLASS_RECURSION, FLAG, 0, 0, NULL },
	{ "bind-recursive", IN_M, FOR_BIND, CLASS_RECURSION, VALUE, 0, 0, apply_recursive },
	{ "bind-nonrecursive", IN_M, FOR_BIND, CLASS_RECURSION, FLAG, 0, 0, refuse_nonrecursive },
	{ "bind-create-src", IN_M, FOR_BIND, CLASS_CREATE_SOURCE, FLAG, MOUNT_CREATE_SOURCE, 0,
	  NULL },

	{ "type", IN_M, FOR_ALL, CLASS_TYPE, VALUE, 0, 0, apply_type },
	{ "source", IN_M, FOR_ALL, CLASS_SOURCE, VALUE, 0, 0, apply_source },
	{ "src", IN_M, FOR_ALL, CLASS_SOURCE, VALUE, 0, 0, apply_source },
	{ "target", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target },
	{ "destination", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target },
	{ "dest", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target },
	{ "dst", IN_M, FOR_ALL, CLASS_TARGET, VALUE, 0, 0, apply_target },

	{ "nocopy", IN_V, FOR_VOLUME, CLASS_COPY, FLAG, MOUNT_NOCOPY, 0, NULL },
	{ "volume-nocopy", IN_M, FOR_VOLUME, CLASS_COPY, FLAG, MOUNT_NOCOPY, 0, NULL },
	{ "volume-subpath", IN_M, FOR_VOLUME, CLASS_SUBPATH, VALUE, 0, 0, apply_subpath },
	{ "volume-driver", IN_M, FOR_VOLUME, CLASS_DRIVER, VALUE, 0, 0, apply_driver },
	{ "volume-label", IN_M, FOR_VOLUME, CLASS_LABEL, VALUE, 0, 0, apply_pair },
	{ "volume-opt", IN_M, FOR_VOLUME, CLASS_DRIVER_OPT, VALUE, 0, 0, apply_pair },

	{ "size", IN_T, FOR_TMPFS, CLASS_SIZE, VALUE, 0, 0, apply_size },
	{ "tmpfs-size", IN_M, FOR_TMPFS, CLASS_SIZE, VALUE, 0, 0, apply_size },
	{ "mode", IN_T, FOR_TMPFS, CLASS_MODE, VALUE, 0, 0, apply_mode },
	{ "tmpfs-mode", IN_M, FOR_TMPFS, CLASS_MODE, VALUE, 0, 0, apply_mode },
	{ "uid", IN_T, FOR_TMPFS, CLASS_UID, VALUE, 0, 0, apply_number },
	{ "gid", IN_T, FOR_TMPFS, CLASS_GID, VALUE, 0, 0, apply_number },
	{ "nr_inodes", IN_T, FOR_TMPFS, CLASS_INODES, VALUE, 0, 0, apply_number },
	{ "nr_blocks", IN_T, FOR_TMPFS, CLASS_BLOCKS, VALUE, 0, 0, apply_number },
};

/* docker lowers the case of --mount's keys; z and Z, which differ, are found as they are first. */
static const struct spec_word *find_word(enum spec_form form, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if ((words[i].forms & form) && STREQ(words[i].word, name))
			return &words[i];
	}
	for (size_t i = 0; form == FORM_MOUNT && i < ARRAY_SIZE(words); i++) {
		if ((words[i].forms & form) && strcasecmp(words[i].word, name) == 0)
			return &words[i];
	}
	return NULL;
}

static int unknown_word(const struct spec_parser *p, const char *name, const char *option,
			struct error *err)
{
	if (name[0] == '\0')
		return error_msg(err, EINVAL, "an option is empty");
	if (p->form == FORM_MOUNT)
		return error_msg(err, EINVAL, "unknown option '%.100s' in '%.100s'", name, option);
	return error_msg(err, EINVAL, "invalid mode: %.100s", option);
}

static int note_class(struct spec_parser *p, const struct spec_word *w, struct error *err)
{
	const struct spec_word *before = p->seen[w->class];

	p->seen[w->class] = w;
	if (!before || w->class == CLASS_LABEL || w->class == CLASS_DRIVER_OPT)
		return 0;
	if (before == w)
		return error_msg(err, EINVAL, "option '%s' is given twice", w->word);
	return error_msg(err, EINVAL, "options '%s' and '%s' exclude each other", before->word,
			 w->word);
}

static bool has_outer_space(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && (strchr(" \t", s[0]) || strchr(" \t", s[n - 1]));
}

/* docker's checks of a value in --mount, which do no harm in the other forms. */
static int check_value(const struct spec_word *w, const char *option, const char *value,
		       struct error *err)
{
	if (w->value == VALUE && !value)
		return error_msg(err, EINVAL, "invalid field '%.100s' must be a key=value pair",
				 option);
	if (value && value[0] == '\0')
		return error_msg(err, EINVAL, "invalid value for '%s': value is empty", w->word);
	if (value && has_outer_space(value))
		return error_msg(
			err, EINVAL,
			"invalid value for '%s' in '%.100s': value should not have whitespace",
			w->word, option);
	return 0;
}

/* docker takes only these four as a flag's value, not all that Go calls a boolean. */
static int apply_flag(struct spec_parser *p, const struct spec_word *w, const char *value,
		      struct error *err)
{
	bool yes = !value || STREQ(value, "1") || STREQ(value, "true");

	if (!yes && !STREQ(value, "0") && !STREQ(value, "false"))
		return error_msg(
			err, EINVAL,
			"invalid value for '%s': invalid boolean value ('%.100s'): must be "
			"one of \"true\", \"1\", \"false\", or \"0\" (default \"true\")",
			w->word, value);
	p->m.flags |= yes ? w->on : w->off;
	return yes && w->apply ? w->apply(p, w, NULL, err) : 0;
}

int spec_option(struct spec_parser *p, const char *option, struct error *err)
{
	size_t n = strcspn(option, "=");
	auto_free char *name = strndup(option, n);
	const char *value = option[n] ? option + n + 1 : NULL;
	const struct spec_word *w;
	int r;

	if (!name)
		return error_set(err, ENOMEM, "cannot read an option");
	w = find_word(p->form, name);
	if (!w || (value && w->value != VALUE && p->form != FORM_MOUNT))
		return unknown_word(p, name, option, err);
	r = note_class(p, w, err);
	if (r == 0)
		r = check_value(w, option, value, err);
	if (r < 0 || w->value == IGNORED)
		return r;
	return w->value == FLAG ? apply_flag(p, w, value, err) : w->apply(p, w, value, err);
}

static int wrong_type(const struct spec_parser *p, const struct spec_word *w, struct error *err)
{
	static const char *const prefixes[] = { "bind-", "volume-", "tmpfs-" };
	const char *type = type_names[p->m.type];

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(w->word, prefixes[i], strlen(prefixes[i])) == 0)
			return error_msg(err, EINVAL,
					 "cannot mix '%s*' options with mount type '%s'",
					 prefixes[i], type);
	}
	return error_msg(err, EINVAL, "option '%s' is not for mounts of type '%s'", w->word, type);
}

static int check_recursion(const struct spec_parser *p, struct error *err)
{
	const char *value = p->recursive_ro ? "readonly" : "writable";

	if (!p->recursive_ro && !(p->m.flags & MOUNT_RO_TOP_ONLY))
		return 0;
	if (!(p->m.flags & MOUNT_RO))
		return error_msg(
			err, EINVAL,
			"option 'bind-recursive=%s' requires 'readonly' to be specified in "
			"conjunction",
			value);
	if (p->recursive_ro && p->m.propagation != PROPAGATION_RPRIVATE)
		return error_msg(err, EINVAL,
				 "option 'bind-recursive=readonly' requires "
				 "'bind-propagation=rprivate' to be specified in conjunction");
	return 0;
}

int spec_finish(struct spec_parser *p, struct error *err)
{
	int r;

	for (size_t i = 0; i < CLASS_COUNT; i++) {
		const struct spec_word *w = p->seen[i];

		if (w && !(w->types & TYPE(p->m.type)))
			return wrong_type(p, w, err);
	}
	r = check_recursion(p, err);
	return r < 0 ? r : spec_finish_places(p, err);
}
