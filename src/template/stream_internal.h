/* SPDX-License-Identifier: Apache-2.0 */
/* The read-only device of a build, for those that make a new build of it. */
#ifndef BERTH_TEMPLATE_STREAM_INTERNAL_H
#define BERTH_TEMPLATE_STREAM_INTERNAL_H

#include <pthread.h>

#include "template/build.h"
#include "template/device.h"
#include "template/source.h"

struct stream {
	struct block_device base;
	struct storage *storage; /* owned */
	struct cache_dir cache;
	struct fetch_pool pool;
	struct source_env env; /* of the sources: the three above */
	struct template_build build;
	struct source *_Atomic
		*sources; /* owned; one for each of the header's builds, NULL until it is read */
	pthread_mutex_t lock; /* of what follows, and of making a source */
	uint64_t failed_reads;
	char last_error[256];
};

/** stream_below() - that of a device that template_stream_open() made. Borrowed. */
struct stream *stream_below(struct block_device *d);

#endif
