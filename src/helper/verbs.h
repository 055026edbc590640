/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of berth-archive and what they are told on the command line (src/store/archive.c tells it). */
#ifndef BERTH_HELPER_VERBS_H
#define BERTH_HELPER_VERBS_H

#include "base/error.h"
#include "base/strv.h"
#include "store/store.h"

/* The first descriptor that berth passes on. */
#define PASSED_FD 4

struct verb_args {
	/* All may be NULL: not given. */
	const char *source, *output;
	const char *reference, *message, *author, *platform;
	const char *parent, *container;
	const char *format, *compression, *quiet;
	struct strv changes, references;
};

int verb_import(const struct store *s, const struct verb_args *a, struct error *err);
int verb_commit(const struct store *s, const struct verb_args *a, struct error *err);
int verb_export(const struct store *s, const struct verb_args *a, struct error *err);
int verb_pack(const struct store *s, const struct verb_args *a, struct error *err);
int verb_unpack(const struct store *s, const struct verb_args *a, struct error *err);
int verb_save(const struct store *s, const struct verb_args *a, struct error *err);
int verb_load(const struct store *s, const struct verb_args *a, struct error *err);

#endif
