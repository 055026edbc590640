/* SPDX-License-Identifier: Apache-2.0 */
/* The help texts, made from the command and option tables. */
#ifndef BERTH_CLI_HELP_H
#define BERTH_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/** help_command() - what `@path --help` says of command (or group) @c; @path is "berth run". */
void help_command(struct buf *out, const char *path, const struct command *c);

/** help_top() - what `berth --help` says. */
void help_top(struct buf *out);

/** help_paths() - the names of command @c, "berth images" and "berth image ls", between commas. */
void help_paths(struct buf *out, const struct command *c, const char *separator);

#endif
