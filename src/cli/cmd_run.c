/* SPDX-License-Identifier: Apache-2.0 */
/* berth run, berth create */
#include "cli/commands.h"
#include "cli/run_options.h"
#include "cli/volume_options.h"
#include "runtime/container.h"

#define ENGINE_STATUS 125

static int run(struct cli *cli, char **argv, struct error *err)
{
	auto_run_options struct run_options o = RUN_OPTIONS_INIT;
	const struct store *s;
	char id[ID_SIZE];
	int status = 0;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	r = run_options_finish(&o, argv, err);
	if (r < 0)
		return r;
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	r = container_run(s, &o.req, id, &status, err);
	if (r < 0)
		return r;
	if (o.req.detach)
		cli_print(cli, "%s\n", id);
	return status;
}

static int create(struct cli *cli, char **argv, struct error *err)
{
	auto_run_options struct run_options o = RUN_OPTIONS_INIT;
	const struct store *s;
	char id[ID_SIZE];
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	o.req.detach = true; /* nothing is attached now: the terminal is start's business */
	r = run_options_finish(&o, argv, err);
	o.req.detach = false;
	if (r < 0)
		return r;
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	r = container_create(s, &o.req, id, err);
	if (r < 0)
		return r;
	cli_print(cli, "%s\n", id);
	return 0;
}

const struct command cmd_run = {
	.synopsis = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create a container from an image and run a command in it",
	.description =
		"The container gets a writable layer of its own on the image's layers, its own "
		"process, mount, IPC, UTS, network and cgroup namespaces, and the volumes named by "
		"-v, --mount and --tmpfs. COMMAND replaces the image's CMD. Options end at IMAGE.\n\n"
		"In the foreground, berth passes signals on to the container and ends with its exit "
		"status; if berth is killed, so is the container. All mounts live in the "
		"container's own mount namespace and vanish with it.",
	.exit_status =
		"The exit status of the command; 128+N if signal N killed it; 125 if berth "
		"itself failed; 126 if the command can't be executed; 127 if it was not found.",
	.opts = run_options_table,
	.more_heading = "Mount options",
	.more = volume_options_describe,
	.examples =
		(const char *const[]){
			"a shell in a Debian root, gone afterwards", "berth run --rm -it debian",
			"a host directory inside the container",
			"berth run --rm -v ./data:/data debian ls /data",
			"a named volume, read-only",
			"berth run --rm -v site:/srv:ro debian cat /srv/index.html",
			"in the background", "berth run -d --name worker debian sleep 1000", NULL },
	.run = run,
	.max_args = -1,
	.error_status = ENGINE_STATUS,
	.flags = COMMAND_STOP_EARLY,
	.complete = COMPLETE_IMAGE,
};

const struct command cmd_create = {
	.synopsis = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create a container that `berth start` runs later",
	.description = "Takes the options of berth run except -d, makes the container and prints "
		       "its ID.",
	.exit_status = "0, or 125 if berth failed.",
	.opts = create_options_table,
	.more_heading = "Mount options",
	.more = volume_options_describe,
	.examples =
		(const char *const[]){ "create, then run with its output here",
				       "berth create --name job debian date && berth start -a job",
				       NULL },
	.run = create,
	.max_args = -1,
	.error_status = ENGINE_STATUS,
	.flags = COMMAND_STOP_EARLY,
	.complete = COMPLETE_IMAGE,
};
