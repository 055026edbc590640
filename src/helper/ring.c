/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/ring.h"

#include <errno.h>
#include <stdlib.h>

int ring_init(struct ring *r)
{
	*r = (struct ring){ 0 };
	r->data = malloc(RING_CHUNK * RING_SLOTS);
	if (!r->data)
		return -ENOMEM;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->changed, NULL);
	return 0;
}

void ring_done(struct ring *r)
{
	if (!r->data)
		return;
	free(r->data);
	r->data = NULL;
	(void)pthread_mutex_destroy(&r->lock);
	(void)pthread_cond_destroy(&r->changed);
}

unsigned char *ring_reserve(struct ring *r)
{
	unsigned char *slot = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->made - r->used == RING_SLOTS && !r->aborted)
		pthread_cond_wait(&r->changed, &r->lock);
	if (!r->aborted)
		slot = r->data + (r->made % RING_SLOTS) * RING_CHUNK;
	pthread_mutex_unlock(&r->lock);
	return slot;
}

void ring_commit(struct ring *r, size_t len)
{
	pthread_mutex_lock(&r->lock);
	r->len[r->made % RING_SLOTS] = len;
	r->made++;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void ring_close(struct ring *r, const struct error *err)
{
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	if (err)
		r->failure = *err;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

int ring_peek(struct ring *r, const unsigned char **ret_data, size_t *ret_len, struct error *err)
{
	int result = 0;

	pthread_mutex_lock(&r->lock);
	while (r->made == r->used && !r->closed)
		pthread_cond_wait(&r->changed, &r->lock);
	if (r->made != r->used) {
		*ret_data = r->data + (r->used % RING_SLOTS) * RING_CHUNK;
		*ret_len = r->len[r->used % RING_SLOTS];
		result = 1;
	} else if (r->failure.code) {
		result = -r->failure.code;
		if (err)
			*err = r->failure;
	}
	pthread_mutex_unlock(&r->lock);
	return result;
}

void ring_release(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->used++;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

void ring_abort(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->aborted = true;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}
