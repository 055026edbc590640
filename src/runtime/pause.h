/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding a container still for a moment, by its freezer cgroup. The record of its cgroups names who holds
 * it before anything is frozen: what a killed berth left frozen is set free by the next command.
 */
#ifndef BERTH_RUNTIME_PAUSE_H
#define BERTH_RUNTIME_PAUSE_H

#include "runtime/record.h"

struct pause {
	const struct container *c; /* borrowed; NULL: nothing is held */
};

#define PAUSE_INIT ((struct pause){ 0 })

/** pause_begin() - freeze @c, which runs. Nothing to do if it is paused already. */
int pause_begin(const struct container *c, struct pause *ret, struct error *err);

/** pause_done() - let it run on. */
void pause_done(struct pause *p);
DEFINE_AUTO(pause, struct pause, pause_done)
#define auto_pause auto_clean(pause)

#endif
