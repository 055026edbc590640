/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the server of a mount: one request and one reply over the socket `ctl` of its record. */
#ifndef BERTH_TEMPLATE_CONTROL_H
#define BERTH_TEMPLATE_CONTROL_H

#include <stdint.h>

#include "base/error.h"

enum control_command {
	CONTROL_COUNTERS,
	CONTROL_COMMIT, /* publish what was changed as the build .text */
};

struct control_request {
	uint32_t command;
	char text[256];
};

struct control_counters {
	uint64_t bytes_fetched, bytes_dirty, failed_reads;
	char last_error[256];
};

struct control_reply {
	int32_t result; /* 0, or -errno with .error */
	struct control_counters counters;
	struct error error;
};

/** control_listen() - make the socket in the record's directory. Return: descriptor or -errno. */
int control_listen(int dir_fd);

/**
 * control_ask() - send @q to the server and wait for its reply.
 * @timeout_ms: -1: as long as the server lives
 *
 * Return: 0 with *@ret, whose .result is the server's; -ETIMEDOUT; -ECONNREFUSED where none listens; -errno.
 */
int control_ask(int dir_fd, const struct control_request *q, int timeout_ms,
		struct control_reply *ret);

#endif
