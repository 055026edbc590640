/* SPDX-License-Identifier: Apache-2.0 */
/* The mount manager of <berth/template.h> as the commands use it. */
#ifndef BERTH_CLI_LIBRARY_H
#define BERTH_CLI_LIBRARY_H

#include "berth/template.h"
#include "cli/cli.h"

/** library_error() - @r, and what the library said as berth's own error. */
int library_error(int r, const struct berth_error *from, struct error *err);

/** library_open() - a manager for the directories that the command line names. */
int library_open(struct cli *cli, struct berth_manager **ret, struct error *err);

void library_close(struct berth_manager **m);
DEFINE_AUTO(manager, struct berth_manager *, library_close)
#define auto_manager auto_clean(manager)

#endif
