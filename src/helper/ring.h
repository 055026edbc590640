/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct ring - a bounded queue of byte chunks from one thread to one other. All chunks but the last are
 * full, so that what is aligned in the stream stays in one chunk. Either side can give up: the other
 * one learns of it at its next call.
 */
#ifndef BERTH_HELPER_RING_H
#define BERTH_HELPER_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define RING_CHUNK ((size_t)512 << 10)
#define RING_SLOTS 8

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned char *data; /* owned; RING_SLOTS chunks */
	size_t len[RING_SLOTS];
	unsigned long made, used; /* chunks ever */
	bool closed, aborted;
	struct error failure; /* the producer's, passed to the consumer */
};

int ring_init(struct ring *r);
void ring_done(struct ring *r);

/* The producer's side. */

/** ring_reserve() - wait for a free chunk of RING_CHUNK bytes. NULL if the consumer gave up. */
unsigned char *ring_reserve(struct ring *r);
/** ring_commit() - hand on the chunk that ring_reserve() gave, @len bytes of it. */
void ring_commit(struct ring *r, size_t len);
/** ring_close() - end of data; with @err (code not 0) the consumer gets that after the chunks made so far. */
void ring_close(struct ring *r, const struct error *err);

/* The consumer's side. */

/** ring_peek() - wait for the next chunk. Return: 1; 0 at the end; -errno with the producer's error. */
int ring_peek(struct ring *r, const unsigned char **ret_data, size_t *ret_len, struct error *err);
/** ring_release() - done with the chunk that ring_peek() gave. */
void ring_release(struct ring *r);
/** ring_abort() - the consumer wants no more. */
void ring_abort(struct ring *r);

#endif
