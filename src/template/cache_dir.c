/* SPDX-License-Identifier: Apache-2.0 */
/* The cache as a whole: what is in it, what is removed when it grows too large, and the headers in it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/id.h"
#include "template/cache.h"
#include "template/digest.h"

int cache_dir_open(struct cache_dir *c, const char *path, uint64_t limit, struct error *err)
{
	int r = dir_make(path, 0700);

	c->limit = limit ? limit : CACHE_LIMIT_DEFAULT;
	c->fd = r < 0 ? r : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->fd < 0)
		return error_set(err, r < 0 ? r : errno, "cannot open the template cache '%s'",
				 path);
	return 0;
}

/* Builds of the same id in two storages are not mixed. */
int cache_entry_name(const struct template_location *l, const char *key,
		     char out[CACHE_ENTRY_NAME_MAX])
{
	unsigned char digest[DIGEST_SIZE];
	char hex[17];

	if (digest_of(l->url, strlen(l->url), digest) < 0)
		return -ENOMEM;
	hex_encode(hex, digest, 8);
	(void)snprintf(out, CACHE_ENTRY_NAME_MAX, "%s@%s", key, hex);
	return 0;
}

int cache_header_get(const struct cache_dir *c, const char *name, struct buf *out)
{
	auto_close int dir = dir_open(c->fd, name);

	return dir < 0 ? dir : file_read_at(dir, "header", out);
}

/* An entry that is being removed is no place for it: then it is simply not kept. */
int cache_header_put(const struct cache_dir *c, const char *name, const struct buf *object)
{
	auto_close int dir = dir_make_open(c->fd, name, 0700);

	if (dir < 0 || flock(dir, LOCK_SH) < 0)
		return dir < 0 ? dir : -errno;
	return file_replace_at(dir, "header", buf_str(object), object->len, FILE_REPLACE_SYNC);
}

static int look(const struct cache_dir *c, const char *name, struct cache_usage *ret)
{
	auto_close int dir = dir_open(c->fd, name);
	unsigned long long bytes = 0;
	struct stat st = { .st_mtim = { 0 } }, data = { .st_size = 0 };

	if (dir < 0 || fstat(dir, &st) < 0)
		return dir < 0 ? dir : -errno;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	(void)tree_usage(dir, &bytes);
	ret->bytes = bytes;
	ret->size =
		fstatat(dir, "data", &data, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t) data.st_size : 0;
	ret->last_used = st.st_mtim.tv_sec;
	ret->in_use = flock(dir, LOCK_EX | LOCK_NB) < 0;
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct cache_usage *x = a, *y = b;

	return x->last_used != y->last_used ? (x->last_used < y->last_used ? -1 : 1)
					    : strcmp(x->name, y->name);
}

int cache_list(const struct cache_dir *c, struct cache_usage **ret, size_t *ret_n,
	       struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	auto_free struct cache_usage *all = NULL;
	int r = dir_list(c->fd, &names);
	size_t n = 0;

	if (r == 0) {
		all = calloc(names.n + 1, sizeof(*all));
		r = all ? 0 : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		/* What went away, or never was an entry, is none. */
		if (strlen(names.v[i]) < CACHE_ENTRY_NAME_MAX && look(c, names.v[i], &all[n]) == 0)
			n++;
	}
	if (r < 0 || !all)
		return error_set(err, r < 0 ? r : -ENOMEM, "cannot list the template cache");
	qsort(all, n, sizeof(*all), by_use);
	*ret = take_ptr(all);
	*ret_n = n;
	return 0;
}

int cache_remove(const struct cache_dir *c, const char *name)
{
	auto_close int dir = dir_open(c->fd, name);

	if (dir < 0)
		return dir;
	if (flock(dir, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* Without its map, data that a crash leaves here counts for nothing. */
	if (unlinkat(dir, "map", 0) < 0 && errno != ENOENT)
		return -errno;
	return tree_remove(c->fd, name);
}

int cache_trim(const struct cache_dir *c, uint64_t limit, struct strv *ret_removed,
	       uint64_t *ret_bytes, struct error *err)
{
	auto_free struct cache_usage *all = NULL;
	uint64_t total = 0, freed = 0;
	size_t n = 0;
	int r = cache_list(c, &all, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		total += all[i].bytes;
	for (size_t i = 0; r == 0 && i < n && (total > limit || limit == 0); i++) {
		int removed = cache_remove(c, all[i].name);

		if (removed == -EBUSY || removed == -ENOENT)
			continue;
		if (removed < 0)
			return error_set(err, removed, "cannot remove '%s' of the template cache",
					 all[i].name);
		total -= all[i].bytes;
		freed += all[i].bytes;
		if (ret_removed)
			r = strv_add(ret_removed, all[i].name);
	}
	if (ret_bytes)
		*ret_bytes = freed;
	return r;
}
