/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/still.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/pause.h"
#include "runtime/record.h"

static uint64_t now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* One more held, if it runs. A container that is gone or ends meanwhile writes nothing. */
static int hold_one(struct still *st, const char *id, struct error *err)
{
	struct container *c = &st->containers[st->n];
	auto_close int process = FD_NONE;
	int r;

	*c = CONTAINER_INIT;
	st->pauses[st->n] = PAUSE_INIT;
	r = container_open(st->s, id, c, err);
	if (r == 0)
		r = process = container_process(c);
	if (r >= 0) {
		r = pause_begin(c, &st->pauses[st->n], err);
		if (r == 0) {
			st->n++;
			return 0;
		}
	}
	container_done(c);
	return r == -ENOENT || r == -ESRCH ? 0 : r;
}

static int hold(struct volume_writers *w, const struct strv *users, struct error *err)
{
	struct still *st = (struct still *)w;
	int r = 0;

	st->containers = calloc(users->n + 1, sizeof(*st->containers));
	st->pauses = calloc(users->n + 1, sizeof(*st->pauses));
	if (!st->containers || !st->pauses)
		return error_set(err, ENOMEM, "cannot hold the containers still");
	st->since = now();
	for (size_t i = 0; r == 0 && i < users->n; i++)
		r = hold_one(st, users->v[i], err);
	return r;
}

static void release(struct volume_writers *w)
{
	struct still *st = (struct still *)w;

	st->held = st->n;
	for (size_t i = 0; i < st->n; i++)
		pause_done(&st->pauses[i]);
	if (st->n > 0)
		st->lasted = now() - st->since;
	for (size_t i = 0; i < st->n; i++)
		container_done(&st->containers[i]);
	free(st->containers);
	free(st->pauses);
	st->containers = NULL;
	st->pauses = NULL;
	st->n = 0;
}

/* Its lock is held from before its start on, so that one that is being started counts, too. */
static bool runs(const struct store *s, const char *id)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = container_open(s, id, &c, NULL);

	if (r < 0)
		return r != -ENOENT;
	if (container_is_active(&c))
		return true;
	r = container_lock(&c, /* wait= */ false, NULL);
	return r < 0 && r != -ENOENT;
}

static int running(struct volume_writers *w, const struct strv *users, struct strv *ret,
		   struct error *err)
{
	const struct still *st = (const struct still *)w;

	strv_for_each(i, users) {
		if (runs(st->s, users->v[i]) && strv_add(ret, users->v[i]) < 0)
			return error_set(err, ENOMEM, "cannot name the containers");
	}
	return 0;
}

void still_init(struct still *st, const struct store *s)
{
	*st = (struct still){ .writers = { .hold = hold, .release = release, .running = running }, .s = s };
}
