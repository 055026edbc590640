/* SPDX-License-Identifier: Apache-2.0 */
#include "template/fetch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE ((size_t) 256 << 10)

int fetch_pool_init(struct fetch_pool *p, unsigned threads)
{
	*p = (struct fetch_pool){ .max_threads =
					  threads ? MIN(threads, FETCHERS_MAX) : FETCHERS_DEFAULT };
	p->threads = calloc(p->max_threads, sizeof(*p->threads));
	if (!p->threads)
		return -ENOMEM;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	(void)pthread_cond_init(&p->done, NULL);
	return 0;
}

/* With the lock held. The threads' own reference is the one that a running job has. */
static void unref(struct fetch_pool *p, struct fetch_job *j)
{
	struct fetch_job **at = &p->jobs;

	if (--j->refs > 0)
		return;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	free(j->data);
	free(j);
}

static struct fetch_job *next_job(struct fetch_pool *p)
{
	struct fetch_job *first = NULL;

	for (struct fetch_job *j = p->jobs; j; j = j->next) {
		if (j->state != FETCH_QUEUED)
			continue;
		if (j->urgent)
			return j;
		if (!first)
			first = j;
	}
	return first;
}

static void run_job(struct fetch_pool *p, struct fetch_job *j)
{
	struct error err = ERROR_INIT;

	j->state = FETCH_RUNNING;
	(void)pthread_mutex_unlock(&p->lock);
	j->result = j->run(j, &err);
	(void)snprintf(j->why, sizeof(j->why), "%.255s", err.msg);
	(void)pthread_mutex_lock(&p->lock);
	j->state = FETCH_DONE;
	(void)pthread_cond_broadcast(&p->done);
	unref(p, j);
}

static void *fetcher(void *arg)
{
	struct fetch_pool *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct fetch_job *j = next_job(p);

		if (j) {
			run_job(p, j);
			continue;
		}
		p->idle++;
		(void)pthread_cond_wait(&p->work, &p->lock);
		p->idle--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are for the program's own threads. */
static int add_thread(struct fetch_pool *p)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int r;

	(void)sigfillset(&all);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&p->threads[p->n_threads], &attr, fetcher, p);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	p->n_threads += r == 0;
	return -r;
}

void fetch_pool_stop(struct fetch_pool *p)
{
	if (!p->threads)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)pthread_mutex_lock(&p->lock);
	while (p->jobs)
		unref(p, p->jobs);
	(void)pthread_mutex_unlock(&p->lock);
	free(p->threads);
	p->threads = NULL;
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_cond_destroy(&p->done);
	(void)pthread_mutex_destroy(&p->lock);
}

/* A failed job is not found: the next reader tries again. One that is done is found while somebody reads its data. */
struct fetch_job *fetch_find(struct fetch_pool *p, const void *owner, uint64_t block)
{
	for (struct fetch_job *j = p->jobs; j; j = j->next) {
		if (j->owner == owner && block >= j->first && block < j->end &&
		    !(j->state == FETCH_DONE && j->result < 0))
			return j;
	}
	return NULL;
}

uint64_t fetch_next(struct fetch_pool *p, const void *owner, uint64_t block, uint64_t end)
{
	for (struct fetch_job *j = p->jobs; j; j = j->next) {
		if (j->owner == owner && j->first > block && j->first < end &&
		    j->state != FETCH_DONE)
			end = j->first;
	}
	return end;
}

struct fetch_job *fetch_start(struct fetch_pool *p, const struct fetch_job *j)
{
	struct fetch_job *made, **at = &p->jobs;

	if (p->idle == 0 && p->n_threads < p->max_threads && add_thread(p) < 0 && p->n_threads == 0)
		return NULL;
	made = malloc(sizeof(*made));
	if (!made)
		return NULL;
	*made = *j;
	made->next = NULL;
	made->state = FETCH_QUEUED;
	made->refs = 1; /* the thread's */
	while (*at)
		at = &(*at)->next;
	*at = made;
	(void)pthread_cond_signal(&p->work);
	return made;
}

void fetch_wait(struct fetch_pool *p, struct fetch_job *j)
{
	j->refs++;
	j->urgent = true;
	while (j->state != FETCH_DONE)
		(void)pthread_cond_wait(&p->done, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}

void fetch_release(struct fetch_pool *p, struct fetch_job *j)
{
	(void)pthread_mutex_lock(&p->lock);
	unref(p, j);
	(void)pthread_mutex_unlock(&p->lock);
}
