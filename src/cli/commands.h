/* SPDX-License-Identifier: Apache-2.0 */
/* Every command, one line each; the table that names them is in commands.c. */
#ifndef BERTH_CLI_COMMANDS_H
#define BERTH_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command cmd_run, cmd_create;		   /* cmd_run.c */
extern const struct command cmd_cp;				   /* cmd_cp.c */
extern const struct command cmd_exec;				   /* cmd_exec.c */
extern const struct command cmd_start, cmd_wait;		   /* cmd_start.c */
extern const struct command cmd_stats;				   /* cmd_stats.c */
extern const struct command cmd_stop, cmd_restart, cmd_kill, cmd_rm;		   /* cmd_stop.c */
extern const struct command cmd_rename, cmd_top, cmd_port;	   /* cmd_rename.c */
extern const struct command cmd_container_prune;		   /* cmd_prune.c */
extern const struct command cmd_image_prune, cmd_volume_prune;	   /* cmd_prune.c */
extern const struct command cmd_system_prune;			   /* cmd_prune.c */
extern const struct command cmd_ps;				   /* cmd_ps.c */
extern const struct command cmd_logs;				   /* cmd_logs.c */
extern const struct command cmd_pause, cmd_unpause;		   /* cmd_pause.c */
extern const struct command cmd_events;				   /* cmd_events.c */
extern const struct command cmd_commit, cmd_export, cmd_diff;	   /* cmd_commit.c */
extern const struct command cmd_inspect, cmd_container_inspect;	   /* cmd_inspect.c */
extern const struct command cmd_image_inspect, cmd_volume_inspect; /* cmd_inspect.c */
extern const struct command cmd_images, cmd_history;		   /* cmd_images.c */
extern const struct command cmd_rmi, cmd_tag;			   /* cmd_image.c */
extern const struct command cmd_import, cmd_save, cmd_load;	   /* cmd_archive.c */
extern const struct command cmd_template_import, cmd_template_rm;  /* cmd_template.c */
extern const struct command cmd_template_push, cmd_template_pull;  /* cmd_template.c */
extern const struct command cmd_template_gc, cmd_template_export;  /* cmd_template.c */
extern const struct command cmd_template_cat, cmd_template_tar;	  /* cmd_template.c */
extern const struct command cmd_template_ls, cmd_template_inspect; /* cmd_template_list.c */
extern const struct command cmd_template_cache_ls;		   /* cmd_template_list.c */
extern const struct command cmd_template_cache_prune;		   /* cmd_template_list.c */
extern const struct command cmd_volume_create, cmd_volume_ls;	   /* cmd_volume.c */
extern const struct command cmd_volume_rm;			   /* cmd_volume.c */
extern const struct command cmd_mount, cmd_umount, cmd_mounts;	   /* cmd_mount.c */
extern const struct command cmd_template_commit, cmd_template_reexec; /* cmd_template_live.c */
extern const struct command cmd_template_serve;			   /* cmd_template_live.c */
extern const struct command cmd_volume_attach, cmd_volume_detach;  /* cmd_volume_attach.c */
extern const struct command cmd_volume_exists, cmd_volume_mount;   /* cmd_volume_change.c */
extern const struct command cmd_volume_reload, cmd_volume_rename;  /* cmd_volume_change.c */
extern const struct command cmd_volume_resize, cmd_volume_unmount; /* cmd_volume_change.c */
extern const struct command cmd_volume_clone, cmd_volume_rollback; /* cmd_volume_snapshot.c */
extern const struct command cmd_volume_snapshot, cmd_volume_snapshots;
extern const struct command cmd_volume_update;			   /* cmd_volume_change.c */
extern const struct command cmd_volume_serve;			   /* cmd_volume_serve.c */
extern const struct command cmd_system_check, cmd_system_df;	   /* cmd_system.c */
extern const struct command cmd_update;				   /* cmd_update.c */
extern const struct command cmd_info, cmd_version;		   /* cmd_info.c */
extern const struct command cmd_completion, cmd_generate;	   /* cmd_generate.c */

#endif
