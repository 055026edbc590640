/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/syncahead.h"

#include <time.h>
#include <unistd.h>

#define PAUSE_NS 10000000L /* between two syncs: time for the other thread to make something to sync */

static struct timespec pause_end(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += PAUSE_NS;
	t.tv_sec += t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	return t;
}

static void *sync_main(void *arg)
{
	struct sync_ahead *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->end) {
		struct timespec until;

		(void)pthread_mutex_unlock(&s->lock);
		(void)syncfs(s->fd);
		until = pause_end();
		(void)pthread_mutex_lock(&s->lock);
		if (!s->end)
			(void)pthread_cond_timedwait(&s->ending, &s->lock, &until);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

void sync_ahead_begin(struct sync_ahead *s, int fd)
{
	s->fd = fd;
	s->started = pthread_create(&s->thread, NULL, sync_main, s) == 0;
}

void sync_ahead_done(struct sync_ahead *s)
{
	if (!s->started)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->end = true;
	(void)pthread_cond_signal(&s->ending);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	s->started = false;
}
