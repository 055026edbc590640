/* SPDX-License-Identifier: Apache-2.0 */
/* berth template commit, reexec: what is done with template mounts that are in use */
#include <errno.h>
#include <unistd.h>

#include "base/child.h"
#include "cli/commands.h"
#include "cli/library.h"

static int commit(struct cli *cli, char **argv, struct error *err)
{
	auto_manager struct berth_manager *m = NULL;
	struct berth_error e;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = library_open(cli, &m, err);
	if (r < 0)
		return r;
	r = library_error(berth_commit_template(m, argv[0], argv[1], &e), &e, err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[1]);
	return r;
}

static int reexec(struct cli *cli, char **argv, struct error *err)
{
	auto_manager struct berth_manager *m = NULL;
	struct berth_error e;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = library_open(cli, &m, err);
	return r < 0 ? r : library_error(berth_reexec(m, &e), &e, err);
}

struct serve_options {
	const char *socket, *overlay;
};

#define S struct serve_options

static const struct opt serve_table[] = {
	{ .name = "overlay",
	  .type = OPT_STRING,
	  .complete = COMPLETE_FILE,
	  .arg = "FILE",
	  .offset = OPT_OFFSET(S, overlay, const char *),
	  .help = "Serve it writable, with what is written in FILE, made when missing" },
	{ .name = "socket",
	  .type = OPT_STRING,
	  .complete = COMPLETE_FILE,
	  .arg = "PATH",
	  .offset = OPT_OFFSET(S, socket, const char *),
	  .help = "Unix socket to listen on, made by this command" },
	OPT_END
};
#undef S

/* Become the helper: it runs until it is told to end, and the signals of the terminal are its own. */
static int become_server(const struct store *s, const char *build, const struct serve_options *o,
			 struct error *err)
{
	auto_free char *path = helper_path("berth-template", err);
	auto_strv struct strv argv = STRV_INIT;

	if (!path)
		return -ENOENT;
	if (strv_add(&argv, "berth-template") < 0 || strv_add(&argv, "nbd") < 0 ||
	    strv_add(&argv, s->root) < 0 || strv_add(&argv, s->run) < 0 || strv_add(&argv, build) < 0 ||
	    strv_add(&argv, o->socket) < 0 || strv_add(&argv, o->overlay ? o->overlay : "") < 0)
		return error_set(err, ENOMEM, "cannot start the server");
	/* It reports failures on this descriptor, or to people where there is none. */
	(void)close(CHILD_ERROR_FD);
	(void)execv(path, argv.v);
	return error_set(err, errno, "cannot start '%s'", path);
}

static int serve(struct cli *cli, char **argv, struct error *err)
{
	struct serve_options o = { .socket = NULL };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (!o.socket)
		return error_hint(err, error_msg(err, EINVAL, "'%s' requires --socket PATH", cli->path),
				  "see '%s --help'", cli->path);
	r = cli_store(cli, &s, err);
	return r < 0 ? r : become_server(s, argv[1], &o, err);
}

const struct command cmd_template_serve = {
	.synopsis = "[OPTIONS] TEMPLATE BUILD --socket PATH",
	.summary = "Serve a build of a template to NBD clients",
	.description = "Runs until it is interrupted. Prints the path of the socket when it listens.",
	.opts = serve_table,
	.examples = (const char *const[]){
		"for nbdinfo nbd+unix:///?socket=/run/t.sock and other clients",
		"berth template serve my-template $BUILD --socket /run/t.sock",
		NULL },
	.run = serve,
	.min_args = 2,
	.max_args = 2,
};

const struct command cmd_template_commit = {
	.synopsis = "PATH NEW_BUILD",
	.summary = "Make a new build of the changes in a mount",
	.description = "All of it is of one instant: the file system is frozen until it is published. "
		       "Only changed blocks are stored, on top of the build that is mounted. The mount "
		       "stays as it is. Prints NEW_BUILD.",
	.run = commit,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_DIR,
};

const struct command cmd_template_reexec = {
	.synopsis = "[OPTIONS]",
	.summary = "Restart the servers of mounts after an upgrade",
	.description = "The berth that is installed now takes over. Mounts stay; who uses them waits "
		       "for a moment.",
	.run = reexec,
};
