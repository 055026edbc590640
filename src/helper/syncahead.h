/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a tree to disk while it is still being made and hashed, so that publishing it, which has to wait
 * until all of it is there, finds little left: a third of an import's time otherwise.
 */
#ifndef BERTH_HELPER_SYNCAHEAD_H
#define BERTH_HELPER_SYNCAHEAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/cleanup.h"

struct sync_ahead {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool started, end;
	int fd; /* borrowed */
};

#define SYNC_AHEAD_INIT                                                                            \
	((struct sync_ahead){ .lock = PTHREAD_MUTEX_INITIALIZER,                                   \
			      .ending = PTHREAD_COND_INITIALIZER })

/**
 * sync_ahead_begin() - sync the file system of @fd again and again until sync_ahead_done(). That it can't
 * be started, or that a sync fails, is no failure here: whoever publishes syncs once more and reports it.
 */
void sync_ahead_begin(struct sync_ahead *s, int fd);
void sync_ahead_done(struct sync_ahead *s);
DEFINE_AUTO(sync_ahead, struct sync_ahead, sync_ahead_done)
#define auto_sync_ahead auto_clean(sync_ahead)

#endif
