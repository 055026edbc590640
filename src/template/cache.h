/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was fetched, kept on this machine: a directory for each data object, shared by all processes that read it.
 *
 *   CACHE/ENTRY/data     the uncompressed data, sparse
 *   CACHE/ENTRY/map      struct cache_head, then a CRC-32C for each block that is there, 0 for one that is not
 *   CACHE/ENTRY/header   the build's header object
 *
 * A block's data is written before its checksum: a process killed between has fetched for nothing, no more. After a
 * power cut a block may have lost what its checksum says; it is then fetched again. Whoever uses an entry holds a
 * shared lock on its directory, whoever removes one an exclusive lock.
 */
#ifndef BERTH_TEMPLATE_CACHE_H
#define BERTH_TEMPLATE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strv.h"
#include "template/storage.h"

#define CACHE_LIMIT_DEFAULT ((uint64_t) 10 << 30)
#define CACHE_BLOCK	    4096u

struct cache_dir {
	int fd;		/* owned */
	uint64_t limit; /* bytes */
};

#define CACHE_DIR_INIT ((struct cache_dir){ .fd = FD_NONE })

/** cache_dir_open() - open the directory @path, made if it is not there. @limit: 0: the default. */
int cache_dir_open(struct cache_dir *c, const char *path, uint64_t limit, struct error *err);

static inline void cache_dir_done(struct cache_dir *c)
{
	fd_close(&c->fd);
}
DEFINE_AUTO(cache_dir, struct cache_dir, cache_dir_done)

#define CACHE_ENTRY_NAME_MAX 192

/** cache_entry_name() - of the build @key of a storage. Return: 0 or -ENOMEM. */
int cache_entry_name(const struct template_location *l, const char *key,
		     char out[CACHE_ENTRY_NAME_MAX]);

struct cache_entry {
	int dir_fd;	     /* owned; holds the shared lock */
	int data_fd, map_fd; /* owned */
	const uint32_t *map; /* owned; the file's checksums, as all processes write them */
	uint64_t size;	     /* of the data */
	uint64_t blocks;
	struct storage_object object; /* what is fetched from */
	unsigned char *
		verified; /* owned; a bit for each block whose checksum this process has seen to be right */
};

#define CACHE_ENTRY_INIT \
 ((struct cache_entry){ .dir_fd = FD_NONE, .data_fd = FD_NONE, .map_fd = FD_NONE })

/**
 * cache_entry_open() - the entry @name, made when it is not there.
 * @look: called, at most once, for a new entry: says of what object it is and how long its data is
 */
struct cache_source {
	int (*look)(void *context, struct storage_object *ret, uint64_t *ret_size,
		    struct error *err);
	void *context;
};
int cache_entry_open(struct cache_entry *e, const struct cache_dir *c, const char *name,
		     const struct cache_source *from, struct error *err);
void cache_entry_done(struct cache_entry *e);

/** cache_has() - whether block @i is there. */
static inline bool cache_has(const struct cache_entry *e, uint64_t i)
{
	return __atomic_load_n(&e->map[i], __ATOMIC_ACQUIRE) != 0;
}

/** cache_read() - blocks [@first, @first + @n), all there. -EBADMSG: a checksum was wrong; that block is dropped. */
int cache_read(struct cache_entry *e, void *to, uint64_t first, uint64_t n);

/** cache_write() - keep blocks [@first, @first + @n). Return: 0 or -errno: then they are not kept. */
int cache_write(struct cache_entry *e, const void *from, uint64_t first, uint64_t n);

/**
 * cache_lock() - say to other processes that blocks are being fetched, and wait for one that does so already;
 * not for ever: fetching twice is better than to hang on a process that is stopped.
 */
void cache_lock(struct cache_entry *e, uint64_t first, uint64_t n);
void cache_unlock(struct cache_entry *e, uint64_t first, uint64_t n);

/**
 * cache_prove() - say that all is there and right, or that it is wrong and must be fetched anew.
 * cache_is_proven() - whether some process said so.
 */
bool cache_is_proven(const struct cache_entry *e);
int cache_prove(struct cache_entry *e, bool right);

/** cache_header_get() / cache_header_put() - the build's header object. -ENOENT: it is not kept. */
int cache_header_get(const struct cache_dir *c, const char *name, struct buf *out);
int cache_header_put(const struct cache_dir *c, const char *name, const struct buf *object);

struct cache_usage {
	char name[CACHE_ENTRY_NAME_MAX];
	uint64_t bytes;	   /* on disk */
	uint64_t size;	   /* of the whole data; 0: unknown */
	int64_t last_used; /* seconds since the epoch */
	bool in_use;
};

/** cache_list() - all entries, the one that was not used for longest first. @ret: to be freed. */
int cache_list(const struct cache_dir *c, struct cache_usage **ret, size_t *ret_n,
	       struct error *err);

/**
 * cache_trim() - remove entries that nobody uses, longest unused first, until no more than @limit bytes are there.
 * @ret_removed: names are added, or NULL; @ret_bytes: what that gave back, or NULL
 */
int cache_trim(const struct cache_dir *c, uint64_t limit, struct strv *ret_removed,
	       uint64_t *ret_bytes, struct error *err);

/** cache_remove() - one entry. -EBUSY: it is in use; -ENOENT. */
int cache_remove(const struct cache_dir *c, const char *name);

#endif
