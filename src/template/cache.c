/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of the cache: made, read, written, locked. The directory of them all: cache_dir.c. */
#include "template/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "base/fs.h"
#include "template/pack.h"

#define CACHE_MAGIC	 "berthcache1"
#define LOCK_PATIENCE_MS 3000
#define LOCK_POLL_MS	 5

/* The first block of the map file. */
struct cache_head {
	char magic[16];
	uint64_t size;
	uint64_t proven; /* 1: all is there, and its digest, where it is known, was right */
	uint64_t object_size;
	char object_name[OBJECT_NAME_MAX];
	char object_version[128];
};

_Static_assert(sizeof(struct cache_head) <= CACHE_BLOCK, "the head is a block");

static uint32_t checksum(const void *block)
{
	uint32_t crc = crc32_iscsi((unsigned char *) (uintptr_t) block, (int) CACHE_BLOCK, ~0u);

	return crc ? crc : 1; /* 0 says that the block is not there */
}

static off_t map_at(uint64_t block)
{
	return (off_t) (CACHE_BLOCK + block * sizeof(uint32_t));
}

/* ---- locks ------------------------------------------------------------------------------------------------- */

/* Locks of the open file description, on the part of the map that is about these blocks. */
static int lock_range(int fd, short type, bool wait, off_t start, off_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

void cache_lock(struct cache_entry *e, uint64_t first, uint64_t n)
{
	struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };

	for (unsigned waited = 0; waited < LOCK_PATIENCE_MS; waited += LOCK_POLL_MS) {
		int r = lock_range(e->map_fd, F_WRLCK, false, map_at(first),
				   (off_t) (n * sizeof(uint32_t)));

		if (r != -EAGAIN && r != -EACCES)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

void cache_unlock(struct cache_entry *e, uint64_t first, uint64_t n)
{
	(void)lock_range(e->map_fd, F_UNLCK, false, map_at(first), (off_t) (n * sizeof(uint32_t)));
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

/* The directory with a shared lock: one that was removed before the lock was there is made anew. */
static int open_locked(const struct cache_dir *c, const char *name)
{
	for (;;) {
		auto_close int fd = dir_make_open(c->fd, name, 0700);
		struct stat st = { .st_nlink = 0 };

		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_SH) < 0 || fstat(fd, &st) < 0)
			return -errno;
		if (st.st_nlink > 0)
			return take_fd(&fd);
	}
}

static bool head_is_whole(const struct cache_entry *e, const struct cache_head *h)
{
	struct stat map = { .st_size = 0 }, data = { .st_size = 0 };
	uint64_t blocks = h->size / CACHE_BLOCK + (h->size % CACHE_BLOCK != 0);

	return strncmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) == 0 && h->size > 0 &&
	       fstat(e->map_fd, &map) == 0 && fstat(e->data_fd, &data) == 0 &&
	       map.st_size == map_at(blocks) && data.st_size == (off_t) (blocks * CACHE_BLOCK) &&
	       memchr(h->object_name, 0, sizeof(h->object_name)) &&
	       memchr(h->object_version, 0, sizeof(h->object_version));
}

/* Lengths first, all checksums zero, the head last. */
static int start_files(struct cache_entry *e, const struct cache_head *h)
{
	uint64_t blocks = h->size / CACHE_BLOCK + (h->size % CACHE_BLOCK != 0);

	if (ftruncate(e->map_fd, 0) < 0 || ftruncate(e->data_fd, 0) < 0 ||
	    ftruncate(e->data_fd, (off_t) (blocks * CACHE_BLOCK)) < 0 ||
	    ftruncate(e->map_fd, map_at(blocks)) < 0)
		return -errno;
	return fd_write_at(e->map_fd, h, sizeof(*h), 0);
}

static int make_head(struct cache_entry *e, const struct cache_source *from, struct cache_head *h,
		     struct error *err)
{
	struct storage_object o = { .size = 0 };
	uint64_t size = 0;
	int r = from->look(from->context, &o, &size, err);

	if (r < 0)
		return r;
	*h = (struct cache_head){ .magic = CACHE_MAGIC, .size = size, .object_size = o.size };
	memcpy(h->object_name, o.name, sizeof(h->object_name));
	memcpy(h->object_version, o.version, sizeof(h->object_version));
	if (size == 0)
		return error_msg(err, EINVAL, "template storage: object '%s' is empty", o.name);
	r = start_files(e, h);
	return r < 0 ? error_set(err, r, "cannot make an entry of the template cache") : 0;
}

/* One process makes the head; the others wait for it. */
static int need_head(struct cache_entry *e, const struct cache_source *from, struct cache_head *h,
		     struct error *err)
{
	int r;

	if (fd_read_at(e->map_fd, h, sizeof(*h), 0) == 0 && head_is_whole(e, h))
		return 0;
	r = lock_range(e->map_fd, F_WRLCK, true, 0, 1);
	if (r < 0)
		return error_set(err, r, "cannot lock an entry of the template cache");
	if (fd_read_at(e->map_fd, h, sizeof(*h), 0) < 0 || !head_is_whole(e, h))
		r = make_head(e, from, h, err);
	(void)lock_range(e->map_fd, F_UNLCK, false, 0, 1);
	return r;
}

static int map_checksums(struct cache_entry *e)
{
	void *p = mmap(NULL, (size_t) map_at(e->blocks), PROT_READ, MAP_SHARED, e->map_fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	e->map = (const uint32_t *) (void *) ((char *) p + CACHE_BLOCK);
	e->verified = calloc(e->blocks / 8 + 1, 1);
	return e->verified ? 0 : -ENOMEM;
}

static int open_files(struct cache_entry *e)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;

	e->map_fd = openat(e->dir_fd, "map", flags, 0600);
	if (e->map_fd < 0)
		return -errno;
	e->data_fd = openat(e->dir_fd, "data", flags, 0600);
	return e->data_fd < 0 ? -errno : 0;
}

int cache_entry_open(struct cache_entry *e, const struct cache_dir *c, const char *name,
		     const struct cache_source *from, struct error *err)
{
	struct cache_head h = { .size = 0 };
	int r;

	e->dir_fd = open_locked(c, name);
	r = e->dir_fd < 0 ? e->dir_fd : open_files(e);
	if (r < 0)
		return error_set(err, r, "cannot open '%s' of the template cache", name);
	(void)futimens(e->dir_fd, NULL);
	r = need_head(e, from, &h, err);
	if (r < 0)
		return r;
	e->size = h.size;
	e->blocks = h.size / CACHE_BLOCK + (h.size % CACHE_BLOCK != 0);
	e->object.size = h.object_size;
	memcpy(e->object.name, h.object_name, sizeof(e->object.name));
	memcpy(e->object.version, h.object_version, sizeof(e->object.version));
	r = map_checksums(e);
	return r < 0 ? error_set(err, r, "cannot map '%s' of the template cache", name) : 0;
}

void cache_entry_done(struct cache_entry *e)
{
	if (e->map)
		(void)munmap((void *) (uintptr_t) ((const char *) e->map - CACHE_BLOCK),
			      (size_t) map_at(e->blocks));
	if (e->dir_fd >= 0)
		(void)futimens(e->dir_fd, NULL);
	free(e->verified);
	fd_close(&e->map_fd);
	fd_close(&e->data_fd);
	fd_close(&e->dir_fd);
	*e = CACHE_ENTRY_INIT;
}

/* ---- blocks ------------------------------------------------------------------------------------------------ */

static bool is_verified(const struct cache_entry *e, uint64_t i)
{
	return __atomic_load_n(&e->verified[i / 8], __ATOMIC_RELAXED) >> (i % 8) & 1;
}

static void set_verified(struct cache_entry *e, uint64_t i)
{
	(void) __atomic_fetch_or(&e->verified[i / 8], (unsigned char) (1 << (i % 8)),
				 __ATOMIC_RELAXED);
}

static int drop(struct cache_entry *e, uint64_t i)
{
	static const uint32_t gone;

	(void)fd_write_at(e->map_fd, &gone, sizeof(gone), (uint64_t) map_at(i));
	(void)fallocate(e->data_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t) (i * CACHE_BLOCK), CACHE_BLOCK);
	return -EBADMSG;
}

int cache_read(struct cache_entry *e, void *to, uint64_t first, uint64_t n)
{
	int r = fd_read_at(e->data_fd, to, n * CACHE_BLOCK, first * CACHE_BLOCK);

	for (uint64_t i = first; r == 0 && i < first + n; i++) {
		const char *block = (const char *) to + (i - first) * CACHE_BLOCK;

		if (is_verified(e, i))
			continue;
		if (__atomic_load_n(&e->map[i], __ATOMIC_ACQUIRE) != checksum(block))
			r = drop(e, i);
		else
			set_verified(e, i);
	}
	return r;
}

/*
 * Zeros are left as the hole that is there: what a block holds never changes, so nothing else was ever written, and
 * what was found damaged was punched out.
 */
static int write_blocks(struct cache_entry *e, const unsigned char *from, uint64_t first,
			uint64_t n)
{
	int r = 0;

	for (uint64_t i = 0, end; r == 0 && i < n; i = end) {
		bool zero = block_is_zero(from + i * CACHE_BLOCK, CACHE_BLOCK);

		for (end = i + 1;
		     end < n && block_is_zero(from + end * CACHE_BLOCK, CACHE_BLOCK) == zero; end++)
			continue;
		if (!zero)
			r = fd_write_at(e->data_fd, from + i * CACHE_BLOCK, (end - i) * CACHE_BLOCK,
					(first + i) * CACHE_BLOCK);
	}
	return r;
}

int cache_write(struct cache_entry *e, const void *from, uint64_t first, uint64_t n)
{
	auto_free uint32_t *sums = reallocarray(NULL, n, sizeof(*sums));
	int r;

	if (!sums)
		return -ENOMEM;
	r = write_blocks(e, from, first, n);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < n; i++)
		sums[i] = checksum((const char *) from + i * CACHE_BLOCK);
	r = fd_write_at(e->map_fd, sums, n * sizeof(*sums), (uint64_t) map_at(first));
	for (uint64_t i = 0; r == 0 && i < n; i++)
		set_verified(e, first + i);
	return r;
}

bool cache_is_proven(const struct cache_entry *e)
{
	uint64_t proven = 0;

	return fd_read_at(e->map_fd, &proven, sizeof(proven),
			  offsetof(struct cache_head, proven)) == 0 &&
	       proven == 1;
}

int cache_prove(struct cache_entry *e, bool right)
{
	const uint64_t proven = 1;
	auto_free uint32_t *none = NULL;

	if (right)
		return fd_write_at(e->map_fd, &proven, sizeof(proven),
				   offsetof(struct cache_head, proven));
	none = calloc(e->blocks, sizeof(*none));
	memset(e->verified, 0, e->blocks / 8 + 1);
	return none ? fd_write_at(e->map_fd, none, e->blocks * sizeof(*none), CACHE_BLOCK)
		    : -ENOMEM;
}
