/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for something to happen to a container: a change in its record, or the end of its monitor. */
#ifndef BERTH_RUNTIME_WATCH_H
#define BERTH_RUNTIME_WATCH_H

#include "runtime/record.h"

struct watch {
	int inotify; /* owned */
	int monitor; /* owned; pidfd, or FD_NONE where there is no monitor */
};

#define WATCH_INIT ((struct watch){ .inotify = FD_NONE, .monitor = FD_NONE })

void watch_done(struct watch *w);
DEFINE_AUTO(watch, struct watch, watch_done)
#define auto_watch auto_clean(watch)

/** watch_begin() - from now on no change of @c's record is missed: look at it once more after this. */
int watch_begin(struct watch *w, const struct container *c, struct error *err);

/** watch_wait() - until something has changed. Return: 1; 0 once the monitor has ended; -ETIME; -errno. */
int watch_wait(struct watch *w, int timeout_ms);

#endif
