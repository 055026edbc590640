/* SPDX-License-Identifier: Apache-2.0 */
/* Going on in the background: a fork of berth that belongs to no terminal and no session, and says how it started. */
#ifndef BERTH_RUNTIME_BACKGROUND_H
#define BERTH_RUNTIME_BACKGROUND_H

#include "base/error.h"

/** The background process's own work; it must report, and ends when this returns. */
typedef void (*background_fn)(void *argument, int report_fd);

/**
 * background_start() - run @function in a process without terminal, streams or directory of the caller's, which only
 * SIGKILL ends, and wait for its report. Return: 0, or -errno with the error that it reported.
 */
int background_start(background_fn function, void *argument, struct error *err);

/** background_report() - from inside: @r is 0, it started; or -errno with @err, it did not. *@report_fd is closed. */
void background_report(int *report_fd, int r, const struct error *err);

#endif
