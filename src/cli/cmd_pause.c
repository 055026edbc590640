/* SPDX-License-Identifier: Apache-2.0 */
/* berth pause, unpause */
#include "cli/commands.h"
#include "runtime/container.h"

static int pause_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int r = container_pause(&cli->store, what, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int unpause_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int r = container_unpause(&cli->store, what, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int each(struct cli *cli, char **argv, cli_action action, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, action, NULL, err);
}

static int pause_all(struct cli *cli, char **argv, struct error *err)
{
	return each(cli, argv, pause_one, err);
}

static int unpause_all(struct cli *cli, char **argv, struct error *err)
{
	return each(cli, argv, unpause_one, err);
}

const struct command cmd_pause = {
	.synopsis = "CONTAINER [CONTAINER...]",
	.summary = "Stop all processes of containers until `berth unpause`",
	.description = "Uses the cgroup freezer: the processes do not notice. stop, kill and rm -f end a paused "
		       "container as they do others.",
	.run = pause_all,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_unpause = {
	.synopsis = "CONTAINER [CONTAINER...]",
	.summary = "Let all processes of paused containers run on",
	.run = unpause_all,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
