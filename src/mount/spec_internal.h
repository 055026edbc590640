/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files spec*.c alone: one mount specification while it is being read. */
#ifndef BERTH_MOUNT_SPEC_INTERNAL_H
#define BERTH_MOUNT_SPEC_INTERNAL_H

#include "mount/spec.h"

/* Where an option is written; the table in spec_options.c says in which of them a word is known. */
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
	CLASS_COPY,
	CLASS_RELABEL,
	CLASS_CONSISTENCY,
	CLASS_PROPAGATION,
	CLASS_RECURSION,
	CLASS_CREATE_SOURCE,
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
	CLASS_COUNT,
};

struct spec_word;

struct spec_parser {
	struct mount_spec m;
	enum spec_form form;
	const struct spec_word *seen[CLASS_COUNT]; /* the word of each class, or NULL */
	bool recursive_ro;			   /* bind-recursive=readonly */
};

void spec_parser_done(struct spec_parser *p);
DEFINE_AUTO(spec_parser, struct spec_parser, spec_parser_done)
#define auto_spec_parser auto_clean(spec_parser)

/**
 * spec_option() - take one option as it was written: WORD or WORD=VALUE.
 * Return: 0 or -EINVAL with @err, which names the option but not the argument it stands in.
 */
int spec_option(struct spec_parser *p, const char *option, struct error *err);

/** spec_finish() - when all options are known: do they fit each other and the type of mount? */
int spec_finish(struct spec_parser *p, struct error *err);

/** spec_finish_places() - the part of it that judges source, target and subpath. */
int spec_finish_places(struct spec_parser *p, struct error *err);

/** spec_set_target() - check a container path and keep it, cleaned. */
int spec_set_target(struct spec_parser *p, const char *target, struct error *err);

/** spec_set_source() - keep the source as written; spec_finish() judges it, when the type is known. */
int spec_set_source(struct spec_parser *p, const char *source, struct error *err);

/** spec_take() - keep the argument's text and move the finished mount to the end of @list. */
int spec_take(struct spec_parser *p, const char *arg, struct mount_specs *list, struct error *err);

/** spec_blame() - put "invalid WHAT 'ARG'" before the error, a long ARG cut. Return: @r. */
int spec_blame(struct error *err, int r, const char *what, const char *arg);

#endif
