/* SPDX-License-Identifier: Apache-2.0 */
/* berth stop, restart, kill, rm */
#include <limits.h>

#include "cli/commands.h"
#include "runtime/container.h"

#define NO_TIMEOUT INT_MIN

struct stop_options {
	const char *signal;
	int timeout;
};

#define S struct stop_options

static const struct opt stop_table[] = {
	OPT_STRING("signal", 's', S, signal, "SIGNAL",
		   "Signal that asks it to stop (default: the container's own, or TERM)"),
	OPT_INT("timeout", 't', S, timeout, "SECONDS",
		"How long to wait before killing (default: the container's own, or 10)"),
	{ .name = "time",
	  .type = OPT_INT,
	  .hidden = true,
	  .arg = "SECONDS",
	  .offset = OPT_OFFSET(S, timeout, int),
	  .help = "Another name of --timeout" },
	OPT_END
};
#undef S

static struct stop_request stop_request_of(const struct stop_options *o)
{
	return (struct stop_request){ .signal = o->signal, .timeout = o->timeout,
				      .has_timeout = o->timeout != NO_TIMEOUT };
}

static int stop_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	struct stop_request req = stop_request_of(context);
	int r = container_stop(&cli->store, what, &req, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int stop(struct cli *cli, char **argv, struct error *err)
{
	struct stop_options o = { .timeout = NO_TIMEOUT };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each_at_once(cli, argv, stop_one, &o, err);
}

static int restart_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	struct stop_request req = stop_request_of(context);
	int r = container_restart(&cli->store, what, &req, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int restart(struct cli *cli, char **argv, struct error *err)
{
	struct stop_options o = { .timeout = NO_TIMEOUT };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, restart_one, &o, err);
}

struct kill_options {
	const char *signal;
};

#define S struct kill_options

static const struct opt kill_table[] = {
	OPT_STRING("signal", 's', S, signal, "SIGNAL",
		   "Signal to send, by name or number (default KILL)"),
	OPT_END
};
#undef S

static int kill_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	const struct kill_options *o = context;
	int r = container_kill(&cli->store, what, o->signal, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int kill_all(struct cli *cli, char **argv, struct error *err)
{
	struct kill_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, kill_one, &o, err);
}

struct rm_options {
	bool force, volumes;
};

#define S struct rm_options

static const struct opt rm_table[] = {
	OPT_FLAG("force", 'f', S, force,
		 "Kill a running container first; a missing one is no failure"),
	OPT_FLAG("volumes", 'v', S, volumes, "Remove the container's anonymous volumes too"),
	OPT_END
};

static int rm_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	const struct rm_options *o = context;
	unsigned flags = (o->force ? REMOVE_FORCE : 0U) | (o->volumes ? REMOVE_VOLUMES : 0U);
	int r = container_remove(&cli->store, what, flags, err);

	if (r == -ENOENT && o->force)
		return 0;
	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int rm(struct cli *cli, char **argv, struct error *err)
{
	struct rm_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, rm_one, &o, err);
}

const struct command cmd_stop = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop running containers: a signal to end, then SIGKILL",
	.opts = stop_table,
	.run = stop,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_restart = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Stop containers that run, and start them again",
	.opts = stop_table,
	.run = restart,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_kill = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Send a signal to running containers",
	.opts = kill_table,
	.run = kill_all,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_rm = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Remove containers",
	.opts = rm_table,
	.run = rm,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
