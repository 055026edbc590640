/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding a container still for a moment. The file `paused` in its directory, locked by who pauses and
 * holding the cgroup that the processes came from, is there before anything is frozen: a container that
 * was left frozen by a killed berth is found by it and set free by the next command.
 */
#ifndef BERTH_RUNTIME_PAUSE_H
#define BERTH_RUNTIME_PAUSE_H

#include "runtime/record.h"
#include "sys/freezer.h"

struct pause {
	struct freezer freezer;
	int dir_fd;  /* borrowed */
	int mark_fd; /* owned; locked */
};

#define PAUSE_INIT ((struct pause){ .freezer = FREEZER_INIT, .dir_fd = FD_NONE, .mark_fd = FD_NONE })

/** pause_begin() - freeze @c, which runs. -EBUSY if it is paused already. */
int pause_begin(const struct container *c, struct pause *ret, struct error *err);

/** pause_done() - let it run on. */
void pause_done(struct pause *p);
DEFINE_AUTO(pause, struct pause, pause_done)
#define auto_pause auto_clean(pause)

/** pause_settle() - set @c free if a killed process left it frozen. Cheap when it is not. */
void pause_settle(const struct container *c);

#endif
