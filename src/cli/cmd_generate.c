/* SPDX-License-Identifier: Apache-2.0 */
/* berth completion, and the hidden `berth generate-man` that the build uses */
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/man.h"

static int completion(struct cli *cli, char **argv, struct error *err)
{
	int r = cli_options(cli, argv, NULL, err);

	return r < 0 ? r : completion_write(&cli->out, argv[0], err);
}

static int generate_man(struct cli *cli, char **argv, struct error *err)
{
	int r = cli_options(cli, argv, NULL, err);

	return r < 0 ? r : man_write(argv[0], err);
}

const struct command cmd_completion = {
	.synopsis = "bash|zsh|fish",
	.summary = "Print the completion script for a shell",
	.examples =
		(const char *const[]){ "use it in this shell", ". <(berth completion bash)", NULL },
	.run = completion,
	.min_args = 1,
	.max_args = 1,
};

const struct command cmd_generate = {
	.synopsis = "DIR",
	.summary = "Write the man pages into a directory",
	.run = generate_man,
	.min_args = 1,
	.max_args = 1,
	.flags = COMMAND_HIDDEN,
};
