/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a running container uses: from its cgroups where it has any that counts it, else summed over its
 * processes. A figure that neither gives is not there.
 */
#ifndef BERTH_RUNTIME_STATS_H
#define BERTH_RUNTIME_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

#define STATS_NAME_MAX 256

struct container_stats {
	char id[ID_SIZE], name[STATS_NAME_MAX];
	bool running;
	bool has_cpu, has_memory, has_pids, has_io, has_network;
	uint64_t time_ns; /* CLOCK_MONOTONIC of the reading */
	uint64_t cpu_ns;  /* since some time in the past: two readings tell the use in between */
	uint64_t memory, memory_limit;
	uint64_t pids; /* threads */
	uint64_t io_read, io_written, received, sent;
};

/** container_stats() - one reading. A container that does not run has no figures. -ENOENT. */
int container_stats(const struct store *s, const char *what, struct container_stats *ret, struct error *err);

#endif
