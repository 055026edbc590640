/* SPDX-License-Identifier: Apache-2.0 */
/* berth start, berth wait */
#include "cli/commands.h"
#include "runtime/container.h"

struct start_options {
	struct start_request req;
};

#define S struct start_options

static const struct opt start_table[] = {
	OPT_FLAG("attach", 'a', S, req.attach,
		 "Stay in the foreground with the container's output here"),
	OPT_FLAG("interactive", 'i', S, req.interactive, "Pass standard input on to the container"),
	OPT_END
};

static int start_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int status = 0;
	int r = container_start(&cli->store, what, context, &status, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int start(struct cli *cli, char **argv, struct error *err)
{
	struct start_options o = { 0 };
	const struct store *s;
	int status = 0;
	int n = cli_options(cli, argv, &o, err);
	int r;

	if (n < 0)
		return n;
	o.req.attach |= o.req.interactive;
	if (o.req.attach && n > 1)
		return error_msg(err, EINVAL,
				 "only one container can be started in the foreground");
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	if (!o.req.attach)
		return cli_each(cli, argv, start_one, &o.req, err);
	r = container_start(s, argv[0], &o.req, &status, err);
	return r < 0 ? r : status;
}

static int wait_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int status = 0;
	int r = container_wait(&cli->store, what, &status, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%d\n", status);
	return r;
}

static int wait_all(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, wait_one, NULL, err);
}

const struct command cmd_start = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Start containers that were created or have ended",
	.exit_status =
		"With -a or -i that of the container; else 0, or 1 if one could not be started.",
	.opts = start_table,
	.run = start,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_wait = {
	.synopsis = "CONTAINER [CONTAINER...]",
	.summary = "Wait until containers have ended, then print their exit statuses",
	.run = wait_all,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
