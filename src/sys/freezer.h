/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping all processes of a PID namespace for a moment, without their noticing: cgroup freezer.
 * A container has no cgroup of its own until it needs one; this makes one for as long as the pause takes.
 */
#ifndef BERTH_SYS_FREEZER_H
#define BERTH_SYS_FREEZER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

struct freezer {
	int dir_fd;	/* owned; the cgroup */
	char *path;	/* owned */
	char *home;	/* owned; the cgroup that the processes came from and go back to */
	bool v2;
};

#define FREEZER_INIT ((struct freezer){ .dir_fd = FD_NONE })

/**
 * freezer_stop() - freeze the process @pid and all others in its PID namespace.
 * @id: makes the cgroup's name, "berth-<id>"
 * Return: 0 with everything frozen, or -errno: nothing is frozen then. -EOPNOTSUPP: no freezer mounted.
 */
int freezer_stop(const char *id, pid_t pid, struct freezer *ret, struct error *err);

/** freezer_done() - let them run again, move them back and remove the cgroup. */
void freezer_done(struct freezer *f);
DEFINE_AUTO(freezer, struct freezer, freezer_done)
#define auto_freezer auto_clean(freezer)

/**
 * freezer_home() - the cgroup, as a path, that freezer_stop() would take @pid out of. Caller frees; NULL if
 * there is no freezer. Record it before stopping: it is what freezer_clear() needs after a crash.
 */
char *freezer_home(pid_t pid);

/** freezer_clear() - what freezer_done() does, for a freezer of container @id that a killed process left. */
void freezer_clear(const char *id, const char *home);

#endif
