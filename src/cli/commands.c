/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: docker's names, in its groups. */
#include "cli/commands.h"

static const struct command_name container_commands[] = {
	{ "commit", &cmd_commit, false },
	{ "cp", &cmd_cp, false },
	{ "create", &cmd_create, false },
	{ "diff", &cmd_diff, false },
	{ "exec", &cmd_exec, false },
	{ "export", &cmd_export, false },
	{ "inspect", &cmd_container_inspect, false },
	{ "kill", &cmd_kill, false },
	{ "logs", &cmd_logs, false },
	{ "pause", &cmd_pause, false },
	{ "ls", &cmd_ps, false },
	{ "list", &cmd_ps, true },
	{ "ps", &cmd_ps, true },
	{ "port", &cmd_port, false },
	{ "prune", &cmd_container_prune, false },
	{ "rename", &cmd_rename, false },
	{ "restart", &cmd_restart, false },
	{ "rm", &cmd_rm, false },
	{ "remove", &cmd_rm, true },
	{ "run", &cmd_run, false },
	{ "start", &cmd_start, false },
	{ "stats", &cmd_stats, false },
	{ "stop", &cmd_stop, false },
	{ "top", &cmd_top, false },
	{ "unpause", &cmd_unpause, false },
	{ "update", &cmd_update, false },
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
	{ "attach", &cmd_volume_attach, false },
	{ "clone", &cmd_volume_clone, false },
	{ "create", &cmd_volume_create, false },
	{ "detach", &cmd_volume_detach, false },
	{ "exists", &cmd_volume_exists, false },
	{ "inspect", &cmd_volume_inspect, false },
	{ "ls", &cmd_volume_ls, false },
	{ "list", &cmd_volume_ls, true },
	{ "mount", &cmd_volume_mount, false },
	{ "prune", &cmd_volume_prune, false },
	{ "reload", &cmd_volume_reload, false },
	{ "rename", &cmd_volume_rename, false },
	{ "resize", &cmd_volume_resize, false },
	{ "rm", &cmd_volume_rm, false },
	{ "remove", &cmd_volume_rm, true },
	{ "rollback", &cmd_volume_rollback, false },
	{ "serve", &cmd_volume_serve, false },
	{ "snapshot", &cmd_volume_snapshot, false },
	{ "snapshots", &cmd_volume_snapshots, false },
	{ "unmount", &cmd_volume_unmount, false },
	{ "umount", &cmd_volume_unmount, true },
	{ "update", &cmd_volume_update, false },
	{ NULL, NULL, false },
};

static const struct command_name system_commands[] = {
	{ "check", &cmd_system_check, false },
	{ "df", &cmd_system_df, false },
	{ "events", &cmd_events, false },
	{ "info", &cmd_info, false },
	{ "prune", &cmd_system_prune, false },
	{ NULL, NULL, false },
};

static const struct command_name template_cache_commands[] = {
	{ "ls", &cmd_template_cache_ls, false },
	{ "list", &cmd_template_cache_ls, true },
	{ "prune", &cmd_template_cache_prune, false },
	{ NULL, NULL, false },
};

static const struct command template_cache_group = {
	.summary = "Manage what is kept of builds on this machine",
	.group = template_cache_commands,
};

static const struct command_name template_commands[] = {
	{ "cache", &template_cache_group, false },
	{ "cat", &cmd_template_cat, false },
	{ "commit", &cmd_template_commit, false },
	{ "export", &cmd_template_export, false },
	{ "gc", &cmd_template_gc, false },
	{ "import", &cmd_template_import, false },
	{ "inspect", &cmd_template_inspect, false },
	{ "ls", &cmd_template_ls, false },
	{ "list", &cmd_template_ls, true },
	{ "pull", &cmd_template_pull, false },
	{ "push", &cmd_template_push, false },
	{ "reexec", &cmd_template_reexec, false },
	{ "rm", &cmd_template_rm, false },
	{ "remove", &cmd_template_rm, true },
	{ "serve", &cmd_template_serve, false },
	{ "tar", &cmd_template_tar, false },
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

static const struct command template_group = {
	.summary = "Manage templates: file systems in object storage",
	.group = template_commands,
};

static const struct command system_group = {
	.summary = "Manage berth's own state",
	.group = system_commands,
};

static const struct command_name commands[] = {
	{ "run", &cmd_run, false },
	{ "create", &cmd_create, false },
	{ "exec", &cmd_exec, false },
	{ "start", &cmd_start, false },
	{ "stop", &cmd_stop, false },
	{ "restart", &cmd_restart, false },
	{ "kill", &cmd_kill, false },
	{ "pause", &cmd_pause, false },
	{ "unpause", &cmd_unpause, false },
	{ "update", &cmd_update, false },
	{ "wait", &cmd_wait, false },
	{ "stats", &cmd_stats, false },
	{ "ps", &cmd_ps, false },
	{ "top", &cmd_top, false },
	{ "port", &cmd_port, false },
	{ "rename", &cmd_rename, false },
	{ "logs", &cmd_logs, false },
	{ "events", &cmd_events, false },
	{ "rm", &cmd_rm, false },
	{ "cp", &cmd_cp, false },
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
	{ "mount", &cmd_mount, false },
	{ "umount", &cmd_umount, false },
	{ "unmount", &cmd_umount, true },
	{ "mounts", &cmd_mounts, false },
	{ "info", &cmd_info, false },
	{ "version", &cmd_version, false },
	{ "completion", &cmd_completion, false },
	{ "container", &container_group, false },
	{ "image", &image_group, false },
	{ "volume", &volume_group, false },
	{ "template", &template_group, false },
	{ "system", &system_group, false },
	{ "generate-man", &cmd_generate, false },
	{ NULL, NULL, false },
};

const struct command_name *command_list(void)
{
	return commands;
}
