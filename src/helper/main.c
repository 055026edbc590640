/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-archive - the helper that unpacks, packs, compresses and hashes.
 * Its command line is described in store/archive.c and is no interface for people: berth itself is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/macros.h"
#include "helper/verbs.h"

#define EXIT_ENGINE 125

#define FIELD(name) offsetof(struct verb_args, name)
#define NO_FIELD    SIZE_MAX

/* What each verb's arguments are, in their order, and where the rest of them goes. */
static const struct verb {
	const char *name;
	int (*run)(const struct store *s, const struct verb_args *a, struct error *err);
	size_t n;
	size_t fields[5];
	size_t rest;
} verbs[] = {
	{ "import", verb_import, 4,
	  { FIELD(source), FIELD(reference), FIELD(message), FIELD(platform) }, FIELD(changes) },
	{ "commit", verb_commit, 5,
	  { FIELD(parent), FIELD(container), FIELD(reference), FIELD(author), FIELD(message) },
	  FIELD(changes) },
	{ "export", verb_export, 0, { 0 }, NO_FIELD },
	{ "pack", verb_pack, 0, { 0 }, NO_FIELD },
	{ "unpack", verb_unpack, 0, { 0 }, NO_FIELD },
	{ "save", verb_save, 3, { FIELD(format), FIELD(compression), FIELD(output) },
	  FIELD(references) },
	{ "load", verb_load, 2, { FIELD(source), FIELD(quiet) }, NO_FIELD },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (STREQ(name, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

static int parse_args(const struct verb *v, char **argv, struct verb_args *a, struct error *err)
{
	size_t i = 0;

	for (; i < v->n; i++) {
		if (!argv[i])
			return error_msg(err, EINVAL, "berth-archive: too few arguments");
		if (argv[i][0])
			*(const char **)(void *)((char *)a + v->fields[i]) = argv[i];
	}
	if (!argv[i])
		return 0;
	if (v->rest == NO_FIELD)
		return error_msg(err, EINVAL, "berth-archive: too many arguments");
	return strv_copy((struct strv *)(void *)((char *)a + v->rest), argv + i);
}

static int run(int argc, char **argv, struct verb_args *a, struct error *err)
{
	auto_store struct store s = STORE_INIT;
	const struct verb *v = argc > 3 ? find_verb(argv[1]) : NULL;
	int r;

	if (!v)
		return error_msg(err, EINVAL, "usage: berth-archive VERB ROOT RUN ARGUMENT...");
	r = parse_args(v, argv + 4, a, err);
	if (r == 0)
		r = store_open(&s, argv[2], argv[3], err);
	return r < 0 ? r : v->run(&s, a, err);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct verb_args a = { 0 };
	int r;

	/* Run by hand: no file that is opened later may get the number that errors are written to. */
	if (fcntl(CHILD_ERROR_FD, F_GETFD) < 0) {
		int fd = open("/", O_PATH | O_CLOEXEC);

		if (fd >= 0 && fd != CHILD_ERROR_FD)
			(void)dup3(fd, CHILD_ERROR_FD, O_CLOEXEC);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	r = run(argc, argv, &a, &err);
	if (r == 0 && fflush(stdout) != 0)
		r = error_set(&err, errno, "cannot write the result");
	strv_done(&a.changes);
	strv_done(&a.references);
	if (r == 0)
		return 0;
	if (err.code == 0)
		(void)error_set(&err, r, "berth-archive %s failed", argc > 1 ? argv[1] : "");
	child_report(&err);
	return EXIT_ENGINE;
}
