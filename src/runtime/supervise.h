/* SPDX-License-Identifier: Apache-2.0 */
/* Running a container to its end: in the foreground by berth itself, detached by a monitor process. */
#ifndef BERTH_RUNTIME_SUPERVISE_H
#define BERTH_RUNTIME_SUPERVISE_H

#include "runtime/container.h"
#include "runtime/launch.h"
#include "runtime/record.h"

/**
 * supervise_foreground() - start @c, whose lock the caller holds, with this process's own standard
 * streams, forward signals to it, and record its end.
 * @interactive: with this process's standard input
 */
int supervise_foreground(const struct store *s, struct container *c, bool interactive,
			 int *ret_status, struct error *err);

/**
 * supervise_detached() - start @c in the background: a monitor process keeps its output in the log and
 * records its end. Returns as soon as the program runs, or with what prevented it. One that runs already
 * has lost its monitor, and gets this one instead: its exit status will not be known.
 */
int supervise_detached(const struct store *s, struct container *c, struct error *err);

/** container_finish() - record the end, and remove a --rm container. The lock is still held afterwards. */
int container_finish(const struct store *s, struct container *c, int exit_code, const char *error,
		     struct error *err);

#endif
