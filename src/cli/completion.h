/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_CLI_COMPLETION_H
#define BERTH_CLI_COMPLETION_H

#include "cli/command.h"

/**
 * completion_write() - append the completion script for @shell: bash, zsh or fish.
 * Return: 0, or -EINVAL with @err.
 */
int completion_write(struct buf *out, const char *shell, struct error *err);

#endif
