/* SPDX-License-Identifier: Apache-2.0 */
/* berth exec */
#include "cli/commands.h"
#include "cli/run_options.h"
#include "runtime/container.h"

#define USAGE_STATUS 125

struct exec_options {
	struct exec_request req;
	struct strv env, env_files;
};

static void exec_options_done(struct exec_options *o)
{
	strv_done(&o->req.env);
	strv_done(&o->req.env_unset);
	strv_done(&o->env);
	strv_done(&o->env_files);
}
DEFINE_AUTO(exec_options, struct exec_options, exec_options_done)

#define S struct exec_options

static const struct opt exec_table[] = {
	OPT_FLAG("detach", 'd', S, req.detach, "Run the command in the background"),
	OPT_LIST("env", 'e', S, env, "NAME[=VALUE]",
		 "Set an environment variable; without VALUE take it from berth's own environment"),
	{ .name = "env-file", .type = OPT_LIST, .complete = COMPLETE_FILE, .arg = "FILE",
	  .offset = OPT_OFFSET(S, env_files, struct strv),
	  .help = "Read environment variables from a file, one NAME[=VALUE] a line" },
	OPT_FLAG("interactive", 'i', S, req.interactive, "Pass standard input on to the command"),
	OPT_FLAG("privileged", 0, S, req.privileged, "Give the command every capability"),
	OPT_FLAG("tty", 't', S, req.tty, "Give it a terminal of its own"),
	OPT_STRING("user", 'u', S, req.user, "USER[:GROUP]",
		   "User, and group, by name or number, that runs the command (default: the container's)"),
	OPT_STRING("workdir", 'w', S, req.workdir, "DIR",
		   "Working directory inside the container (default: the container's)"),
	OPT_END
};

static int take_env(struct exec_options *o, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->env_files.n; i++)
		r = env_file_read(o->env_files.v[i], &o->req.env, err);
	for (size_t i = 0; r == 0 && i < o->env.n; i++)
		r = env_add(&o->req.env, &o->req.env_unset, o->env.v[i], err);
	return r < 0 ? error_status(err, r, USAGE_STATUS) : 0;
}

static int exec(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(exec_options) struct exec_options o = { 0 };
	const struct store *s;
	int status = 0;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = take_env(&o, err);
	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	o.req.argv = argv + 1;
	r = container_exec(s, argv[0], &o.req, &status, err);
	return r < 0 ? r : status;
}

const struct command cmd_exec = {
	.synopsis = "[OPTIONS] CONTAINER COMMAND [ARG...]",
	.summary = "Run another command in a running container",
	.description =
		"The command runs in the container's namespaces, with its environment, user and working "
		"directory where no option says otherwise, and is as confined as the container. It gets "
		"berth's own standard streams, or with -t a terminal. berth passes signals on to it; it "
		"ends with the container at the latest. Options end at CONTAINER.",
	.exit_status =
		"The exit status of the command; 128+N if signal N killed it; 126 if the command can't be "
		"executed; 127 if it was not found; 125 for wrong options; 1 if there is no such "
		"container or it does not run.",
	.opts = exec_table,
	.examples = (const char *const[]){ "a shell in the container 'web'", "berth exec -it web sh",
					   "another user, another directory",
					   "berth exec -u www-data -w /srv web ls -l", NULL },
	.run = exec,
	.min_args = 2,
	.max_args = -1,
	.flags = COMMAND_STOP_EARLY,
	.complete = COMPLETE_CONTAINER,
};
