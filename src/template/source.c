/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a read is answered from:
 *
 *   the object itself     a plain object in a directory: the page cache is cache enough
 *   the cache             blocks that are there, once their checksum was seen to be right
 *   a job's buffer        blocks that are just being fetched; they are in the cache afterwards, if it has room
 *
 * What a job fetches: of a compressed object the frame, for nothing less can be had; of a plain one 128 KiB around a
 * block that is read at random, so that a mount that looks here and there stays cheap, up to 1 MiB where a read or
 * a sequence of reads wants it. Reads that go on where one before ended are followed by fetches ahead of them, each
 * time twice as far.
 */
#include "template/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "template/digest.h"
#include "template/frame.h"

/* How long an object that should be there is waited for, in steps that double. */
#define APPEAR_FIRST_MS 10
#define APPEAR_LAST_MS	1280

#define BLOCK	    ((size_t) CACHE_BLOCK)
#define AROUND	    UINT64_C(32)  /* blocks fetched for one that is read */
#define JOB_MAX	    UINT64_C(256) /* blocks of one request */
#define AHEAD_FIRST UINT64_C(64)  /* blocks fetched ahead at first */
#define AHEAD_MAX   UINT64_C(2048)
#define STREAMS	    4			   /* sequences of reads that are told apart */
#define TRIM_EVERY  ((uint64_t) 256 << 20) /* bytes kept between two looks at the cache's size */

struct sequence {
	uint64_t next,
		ahead; /* block that follows the last one read; end of what was fetched ahead */
	uint64_t window;
	uint64_t used; /* which of them was not used for longest */
};

struct source {
	const struct source_env *env;
	int fd; /* owned; the object itself, or FD_NONE */
	struct cache_entry entry;
	uint64_t size; /* of the data */
	enum frame_compression compression;
	const struct header_frame *frames; /* borrowed */
	size_t n_frames;
	uint64_t file_size; /* what the header says, or 0 */
	unsigned char sha256[HEADER_SHA256_SIZE];
	char name[OBJECT_NAME_MAX];
	_Atomic uint64_t fetched, kept;
	/* Under the pool's lock: */
	struct sequence sequences[STREAMS];
	uint64_t clock;
	_Atomic uint64_t whole_to; /* all blocks before this one are in the cache */
	bool looked;		   /* the digest of the whole was looked at */
};

void source_close(struct source *s)
{
	if (!s)
		return;
	cache_entry_done(&s->entry);
	fd_close(&s->fd);
	free(s);
}

uint64_t source_fetched(const struct source *s)
{
	return atomic_load(&s->fetched);
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static void sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long) (ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

/* @look is tried until it finds something, for a while. */
static int appear(struct source *s, int (*look)(struct source *s, void *to, struct error *err),
		  void *to, struct error *err)
{
	for (unsigned ms = APPEAR_FIRST_MS;; ms *= 2) {
		struct error why = ERROR_INIT;
		int r = look(s, to, &why);

		if (r == 0)
			return 0;
		if (r != -ENOENT || ms > APPEAR_LAST_MS) {
			if (err)
				*err = why;
			return r;
		}
		sleep_ms(ms);
	}
}

static int look_at_file(struct source *s, void *to, struct error *err)
{
	struct storage *storage = s->env->storage;
	struct stat st = { .st_size = 0 };

	(void)to;
	s->fd = storage->ops->open(storage, s->name, err);
	if (s->fd < 0)
		return s->fd;
	if (fstat(s->fd, &st) < 0)
		return storage_fail(storage, errno, s->name, err);
	s->size = (uint64_t) st.st_size;
	return 0;
}

static int look_at_object(struct source *s, void *to, struct error *err)
{
	return s->env->storage->ops->stat(s->env->storage, s->name, to, err);
}

/* What a new entry of the cache is of. */
static int look(void *context, struct storage_object *ret, uint64_t *ret_size, struct error *err)
{
	struct source *s = context;
	int r = appear(s, look_at_object, ret, err);
	const struct header_frame *last = s->n_frames ? &s->frames[s->n_frames - 1] : NULL;

	if (r < 0)
		return r;
	*ret_size = ret->size;
	if (!last)
		return 0;
	/* An ancestor's list of frames has gaps, and its size may be unknown: to the last frame, then. */
	*ret_size = s->file_size ? s->file_size : last->start + last->size;
	if (last->packed_start + last->packed_size > ret->size)
		return error_msg(
			err, EIO,
			"template storage '%s': object '%s' is shorter than its build says",
			s->env->storage->location->url, s->name);
	return 0;
}

static int open_cached(struct source *s, const char *key, struct error *err)
{
	const struct cache_source from = { .look = look, .context = s };
	char name[CACHE_ENTRY_NAME_MAX];
	int r = cache_entry_name(s->env->storage->location, key, name);

	if (r < 0)
		return error_set(err, r, "cannot open the template");
	r = cache_entry_open(&s->entry, s->env->cache, name, &from, err);
	s->size = s->entry.size;
	if (r == 0 && cache_is_proven(&s->entry))
		s->whole_to = s->entry.blocks;
	return r;
}

int source_open(const struct source_env *env, const char *key, const struct header_build *b,
		struct source **ret, struct error *err)
{
	struct source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_set(err, ENOMEM, "cannot open the template");
	s->env = env;
	s->fd = FD_NONE;
	s->entry = CACHE_ENTRY_INIT;
	s->compression = b->compression;
	s->frames = b->frames;
	s->n_frames = b->n_frames;
	s->file_size = b->file_size;
	memcpy(s->sha256, b->sha256, sizeof(s->sha256));
	(void)snprintf(s->name, sizeof(s->name), "%s/" BUILD_DATA "%s", key,
			build_suffix(b->compression));
	r = b->compression == FRAME_NONE && env->storage->ops->open
		    ? appear(s, look_at_file, NULL, err)
		    : open_cached(s, key, err);
	if (r < 0)
		source_close(s);
	else
		*ret = s;
	return r;
}

/* ---- fetching ---------------------------------------------------------------------------------------------- */

static const struct header_frame *frame_of(const struct source *s, uint64_t offset)
{
	size_t low = 0, high = s->n_frames;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->frames[middle].start + s->frames[middle].size <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n_frames && s->frames[low].start <= offset ? &s->frames[low] : NULL;
}

static int fetch_plain(struct source *s, struct fetch_job *j, struct error *err)
{
	uint64_t start = j->first * BLOCK, end = MIN(j->end * BLOCK, s->size);
	struct storage *storage = s->env->storage;
	int r = storage->ops->read(storage, &s->entry.object, j->data, end - start, start, err);

	if (r == 0)
		(void)atomic_fetch_add(&s->fetched, end - start);
	return r;
}

static int fetch_frame(struct source *s, struct fetch_job *j, struct error *err)
{
	const struct header_frame *f = frame_of(s, j->first * BLOCK);
	struct storage *storage = s->env->storage;
	auto_free void *packed = f ? malloc(f->packed_size) : NULL;
	int r;

	if (!packed)
		return error_set(err, ENOMEM, "cannot read a frame of '%s'", s->name);
	r = storage->ops->read(storage, &s->entry.object, packed, f->packed_size, f->packed_start,
			       err);
	if (r < 0)
		return r;
	(void)atomic_fetch_add(&s->fetched, f->packed_size);
	r = frame_inflate(s->compression, packed, f->packed_size, j->data, f->size);
	if (r < 0)
		return error_msg(
			err, -r, "template storage '%s': object '%s' is damaged at byte %llu",
			storage->location->url, s->name, (unsigned long long) f->packed_start);
	return 0;
}

static bool all_there(const struct source *s, uint64_t first, uint64_t end)
{
	while (first < end && cache_has(&s->entry, first))
		first++;
	return first == end;
}

/* The digest is that of the data without what fills its last block. */
static int digest_of_data(struct source *s, unsigned char digest[DIGEST_SIZE])
{
	auto_digest struct digest d = DIGEST_INIT;
	auto_free char *chunk = malloc(JOB_MAX * BLOCK);
	int r = chunk ? digest_init(&d) : -ENOMEM;

	for (uint64_t i = 0; r == 0 && i < s->entry.blocks; i += JOB_MAX) {
		uint64_t n = MIN(JOB_MAX, s->entry.blocks - i);

		r = cache_read(&s->entry, chunk, i, n);
		if (r == 0)
			digest_add(&d, chunk, MIN(n * BLOCK, s->size - i * BLOCK));
	}
	if (r == 0)
		digest_end(&d, digest);
	return r;
}

/* When the last block has come: what was fetched is what the header promises, or all of it is fetched again. */
static void look_at_whole(struct source *s)
{
	static const unsigned char unknown[HEADER_SHA256_SIZE];
	unsigned char digest[DIGEST_SIZE];
	bool look;

	(void)pthread_mutex_lock(&s->env->pool->lock);
	while (s->whole_to < s->entry.blocks && cache_has(&s->entry, s->whole_to))
		s->whole_to++;
	look = s->whole_to == s->entry.blocks && !s->looked;
	s->looked = s->looked || look;
	(void)pthread_mutex_unlock(&s->env->pool->lock);
	if (!look || cache_is_proven(&s->entry))
		return;
	if (memcmp(s->sha256, unknown, sizeof(unknown)) == 0)
		(void)cache_prove(&s->entry, true);
	else if (digest_of_data(s, digest) == 0)
		(void)cache_prove(&s->entry, memcmp(digest, s->sha256, DIGEST_SIZE) == 0);
}

static void keep(struct source *s, struct fetch_job *j)
{
	uint64_t n = j->end - j->first, kept;
	int r = cache_write(&s->entry, j->data, j->first, n);

	if (r == -ENOSPC &&
	    cache_trim(s->env->cache, s->env->cache->limit / 2, NULL, NULL, NULL) == 0)
		r = cache_write(&s->entry, j->data, j->first, n);
	if (r < 0)
		return;
	kept = atomic_fetch_add(&s->kept, n * BLOCK);
	if (kept / TRIM_EVERY != (kept + n * BLOCK) / TRIM_EVERY)
		(void)cache_trim(s->env->cache, s->env->cache->limit, NULL, NULL, NULL);
	look_at_whole(s);
}

static int run_fetch(struct fetch_job *j, struct error *err)
{
	struct source *s = (struct source *) (uintptr_t) j->owner;
	uint64_t n = j->end - j->first;
	int r;

	j->data = calloc(n, BLOCK);
	if (!j->data)
		return error_set(err, ENOMEM, "cannot fetch from '%s'", s->name);
	cache_lock(&s->entry, j->first, n);
	if (all_there(s, j->first, j->end) && cache_read(&s->entry, j->data, j->first, n) == 0) {
		r = 0; /* another process was faster */
	} else {
		r = s->compression == FRAME_NONE ? fetch_plain(s, j, err) : fetch_frame(s, j, err);
		if (r == 0)
			keep(s, j);
	}
	cache_unlock(&s->entry, j->first, n);
	return r;
}

/* The blocks of the job that fetches @block, of which those up to @end are wanted too. With the pool's lock held. */
static bool job_range(struct source *s, uint64_t block, uint64_t end, struct fetch_job *j)
{
	uint64_t stop;

	if (s->compression != FRAME_NONE) {
		const struct header_frame *f = frame_of(s, block * BLOCK);

		if (!f || f->start % BLOCK)
			return false;
		j->first = f->start / BLOCK;
		j->end = MIN((f->start + f->size + BLOCK - 1) / BLOCK, s->entry.blocks);
		return true;
	}
	j->first = block / AROUND * AROUND;
	while (j->first < block &&
	       (cache_has(&s->entry, j->first) || fetch_find(s->env->pool, s, j->first)))
		j->first++;
	stop = MIN((end + AROUND - 1) / AROUND * AROUND, s->entry.blocks);
	stop = fetch_next(s->env->pool, s, block, MIN(stop, j->first + JOB_MAX));
	for (j->end = block + 1; j->end < stop && !cache_has(&s->entry, j->end);)
		j->end++;
	return true;
}

/* With the pool's lock held. NULL with @err if no frame has the block, or without memory. */
static struct fetch_job *need(struct source *s, uint64_t block, uint64_t end, struct error *err)
{
	struct fetch_job *j = fetch_find(s->env->pool, s, block);
	struct fetch_job wanted = { .owner = s, .run = run_fetch };

	if (j)
		return j;
	if (!job_range(s, block, end, &wanted)) {
		(void)error_msg(err, EIO,
				 "template storage '%s': object '%s' has no frame for block %" PRIu64,
				 s->env->storage->location->url, s->name, block);
		return NULL;
	}
	j = fetch_start(s->env->pool, &wanted);
	if (!j)
		(void)error_set(err, ENOMEM, "cannot fetch from '%s'", s->name);
	return j;
}

/* Jobs for all of [@block, @end) that is not there. With the pool's lock held. */
static void start_missing(struct source *s, uint64_t block, uint64_t end)
{
	end = MIN(end, s->entry.blocks);
	while (block < end) {
		struct fetch_job *j;

		if (cache_has(&s->entry, block)) {
			block++;
			continue;
		}
		j = need(s, block, end, NULL);
		if (!j)
			return;
		block = MAX(j->end, block + 1);
	}
}

void source_want(struct source *s, size_t len, uint64_t offset)
{
	if (s->fd >= 0 ||
	    all_there(s, offset / BLOCK, MIN((offset + len + BLOCK - 1) / BLOCK, s->entry.blocks)))
		return;
	(void)pthread_mutex_lock(&s->env->pool->lock);
	start_missing(s, offset / BLOCK, (offset + len + BLOCK - 1) / BLOCK);
	(void)pthread_mutex_unlock(&s->env->pool->lock);
}

/* The sequence that [@first, @end) goes on with, or the longest unused one, begun anew. */
static struct sequence *find_sequence(struct source *s, uint64_t first, uint64_t end)
{
	struct sequence *q = &s->sequences[0];

	for (size_t i = 0; i < STREAMS; i++) {
		struct sequence *at = &s->sequences[i];

		if (at->used && first < at->next + AROUND && first + AROUND > at->next &&
		    end > at->next)
			return at;
		if (at->used < q->used)
			q = at;
	}
	*q = (struct sequence){ .next = first, .ahead = first };
	return q;
}

static void follow(struct source *s, uint64_t first, uint64_t end)
{
	struct sequence *q;

	if (s->whole_to == s->entry.blocks)
		return;
	q = find_sequence(s, first, end);
	q->window = q->used ? MIN(MAX(2 * q->window, AHEAD_FIRST), AHEAD_MAX) : 0;
	q->used = ++s->clock;
	q->next = end;
	if (q->window && q->ahead < end + q->window / 2) {
		uint64_t from = MAX(q->ahead, end);

		q->ahead = end + q->window;
		start_missing(s, from, q->ahead);
	}
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

/* [@offset, @offset + @len), all of it in the cache; a part of a block is copied out of the whole. */
static int read_kept(struct source *s, unsigned char *to, size_t len, uint64_t offset)
{
	unsigned char block[CACHE_BLOCK];

	while (len > 0) {
		size_t skip = offset % BLOCK, n = MIN(len, BLOCK - skip);
		int r;

		if (skip == 0 && len >= BLOCK) {
			n = len - len % BLOCK;
			r = cache_read(&s->entry, to, offset / BLOCK, n / BLOCK);
		} else {
			r = cache_read(&s->entry, block, offset / BLOCK, 1);
			memcpy(to, block + skip, n);
		}
		if (r < 0)
			return r;
		to += n;
		len -= n;
		offset += n;
	}
	return 0;
}

/* From a job, fetched for us or for another. Return: how many bytes, or -errno. */
static ssize_t read_fetched(struct source *s, unsigned char *to, size_t len, uint64_t offset,
			    struct error *err)
{
	struct fetch_pool *pool = s->env->pool;
	struct fetch_job *j;
	uint64_t skip;
	ssize_t r;

	(void)pthread_mutex_lock(&pool->lock);
	j = need(s, offset / BLOCK, (offset + len + BLOCK - 1) / BLOCK, err);
	if (!j) {
		(void)pthread_mutex_unlock(&pool->lock);
		return -EIO;
	}
	fetch_wait(pool, j);
	r = j->result;
	skip = offset - j->first * BLOCK;
	if (r == 0) {
		r = (ssize_t) MIN(len, (j->end - j->first) * BLOCK - skip);
		memcpy(to, (const char *) j->data + skip, (size_t) r);
	} else {
		(void)error_msg(err, (int) -r, "%s", j->why);
	}
	fetch_release(pool, j);
	return r;
}

static int read_through(struct source *s, unsigned char *to, size_t len, uint64_t offset,
			struct error *err)
{
	unsigned dropped = 0;

	while (len > 0) {
		uint64_t block = offset / BLOCK, last = (offset + len + BLOCK - 1) / BLOCK;
		ssize_t n;

		while (block < last && cache_has(&s->entry, block))
			block++;
		if (block > offset / BLOCK) {
			n = (ssize_t) MIN(len, block * BLOCK - offset);
			/* What is found damaged on our disk has been dropped, and is fetched in the next round. */
			if (read_kept(s, to, (size_t) n, offset) < 0) {
				if (++dropped > len / BLOCK + 8)
					return error_msg(
						err, EIO,
						"the template cache's copy of '%s' can't be read",
						s->name);
				continue;
			}
		} else {
			n = read_fetched(s, to, len, offset, err);
			if (n < 0)
				return (int) n;
		}
		to += n;
		len -= (size_t) n;
		offset += (uint64_t) n;
	}
	return 0;
}

static int read_direct(struct source *s, unsigned char *to, size_t len, uint64_t offset,
		       struct error *err)
{
	size_t there = offset >= s->size ? 0 : (size_t) MIN(len, s->size - offset);
	int r = fd_read_at(s->fd, to, there, offset);

	memset(to + there, 0, len - there);
	return r < 0 ? storage_fail(s->env->storage, r, s->name, err) : 0;
}

int source_read(struct source *s, void *to, size_t len, uint64_t offset, struct error *err)
{
	uint64_t first = offset / BLOCK, end = (offset + len + BLOCK - 1) / BLOCK;

	if (offset + len > (s->size + BLOCK - 1) / BLOCK * BLOCK)
		return error_msg(err, EIO, "template storage '%s': object '%s' is too short",
				 s->env->storage->location->url, s->name);
	if (s->fd >= 0)
		return read_direct(s, to, len, offset, err);
	if (s->whole_to < s->entry.blocks || !all_there(s, first, end)) {
		(void)pthread_mutex_lock(&s->env->pool->lock);
		start_missing(s, first, end);
		follow(s, first, end);
		(void)pthread_mutex_unlock(&s->env->pool->lock);
	}
	return read_through(s, to, len, offset, err);
}
