/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that fetch: a pool for each device. A job is a range of one source's blocks; whoever wants a block that is
 * being fetched waits for that job, so that nothing is fetched twice.
 */
#ifndef BERTH_TEMPLATE_FETCH_H
#define BERTH_TEMPLATE_FETCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define FETCHERS_DEFAULT 6
#define FETCHERS_MAX	 64

struct fetch_job {
	struct fetch_job *next; /* in the pool's list, until nobody refers to it */
	const void *owner;	/* the source whose blocks these are */
	uint64_t first, end;	/* blocks */
	/** .run - fetch into @data. Called by one thread, without a lock. */
	int (*run)(struct fetch_job *j, struct error *err);
	void *data; /* owned; the blocks' bytes, made by .run */
	int result;
	char why[256]; /* if it failed */
	enum {
		FETCH_QUEUED,
		FETCH_RUNNING,
		FETCH_DONE
	} state;
	bool urgent; /* somebody waits */
	unsigned refs;
};

struct fetch_pool {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct fetch_job *jobs; /* all that are not freed; oldest first */
	pthread_t *threads;	/* owned */
	unsigned n_threads, max_threads, idle;
	bool stopping;
};

int fetch_pool_init(struct fetch_pool *p, unsigned threads);

/** fetch_pool_stop() - let what runs end, forget what is queued, join the threads. Nobody may be waiting. */
void fetch_pool_stop(struct fetch_pool *p);

/**
 * fetch_find() - the job that has or will have @block of @owner, or NULL. Call with the lock held.
 * fetch_next() - the first block after @block that a job has, at most @end. Call with the lock held.
 */
struct fetch_job *fetch_find(struct fetch_pool *p, const void *owner, uint64_t block);
uint64_t fetch_next(struct fetch_pool *p, const void *owner, uint64_t block, uint64_t end);

/** fetch_start() - queue a job, a copy of @j. Call with the lock held. Return: the job, or NULL without memory. */
struct fetch_job *fetch_start(struct fetch_pool *p, const struct fetch_job *j);

/** fetch_wait() - wait for a job that fetch_find() or fetch_start() gave; call with the lock held, which it lets go. */
void fetch_wait(struct fetch_pool *p, struct fetch_job *j);

/** fetch_release() - after fetch_wait() and the use of its data; takes the lock itself. */
void fetch_release(struct fetch_pool *p, struct fetch_job *j);

#endif
