/* SPDX-License-Identifier: Apache-2.0 */
/* The uncompressed data of one build: read from where it is, through the cache where that is far or compressed. */
#ifndef BERTH_TEMPLATE_SOURCE_H
#define BERTH_TEMPLATE_SOURCE_H

#include "template/build.h"
#include "template/cache.h"
#include "template/fetch.h"

struct source;

/* What the sources of a device have in common; all borrowed. */
struct source_env {
	struct storage *storage;
	const struct cache_dir *cache;
	struct fetch_pool *pool;
};

/**
 * source_open() - the data object of a build.
 * @key: directory of its objects
 * @b: what is known of it; its frames must live as long
 *
 * Nothing is asked of the storage when the cache has an entry. An object that is not there is waited for a short
 * while: some writers put the header first.
 * Return: 0 or -errno with @err.
 */
int source_open(const struct source_env *env, const char *key, const struct header_build *b,
		struct source **ret, struct error *err);
/** source_close() - after fetch_pool_stop(). */
void source_close(struct source *s);

/** source_read() - exactly @len bytes at @offset; zeros between the data's end and that of its last block. */
int source_read(struct source *s, void *to, size_t len, uint64_t offset, struct error *err);

/** source_want() - have the range fetched, without waiting for it. */
void source_want(struct source *s, size_t len, uint64_t offset);

/** source_fetched() - bytes that were fetched from the storage so far. */
uint64_t source_fetched(const struct source *s);

#endif
