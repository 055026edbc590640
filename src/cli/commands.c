/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: docker's names, in its groups. */
#include "cli/commands.h"

static const struct command_name container_commands[] = {
	{ "commit", &cmd_commit, false },
	{ "create", &cmd_create, false },
	{ "diff", &cmd_diff, false },
	{ "export", &cmd_export, false },
	{ "inspect", &cmd_container_inspect, false },
	{ "kill", &cmd_kill, false },
	{ "logs", &cmd_logs, false },
	{ "ls", &cmd_ps, false },
	{ "list", &cmd_ps, true },
	{ "ps", &cmd_ps, true },
	{ "prune", &cmd_container_prune, false },
	{ "rm", &cmd_rm, false },
	{ "remove", &cmd_rm, true },
	{ "run", &cmd_run, false },
	{ "start", &cmd_start, false },
	{ "stop", &cmd_stop, false },
	{ "wait", &cmd_wait, false },
	{ NULL, NULL, false },
};

static const struct command_name image_commands[] = {
	{ "history", &cmd_history, false },
	{ "import", &cmd_import, false },
	{ "inspect", &cmd_image_inspect, false },
	{ "load", &cmd_load, false },
	{ "ls", &cmd_images, false },
	{ "list", &cmd_images, true },
	{ "prune", &cmd_image_prune, false },
	{ "rm", &cmd_rmi, false },
	{ "remove", &cmd_rmi, true },
	{ "save", &cmd_save, false },
	{ "tag", &cmd_tag, false },
	{ NULL, NULL, false },
};

static const struct command_name volume_commands[] = {
	{ "create", &cmd_volume_create, false }, { "inspect", &cmd_volume_inspect, false },
	{ "ls", &cmd_volume_ls, false },	 { "list", &cmd_volume_ls, true },
	{ "prune", &cmd_volume_prune, false },	 { "rm", &cmd_volume_rm, false },
	{ "remove", &cmd_volume_rm, true },	 { NULL, NULL, false },
};

static const struct command_name system_commands[] = {
	{ "check", &cmd_system_check, false },
	{ "df", &cmd_system_df, false },
	{ "info", &cmd_info, false },
	{ "prune", &cmd_system_prune, false },
	{ NULL, NULL, false },
};

static const struct command container_group = {
	.summary = "Manage containers",
	.group = container_commands,
};

static const struct command image_group = {
	.summary = "Manage images",
	.group = image_commands,
};

static const struct command volume_group = {
	.summary = "Manage volumes",
	.group = volume_commands,
};

static const struct command system_group = {
	.summary = "Manage berth's own state",
	.group = system_commands,
};

static const struct command_name commands[] = {
	{ "run", &cmd_run, false },
	{ "create", &cmd_create, false },
	{ "start", &cmd_start, false },
	{ "stop", &cmd_stop, false },
	{ "kill", &cmd_kill, false },
	{ "wait", &cmd_wait, false },
	{ "ps", &cmd_ps, false },
	{ "logs", &cmd_logs, false },
	{ "rm", &cmd_rm, false },
	{ "commit", &cmd_commit, false },
	{ "diff", &cmd_diff, false },
	{ "export", &cmd_export, false },
	{ "import", &cmd_import, false },
	{ "images", &cmd_images, false },
	{ "rmi", &cmd_rmi, false },
	{ "tag", &cmd_tag, false },
	{ "history", &cmd_history, false },
	{ "save", &cmd_save, false },
	{ "load", &cmd_load, false },
	{ "inspect", &cmd_inspect, false },
	{ "info", &cmd_info, false },
	{ "version", &cmd_version, false },
	{ "completion", &cmd_completion, false },
	{ "container", &container_group, false },
	{ "image", &image_group, false },
	{ "volume", &volume_group, false },
	{ "system", &system_group, false },
	{ "generate-man", &cmd_generate, false },
	{ NULL, NULL, false },
};

const struct command_name *command_list(void)
{
	return commands;
}
