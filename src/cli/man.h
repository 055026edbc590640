/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_CLI_MAN_H
#define BERTH_CLI_MAN_H

#include "cli/command.h"

/**
 * man_write() - write berth.1, berth-run.1, … into directory @dir, which is made.
 * Return: 0 or -errno with @err.
 */
int man_write(const char *dir, struct error *err);

#endif
