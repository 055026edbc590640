/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The read-only device of a build: each range of it is zeros or a range of some build's data, as the header's
 * mapping says. A build's data is opened when something of it is first read.
 */
#include "template/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "template/build.h"
#include "template/cow.h"
#include "template/source.h"
#include "template/stream_internal.h"

static struct stream *stream_of(struct block_device *d)
{
	return (struct stream *) (void *) d;
}

/* The directory of a build's objects: the one that was opened may be called otherwise than its id. */
static void key_of(const struct stream *s, const struct header_build *b,
		   char out[BUILD_NAME_MAX + 1])
{
	if (uuid_compare(&b->id, &s->build.header.build) == 0)
		(void)snprintf(out, BUILD_NAME_MAX + 1, "%s", s->build.key);
	else
		(void)uuid_format(out, &b->id);
}

/*
 * From version 4 on a header lists what it knows of its builds. An ancestor that it does not list is asked itself;
 * before version 4 nothing was ever compressed.
 */
static int learn(struct stream *s, const char *key, struct header_build *b, struct error *err)
{
	auto_template_build struct template_build own = TEMPLATE_BUILD_INIT;
	uint32_t at;
	int r;

	if (b->listed || (s->build.header.version & 0xffff) < 4 ||
	    uuid_compare(&b->id, &s->build.header.build) == 0)
		return 0;
	r = build_load(s->storage, &s->cache, key, &own, err);
	if (r < 0)
		return r;
	at = header_find_build(&own.header, &b->id);
	if (at == HEADER_ZEROS)
		return 0;
	free(b->frames);
	*b = own.header.builds[at];
	own.header.builds[at].frames = NULL;
	own.header.builds[at].n_frames = 0;
	return 0;
}

static int open_source(struct stream *s, uint32_t build, struct source **ret, struct error *err)
{
	struct header_build *b = &s->build.header.builds[build];
	struct source *made = NULL;
	char key[BUILD_NAME_MAX + 1];
	int r = 0;

	key_of(s, b, key);
	(void)pthread_mutex_lock(&s->lock);
	if (!s->sources[build]) {
		r = learn(s, key, b, err);
		if (r == 0)
			r = source_open(&s->env, key, b, &made, err);
		if (r == 0)
			atomic_store(&s->sources[build], made);
	}
	(void)pthread_mutex_unlock(&s->lock);
	*ret = atomic_load(&s->sources[build]);
	return r;
}

static int read_extent(struct stream *s, const struct header_extent *e, unsigned char *to,
		       size_t len, uint64_t offset, struct error *err)
{
	struct source *from;

	if (e->build == HEADER_ZEROS) {
		memset(to, 0, len);
		return 0;
	}
	from = atomic_load(&s->sources[e->build]);
	if (!from) {
		int r = open_source(s, e->build, &from, err);

		if (r < 0)
			return r;
	}
	return source_read(from, to, len, e->storage + (offset - e->offset), err);
}

static int failed(struct stream *s, const struct error *err)
{
	(void)pthread_mutex_lock(&s->lock);
	s->failed_reads++;
	(void)snprintf(s->last_error, sizeof(s->last_error), "%.255s", err->msg);
	(void)pthread_mutex_unlock(&s->lock);
	return -EIO;
}

/* A read that spans several extents has all of it fetched at the same time. */
static void want_extents(struct stream *s, size_t first, size_t length, uint64_t offset)
{
	const struct template_header *h = &s->build.header;
	uint64_t end = offset + length;

	for (size_t i = first; i < h->n_extents && h->extents[i].offset < end; i++) {
		const struct header_extent *e = &h->extents[i];
		uint64_t from = MAX(offset, e->offset), to = MIN(end, e->offset + e->length);
		struct source *source =
			e->build == HEADER_ZEROS ? NULL : atomic_load(&s->sources[e->build]);

		if (source)
			source_want(source, (size_t) (to - from), e->storage + (from - e->offset));
	}
}

static int stream_read(struct block_device *d, void *to, size_t length, uint64_t offset)
{
	struct stream *s = stream_of(d);
	const struct template_header *h = &s->build.header;
	size_t first = header_find_extent(h, offset);
	unsigned char *p = to;

	if (first < h->n_extents &&
	    h->extents[first].offset + h->extents[first].length < offset + length)
		want_extents(s, first, length, offset);
	for (size_t i = first; length > 0; i++) {
		struct error err = ERROR_INIT;
		size_t n = length;

		if (i >= h->n_extents) {
			memset(p, 0, length);
			return 0;
		}
		n = (size_t) MIN(length, h->extents[i].offset + h->extents[i].length - offset);
		if (read_extent(s, &h->extents[i], p, n, offset, &err) < 0)
			return failed(s, &err);
		p += n;
		length -= n;
		offset += n;
	}
	return 0;
}

static int stream_write(struct block_device *d, const void *from, size_t length, uint64_t offset)
{
	(void)d, (void)from, (void)length, (void)offset;
	return -EROFS;
}

static int stream_zero(struct block_device *d, size_t length, uint64_t offset)
{
	(void)d, (void)length, (void)offset;
	return -EROFS;
}

static int stream_flush(struct block_device *d)
{
	(void)d;
	return 0;
}

static void stream_free(struct block_device *d)
{
	struct stream *s = stream_of(d);

	if (s->storage && s->storage->ops->stop)
		s->storage->ops->stop(s->storage);
	fetch_pool_stop(&s->pool);
	for (size_t i = 0; s->sources && i < s->build.header.n_builds; i++)
		source_close(s->sources[i]);
	free(s->sources);
	template_build_done(&s->build);
	storage_close(s->storage);
	cache_dir_done(&s->cache);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static const struct block_device_ops stream_ops = {
	.read = stream_read,
	.write = stream_write,
	.zero = stream_zero,
	.flush = stream_flush,
	.free = stream_free,
};

static int stream_init(struct stream *s, const struct template_stream_options *o, struct error *err)
{
	int r = storage_open(o->location, &s->storage, err);

	s->env = (struct source_env){ .storage = s->storage, .cache = &s->cache, .pool = &s->pool };
	if (r == 0 && o->cache_dir)
		r = cache_dir_open(&s->cache, o->cache_dir, o->cache_limit, err);
	if (r == 0)
		r = build_load(s->storage, &s->cache, o->build, &s->build, err);
	if (r < 0)
		return r;
	s->sources = calloc(s->build.header.n_builds + 1, sizeof(*s->sources));
	if (!s->sources || fetch_pool_init(&s->pool, o->fetchers) < 0)
		return error_set(err, ENOMEM, "cannot open the template");
	s->base.size = (s->build.header.size + HEADER_BLOCK - 1) / HEADER_BLOCK * HEADER_BLOCK;
	return 0;
}

int template_stream_open(const struct template_stream_options *o, struct block_device **ret,
			 struct error *err)
{
	struct stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s || pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return error_set(err, ENOMEM, "cannot open the template");
	}
	s->cache = CACHE_DIR_INIT;
	s->base = (struct block_device){ .ops = &stream_ops,
					 .block_size = HEADER_BLOCK,
					 .read_only = true };
	r = stream_init(s, o, err);
	*ret = &s->base;
	if (r == 0 && o->overlay)
		r = cow_open(&s->base, o->overlay, &s->build.header.build, ret, err);
	if (r < 0) {
		stream_free(&s->base);
		*ret = NULL;
	}
	return r;
}

struct stream *stream_below(struct block_device *d)
{
	struct block_device *lower = cow_lower(d);

	return stream_of(lower ? lower : d);
}

void template_stream_counters(struct block_device *d, struct template_counters *ret)
{
	struct stream *s = stream_below(d);

	*ret = (struct template_counters){ .bytes_dirty = cow_dirty(d) };
	for (size_t i = 0; i < s->build.header.n_builds; i++) {
		const struct source *from = atomic_load(&s->sources[i]);

		ret->bytes_fetched += from ? source_fetched(from) : 0;
	}
	(void)pthread_mutex_lock(&s->lock);
	ret->failed_reads = s->failed_reads;
	memcpy(ret->last_error, s->last_error, sizeof(ret->last_error));
	(void)pthread_mutex_unlock(&s->lock);
}
