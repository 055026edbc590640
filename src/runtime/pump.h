/* SPDX-License-Identifier: Apache-2.0 */
/* Copying between descriptors without ever blocking on one while the other has something. */
#ifndef BERTH_RUNTIME_PUMP_H
#define BERTH_RUNTIME_PUMP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define PUMP_SIZE 4096

struct pump {
	int from, to;	   /* borrowed; FD_NONE: closed */
	size_t start, end; /* what of the buffer is still to be written */
	char data[PUMP_SIZE];
};

/** pump_events() - fill two pollfds: what to wait for on `from` and on `to`. */
void pump_events(const struct pump *p, struct pollfd *from, struct pollfd *to);

/** pump_move() - read or write what the polled events allow. False when `from` has ended and all is written. */
bool pump_move(struct pump *p, const struct pollfd *from, const struct pollfd *to);

#endif
