/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files spec*.c alone: one mount specification while it is being read. */
#ifndef BERTH_MOUNT_SPEC_INTERNAL_H
#define BERTH_MOUNT_SPEC_INTERNAL_H

#include "mount/spec.h"

/* Where an option is written; the table in spec_words.c says in which of them a word is known. */
enum spec_form {
	FORM_VOLUME = 1, /* -v */
	FORM_MOUNT = 2,	 /* --mount */
	FORM_TMPFS = 4,	 /* --tmpfs */
};

/* Of the words of one class at most one may be given, and that once. */
enum spec_class {
	CLASS_ACCESS,
	CLASS_EXEC,
	CLASS_DEV,
	CLASS_SUID,
	CLASS_ATIME,
	CLASS_COPY,
	CLASS_RELABEL,
	CLASS_CONSISTENCY,
	CLASS_PROPAGATION,
	CLASS_RECURSION,
	CLASS_CREATE,
	CLASS_LINK,
	CLASS_OWNER,
	CLASS_VIEW,
	CLASS_UPPER,
	CLASS_WORK,
	CLASS_KEEP,
	CLASS_EXCLUDE,
	CLASS_TYPE,
	CLASS_SOURCE,
	CLASS_TARGET,
	CLASS_SUBPATH,
	CLASS_DRIVER,
	CLASS_LABEL, /* these two may be repeated */
	CLASS_DRIVER_OPT,
	CLASS_SIZE,
	CLASS_MODE,
	CLASS_UID,
	CLASS_GID,
	CLASS_INODES,
	CLASS_BLOCKS,
	CLASS_SWAP,
	CLASS_MAX,
	CLASS_PTMXMODE,
	CLASS_NEWINSTANCE,
	CLASS_COUNT,
};

enum word_value {
	FLAG,	 /* a bare word; in --mount also WORD=BOOL */
	VALUE,	 /* WORD=VALUE */
	OPTIONAL, /* a bare word or WORD=VALUE, both for .apply */
	IGNORED, /* a bare word, or in --mount with a value, that has no effect here */
};

struct spec_parser;

/* One option of the table. */
struct spec_word {
	const char *word;
	unsigned forms, types;
	enum spec_class class;
	enum word_value value;
	unsigned on, off; /* FLAG: the mount flags that the word and WORD=false set */
	int (*apply)(struct spec_parser *p, const struct spec_word *w, const char *value,
		     struct error *err); /* VALUE, or FLAG if it is more than flags */
	const char *arg, *help; /* NULL help: another spelling of the word before it */
};

struct spec_parser {
	struct mount_spec m;
	enum spec_form form;
	const struct spec_word *seen[CLASS_COUNT]; /* the word of each class, or NULL */
	bool recursive_ro;			   /* bind-recursive=readonly */
};

void spec_parser_done(struct spec_parser *p);
DEFINE_AUTO(spec_parser, struct spec_parser, spec_parser_done)
#define auto_spec_parser auto_clean(spec_parser)

/** spec_word_find() - the word @name as it may be written in @form, or NULL. */
const struct spec_word *spec_word_find(enum spec_form form, const char *name);

/*
 * What the words of the table do with their values: spec_apply.c. Each returns 0 or -EINVAL with
 * @err; @value is NULL for a word without one.
 */
typedef int spec_apply_fn(struct spec_parser *p, const struct spec_word *w, const char *value,
			  struct error *err);
spec_apply_fn apply_type, apply_source, apply_target, apply_propagation, apply_recursive,
	refuse_nonrecursive, apply_subpath, apply_text, apply_pair, apply_size, apply_mode,
	apply_number, apply_octal, apply_option, apply_relabel, apply_idmap, apply_exclude, apply_keep;

/**
 * spec_option() - take one option as it was written: WORD or WORD=VALUE.
 * Return: 0 or -EINVAL with @err, which names the option but not the argument it stands in.
 */
int spec_option(struct spec_parser *p, const char *option, struct error *err);

/** spec_finish() - when all options are known: do they fit each other and the type of mount? */
int spec_finish(struct spec_parser *p, struct error *err);

/** spec_finish_places() - the part of it that judges source, target and subpath. */
int spec_finish_places(struct spec_parser *p, struct error *err);

/** spec_check_path() - what no path may hold or exceed, wherever it is. */
int spec_check_path(const char *path, struct error *err);

/** spec_set_target() - check a container path and keep it, cleaned. */
int spec_set_target(struct spec_parser *p, const char *target, struct error *err);

/** spec_set_source() - keep the source as written; spec_finish() judges it, when the type is known. */
int spec_set_source(struct spec_parser *p, const char *source, struct error *err);

/** spec_take() - keep the argument's text and move the finished mount to the end of @list. */
int spec_take(struct spec_parser *p, const char *arg, struct mount_specs *list, struct error *err);

/** spec_blame() - put "invalid WHAT 'ARG'" before the error, a long ARG cut. Return: @r. */
int spec_blame(struct error *err, int r, const char *what, const char *arg);

#endif
