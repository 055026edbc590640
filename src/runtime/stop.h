/* SPDX-License-Identifier: Apache-2.0 */
/* Ending a container, whatever its --restart says. */
#ifndef BERTH_RUNTIME_STOP_H
#define BERTH_RUNTIME_STOP_H

#include "runtime/record.h"

#define WAKE_SIGNAL SIGUSR1 /* to a monitor: look whether the container was stopped */

/**
 * container_end() - send @sig, SIGKILL after @timeout seconds (-1: never), until it has ended for good and
 * its end is recorded. @c holds the state as it is then.
 */
int container_end(const struct store *s, struct container *c, int sig, int timeout, struct error *err);

/** container_was_stopped() - whether its user has stopped it, which ends --restart. */
bool container_was_stopped(const struct container *c);

/** container_unmark_stopped() - it is started: --restart holds again. */
void container_unmark_stopped(const struct container *c);

#endif
