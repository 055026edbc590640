/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-template - the helper for templates in object storage: what needs the network, compression or digests.
 * Its command line is no interface for people: berth's own is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/child.h"
#include "base/macros.h"
#include "base/path.h"
#include "helper/template_verbs.h"
#include "template/stream.h"

#define EXIT_ENGINE 125

static const struct verb {
	const char *name;
	int (*run)(const struct template_call *c, struct error *err);
	int min_args;
} verbs[] = {
	{ "import", template_import, 4 },
	{ "export", template_export, 2 },
	{ "ls", template_ls, 2 },
	{ "files", template_files, 3 },
	{ "cat", template_cat, 3 },
	{ "tar", template_tar, 3 },
	{ "inspect", template_inspect, 1 },
	{ "serve", template_serve, 1 },
	{ "hold", template_hold, 2 },
	{ "nbd", template_nbd, 3 },
	{ "publish", template_publish_mount, 1 },
	{ "rm", template_rm, 2 },
	{ "copy", template_copy, 3 },
	{ "gc", template_gc, 0 },
	{ "cache-ls", template_cache_ls, 0 },
	{ "cache-prune", template_cache_prune, 1 },
};

/* The storage at @url; if that is "", of the environment, else ROOT/templates. */
static int find_location(const struct template_call *c, const char *url, struct template_location *ret,
			 struct error *err)
{
	auto_free char *dir = path_join(c->store->root, "templates");

	if (*url)
		return template_location_parse(url, ret, err);
	return dir ? template_location_from_env(dir, ret, err)
		   : error_set(err, ENOMEM, "cannot find the templates");
}

int template_place_open(const struct template_call *c, const char *url, struct template_place *ret,
			struct error *err)
{
	int r = find_location(c, url, &ret->location, err);

	return r < 0 ? r : storage_open(&ret->location, &ret->storage, err);
}

int template_call_stream(const struct template_call *c, const char *build, const char *overlay,
			 struct template_location *location, struct block_device **ret,
			 struct error *err)
{
	struct template_stream_options o = { .location = location, .build = build, .overlay = overlay };
	auto_free char *cache = NULL;
	int r = template_cache_from_env(c->store->root, &cache, &o.cache_limit, err);

	if (r < 0)
		return r;
	o.cache_dir = cache;
	r = find_location(c, "", location, err);
	return r < 0 ? r : template_stream_open(&o, ret, err);
}

static int run(int argc, char **argv, struct error *err)
{
	auto_store struct store s = STORE_INIT;
	struct template_call c = { .store = &s, .argc = argc - 4, .argv = argv + 4 };

	for (size_t i = 0; argc > 3 && i < ARRAY_SIZE(verbs); i++) {
		int r;

		if (!STREQ(argv[1], verbs[i].name))
			continue;
		if (c.argc < verbs[i].min_args)
			return error_msg(err, EINVAL, "berth-template %s: too few arguments",
					 argv[1]);
		r = store_open(&s, argv[2], argv[3], err);
		return r < 0 ? r : verbs[i].run(&c, err);
	}
	return error_msg(err, EINVAL, "usage: berth-template VERB ROOT RUN ARGUMENT...");
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	int r;

	/* Run by hand: no file that is opened later may get the number that errors are written to. */
	if (fcntl(CHILD_ERROR_FD, F_GETFD) < 0) {
		int fd = open("/", O_PATH | O_CLOEXEC);

		if (fd >= 0 && fd != CHILD_ERROR_FD)
			(void)dup3(fd, CHILD_ERROR_FD, O_CLOEXEC);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	r = run(argc, argv, &err);
	if (r == 0 && fflush(stdout) != 0)
		r = error_set(&err, errno, "cannot write the result");
	if (r >= 0)
		return r;
	if (err.code == 0)
		(void)error_set(&err, r, "berth-template %s failed", argc > 1 ? argv[1] : "");
	child_report(&err);
	return EXIT_ENGINE;
}
