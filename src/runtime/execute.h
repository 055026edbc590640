/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and executing the container's program. */
#ifndef BERTH_RUNTIME_EXECUTE_H
#define BERTH_RUNTIME_EXECUTE_H

#include "base/error.h"
#include "base/strv.h"

/**
 * execute() - execve(2) of argv[0], searched in PATH of @env as execvp(3) does. Returns on failure only:
 * -errno with docker's words in @err, whose status is 127 (not found) or 126.
 */
int execute(char *const argv[], const struct strv *env, struct error *err);

#endif
