/* SPDX-License-Identifier: Apache-2.0 */
/* The options of run and create that are about mounts, as rows of their table. */
#ifndef BERTH_CLI_VOLUME_OPTIONS_H
#define BERTH_CLI_VOLUME_OPTIONS_H

#include "base/buf.h"
#include "cli/opt.h"

/** parse_*() - the values of the options, for .parse. */
int volume_option_volume(const char *arg, void *mounts, struct error *err);
int volume_option_mount(const char *arg, void *mounts, struct error *err);
int volume_option_tmpfs(const char *arg, void *mounts, struct error *err);
int volume_option_image_volume(const char *arg, void *value, struct error *err);

/** volume_options_describe() - every word of -v, --mount and --tmpfs with what it does: paragraphs of help. */
void volume_options_describe(struct buf *out);

/* clang-format off */
#define VOLUME_OPTIONS                                                                             \
	{ .name = "image-volume", .type = OPT_PARSED, .arg = "bind|tmpfs|ignore",                  \
	  .parse = volume_option_image_volume,                                                     \
	  .offset = OPT_OFFSET(S, req.image_volumes, enum image_volumes),                          \
	  .help = "What the image's VOLUMEs become: anonymous volumes (bind, the default), tmpfs, or "  \
		  "nothing" },                                                                     \
	{ .name = "mount", .type = OPT_PARSED, .parse = volume_option_mount,                       \
	  .offset = OPT_OFFSET(S, req.mounts, struct mount_specs), .arg = "KEY=VALUE,...",         \
	  .help = "Mount a host directory, a volume, a tmpfs, an image or more by type=, source=, "  \
		  "target= and the options below; a missing source is an error" },                 \
	OPT_FLAG("read-only-tmpfs", 0, S, req.read_only_tmpfs,                                     \
		 "With --read-only: a tmpfs on /run, /tmp and /var/tmp"),                          \
	{ .name = "tmpfs", .type = OPT_PARSED, .parse = volume_option_tmpfs,                       \
	  .offset = OPT_OFFSET(S, req.mounts, struct mount_specs), .arg = "PATH[:OPTIONS]",        \
	  .help = "Mount an empty tmpfs in the container" },                                       \
	{ .name = "volume", .letter = 'v', .type = OPT_PARSED, .parse = volume_option_volume,      \
	  .offset = OPT_OFFSET(S, req.mounts, struct mount_specs), .complete = COMPLETE_VOLUME,    \
	  .arg = "[SOURCE:]PATH[:OPTIONS]",                                                        \
	  .help = "Mount a host path (made if it is missing) or a named volume at PATH; without "  \
		  "SOURCE a new anonymous volume. OPTIONS, between commas, are listed below" },    \
	{ .name = "volumes-from", .type = OPT_LIST, .complete = COMPLETE_CONTAINER,                \
	  .offset = OPT_OFFSET(S, req.volumes_from, struct strv), .arg = "CONTAINER[:ro|rw[,z]]",  \
	  .help = "Mount all volumes of another container, which need not run" },
/* clang-format on */

#endif
