/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The health checks of a detached container, for its monitor: each runs in a process of its own, which
 * enters the container as exec does, so that the monitor never waits for it.
 */
#ifndef BERTH_RUNTIME_PROBE_H
#define BERTH_RUNTIME_PROBE_H

#include "runtime/health.h"
#include "runtime/record.h"

struct probe {
	const struct store *store; /* borrowed */
	const struct container *c; /* borrowed; NULL: it has no health checks */
	struct health health;
	int64_t started_ms, next_ms; /* of CLOCK_BOOTTIME: when the container was started; when the next check is due */
	pid_t pid;		     /* of the check that goes on, or 0 */
	int fd;			     /* owned; what it says at its end */
	char start[TIME_TEXT_MAX];
};

#define PROBE_INIT ((struct probe){ .fd = FD_NONE })

/** probe_begin() - @c has just been started. */
void probe_begin(struct probe *p, const struct store *s, const struct container *c);

/** probe_done() - it has ended: a check that goes on is ended as well. */
void probe_done(struct probe *p);

/** probe_wait_ms() - how long until probe_tick() is to be called; -1: not before p->fd can be read. */
int probe_wait_ms(const struct probe *p);

/** probe_tick() - start the check that is due, if one is. */
void probe_tick(struct probe *p);

/** probe_read() - p->fd can be read: take in what came of the check, and write it to the record. */
void probe_read(struct probe *p);

#endif
