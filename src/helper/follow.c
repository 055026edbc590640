/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "helper/meta.h"
#include "helper/tarwrite.h"

static void *hash_main(void *arg)
{
	struct follow *f = arg;
	const unsigned char *data = NULL;
	size_t len = 0;

	while (ring_peek(&f->ring, &data, &len, NULL) > 0) {
		sha256_add(&f->hash, data, len);
		ring_release(&f->ring);
	}
	return NULL;
}

static bool has_xattrs(int fd)
{
	auto_clean(xattrs) struct tar_xattrs x = { 0 };

	return xattrs_read(fd, NULL, &x) < 0 || x.n > 0;
}

void follow_begin(struct follow *f, int root_fd)
{
	/* A default ACL in the store's directories would be inherited by whatever is made. */
	f->lost = has_xattrs(root_fd) || sha256_init(&f->hash) < 0 || ring_init(&f->ring) < 0;
	if (!f->lost)
		f->running = pthread_create(&f->thread, NULL, hash_main, f) == 0;
	f->lost |= !f->running;
}

static void stop(struct follow *f)
{
	if (!f->running)
		return;
	ring_close(&f->ring, NULL);
	(void)pthread_join(f->thread, NULL);
	f->running = false;
}

void follow_done(struct follow *f)
{
	stop(f);
	ring_done(&f->ring);
	sha256_done(&f->hash);
	buf_done(&f->last);
	buf_done(&f->head);
	first_names_done(&f->first_names);
}

void follow_lose(struct follow *f)
{
	if (f)
		f->lost = true;
}

/* ---- output ---- */

static void emit(struct follow *f, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0 && !f->lost) {
		size_t n;

		if (!f->chunk) {
			f->chunk = ring_reserve(&f->ring);
			f->used = 0;
		}
		n = MIN(RING_CHUNK - f->used, len);
		memcpy(f->chunk + f->used, p, n);
		f->used += n;
		p += n;
		len -= n;
		if (f->used == RING_CHUNK) {
			ring_commit(&f->ring, f->used);
			f->chunk = NULL;
		}
	}
}

static void emit_zeros(struct follow *f, uint64_t len)
{
	static const char zeros[16 * TAR_BLOCK];

	while (len > 0 && !f->lost) {
		size_t n = (size_t)MIN(len, (uint64_t)sizeof(zeros));

		emit(f, zeros, n);
		len -= n;
	}
}

static void emit_head(struct follow *f, const struct tar_item *item, const char *path)
{
	buf_truncate(&f->head, 0);
	tar_item_head(&f->head, item, path);
	f->lost |= buf_failed(&f->head);
	emit(f, f->head.data, f->head.len);
}

/* ---- order ---- */

/*
 * Whether @path may stand after @last in a canonical tar: in a directory that is @last or holds it, behind the
 * name through which @last lies there. So each name comes once, and all directories above it have come as such.
 */
static bool is_next(const char *last, bool last_is_dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash - path) : 0;
	size_t skip = slash ? dir + 1 : 0;
	size_t len;

	if (path[0] == '\0' || strncmp(last, path, dir) != 0)
		return false;
	if (last[dir] == '\0')
		return last_is_dir;
	if (dir > 0 && last[dir] != '/')
		return false;
	len = strcspn(last + skip, "/");
	return strncmp(path + skip, last + skip, len) > 0 ||
	       (strncmp(path + skip, last + skip, len) == 0 && path[skip + len] != '\0');
}

/* Whether the follower goes on with this entry. */
static bool enter(struct follow *f, const char *path, bool is_dir)
{
	if (!f || f->lost)
		return false;
	if (f->any && !is_next(buf_str(&f->last), f->last_is_dir, path))
		f->lost = true;
	buf_truncate(&f->last, 0);
	buf_adds(&f->last, path);
	f->lost |= buf_failed(&f->last);
	f->any = true;
	f->last_is_dir = is_dir;
	return !f->lost;
}

/* An archive need not have an entry for the root; then it is as the unpacker makes it. */
static void enter_root(struct follow *f, const char *path)
{
	struct tar_entry root = { .mode = 0755 };

	if (f && !f->lost && !f->any && path[0])
		follow_directory(f, "", &root);
}

/* ---- what was wanted and what is there ---- */

static struct stat wanted(const struct tar_entry *e, mode_t type)
{
	return (struct stat){ .st_mode = type | (e->mode & 07777),
			      .st_uid = (uid_t)e->uid,
			      .st_gid = (gid_t)e->gid,
			      .st_size = (off_t)e->size,
			      .st_mtim = e->mtime };
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_as_wanted(int fd, const struct stat *want)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_mode == want->st_mode && st.st_uid == want->st_uid &&
	       st.st_gid == want->st_gid && same_time(st.st_mtim, want->st_mtim) &&
	       (S_ISDIR(st.st_mode) || st.st_size == want->st_size);
}

/* The archive's are in any order; those that were hashed came from here, sorted. */
static bool has_xattrs_as(int fd, const struct tar_xattrs *want)
{
	auto_clean(xattrs) struct tar_xattrs x = { 0 };
	bool same;

	if (want->n == 0)
		return true;
	same = xattrs_read(fd, NULL, &x) == 0 && x.n == want->n;
	for (size_t i = 0; same && i < x.n; i++)
		same = STREQ(x.v[i].name, want->v[i].name) && x.v[i].len == want->v[i].len &&
		       memcmp(x.v[i].value, want->v[i].value, x.v[i].len) == 0;
	return same;
}

/* ---- entries ---- */

void follow_directory(struct follow *f, const char *path, const struct tar_entry *e)
{
	struct stat st = wanted(e, S_IFDIR);
	struct tar_item item = { .st = &st, .xattrs = &e->xattrs };
	auto_free char *name = NULL;

	enter_root(f, path);
	if (!enter(f, path, true))
		return;
	name = str_format("%s/", path[0] ? path : ".");
	if (name)
		emit_head(f, &item, name);
	else
		f->lost = true;
}

void follow_finished(struct follow *f, int fd, const struct stat *want, const struct tar_xattrs *xattrs)
{
	if (f && !f->lost)
		f->lost = !is_as_wanted(fd, want) || !has_xattrs_as(fd, xattrs);
}

void follow_file(struct follow *f, const char *path, const struct tar_entry *e)
{
	struct stat st = wanted(e, S_IFREG);
	struct tar_item item = { .st = &st, .xattrs = &e->xattrs };

	enter_root(f, path);
	if (!enter(f, path, false))
		return;
	emit_head(f, &item, path);
	f->pos = 0;
}

void follow_data(struct follow *f, const void *data, size_t len, uint64_t offset)
{
	if (!f || f->lost)
		return;
	f->lost = offset < f->pos;
	emit_zeros(f, offset - f->pos);
	emit(f, data, len);
	f->pos = offset + len;
}

void follow_file_end(struct follow *f, int fd, const struct tar_entry *e)
{
	struct stat want = wanted(e, S_IFREG);

	if (!f || f->lost)
		return;
	f->lost = f->pos > e->size || !is_as_wanted(fd, &want) || !has_xattrs_as(fd, &e->xattrs);
	emit_zeros(f, e->size - f->pos + (TAR_BLOCK - e->size % TAR_BLOCK) % TAR_BLOCK);
}

void follow_node(struct follow *f, const char *path, int dir_fd, const char *name,
		 const struct tar_entry *e, const char *target)
{
	auto_clean(xattrs) struct tar_xattrs x = { 0 };
	struct stat st;
	struct tar_item item = { .st = &st, .xattrs = &x, .is_hard_link = target != NULL };

	enter_root(f, path);
	if (!enter(f, path, false))
		return;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!target && e->xattrs.n > 0 && xattrs_read(dir_fd, name, &x) < 0)) {
		f->lost = true;
		return;
	}
	/* With its second name a file's first is known; the third may be a link to the second. */
	item.link = target ? first_name(&f->first_names, &st, target) : e->link;
	if (target && !item.link)
		f->lost = true;
	else
		emit_head(f, &item, path);
}

bool follow_end(struct follow *f, char ret[ID_SIZE])
{
	enter_root(f, "x");
	emit_zeros(f, 2 * (uint64_t)TAR_BLOCK);
	if (f->chunk && f->used > 0)
		ring_commit(&f->ring, f->used);
	stop(f);
	if (!f->lost)
		sha256_end(&f->hash, ret);
	return !f->lost;
}
