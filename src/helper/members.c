/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/members.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/macros.h"
#include "base/path.h"
#include "helper/place.h"
#include "helper/tarread.h"
#include "sys/root.h"

#define MAX_MEMBERS 100000
#define MAX_LINKS   8

void members_done(struct members *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].path);
		free(m->v[i].link);
	}
	free(m->v);
	fd_close(&m->dir_fd);
	fd_close(&m->file_fd);
	*m = MEMBERS_INIT;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	int r = strcmp(x->path, y->path);

	return r != 0 ? r : x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Where a link leads: a symbolic one from its own directory, a hard one from the root. */
static int clean_target(const struct tar_entry *e, const char *path, char **ret)
{
	auto_free char *joined = NULL;
	auto_free char *clean = NULL;

	if (e->type == TAR_HARD_LINK)
		joined = str_format("/%s", e->link);
	else if (e->link[0] == '/')
		joined = strdup(e->link);
	else
		joined = str_format("/%.*s%s", (int)(path_base(path) - path), path, e->link);
	clean = joined ? path_clean(joined) : NULL;
	if (!clean)
		return -ENOMEM;
	*ret = strdup(clean + 1);
	return *ret ? 0 : -ENOMEM;
}

static int add_member(struct members *m, const struct tar_entry *e, uint64_t offset)
{
	auto_free char *path = NULL;
	auto_free char *link = NULL;
	int r = place_clean(e->path, &path);

	if (r == 0 && e->type != TAR_REGULAR)
		r = clean_target(e, path, &link);
	if (r == 0 && m->n == MAX_MEMBERS)
		r = -EFBIG;
	if (r < 0)
		return r;
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		struct member *v = reallocarray(m->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n++] = (struct member){ .path = take_ptr(path),
					.link = take_ptr(link),
					.offset = offset,
					.size = e->size };
	return 0;
}

static int index_members(struct members *m, struct stream *in, off_t base, struct error *err)
{
	auto_tar_reader struct tar_reader tar = TAR_READER_INIT(in);
	int r;

	while ((r = tar_next(&tar, err)) > 0) {
		const struct tar_entry *e = &tar.entry;

		if (e->type != TAR_REGULAR && e->type != TAR_SYMLINK && e->type != TAR_HARD_LINK)
			continue;
		if (e->sparse)
			return error_msg(err, EINVAL, "'%s' is a sparse file", e->path);
		r = add_member(m, e, (uint64_t)base + in->offset);
		if (r < 0)
			return error_set(err, r, "cannot take '%s'", e->path);
	}
	if (r == 0)
		r = stream_drain(in, err);
	qsort(m->v, m->n, sizeof(*m->v), compare_members);
	return r;
}

static int spool_add(void *ctx, const void *data, size_t len, struct error *err)
{
	int r = fd_write_all(*(const int *)ctx, data, len);

	return r < 0 ? error_set(err, r, "cannot spool the archive") : 0;
}

static int spool_open(int scratch_fd)
{
	int fd = openat(scratch_fd, "spool", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	(void)unlinkat(scratch_fd, "spool", 0);
	return fd;
}

/* Whether the archive can be read where it lies: plain, and in a file. */
static bool can_seek(int fd, off_t *ret_base)
{
	unsigned char head[DECODE_MAGIC_MAX];
	struct stat st;
	off_t base = lseek(fd, 0, SEEK_CUR);
	ssize_t n;

	if (base < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	n = pread(fd, head, sizeof(head), base);
	*ret_base = base;
	return n > 0 && compression_detect(head, (size_t)n) == COMPRESSION_NONE;
}

static int open_archive(struct members *m, int fd, int scratch_fd, struct error *err)
{
	auto_stream struct stream in = STREAM_INIT;
	struct stream_options opts = STREAM_OPTIONS(fd);
	off_t base = 0;
	int r;

	if (can_seek(fd, &base)) {
		m->file_fd = fcntl(fd, F_DUPFD_CLOEXEC, 4);
		opts.at = base;
	} else {
		base = 0;
		m->file_fd = spool_open(scratch_fd);
		opts.data = (struct stream_tap){ spool_add, &m->file_fd };
	}
	if (m->file_fd < 0)
		return error_set(err, errno, "cannot read the archive");
	r = stream_start(&in, &opts, err);
	return r < 0 ? r : index_members(m, &in, base, err);
}

int members_open(struct members *m, const char *source, int scratch_fd, struct error *err)
{
	auto_close int fd = STREQ(source, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 4) :
						 open(source, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", source);
	if (S_ISDIR(st.st_mode)) {
		m->dir_fd = take_fd(&fd);
		return 0;
	}
	r = open_archive(m, fd, scratch_fd, err);
	return r < 0 ? error_prefix(err, r, "cannot load '%s'", source) : 0;
}

static const struct member *find_one(const struct members *m, const char *path)
{
	size_t low = 0;
	size_t high = m->n;

	/* The last of that name: a later entry replaces an earlier one. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(m->v[middle].path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && STREQ(m->v[low - 1].path, path) ? &m->v[low - 1] : NULL;
}

static const struct member *find_member(const struct members *m, const char *name)
{
	const struct member *found = NULL;
	auto_free char *path = NULL;

	if (place_clean(name, &path) < 0)
		return NULL;
	found = find_one(m, path);
	for (int i = 0; found && found->link; i++)
		found = i < MAX_LINKS ? find_one(m, found->link) : NULL;
	return found;
}

static int open_in_dir(const struct members *m, const char *name, struct stat *ret_st)
{
	auto_close int fd = root_open(m->dir_fd, name, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	return S_ISREG(ret_st->st_mode) ? take_fd(&fd) : -EINVAL;
}

bool members_has(const struct members *m, const char *name)
{
	auto_close int fd = FD_NONE;
	struct stat st;

	if (m->dir_fd < 0)
		return find_member(m, name) != NULL;
	fd = open_in_dir(m, name, &st);
	return fd >= 0;
}

int members_find(const struct members *m, const char *name, struct member_data *ret,
		 struct error *err)
{
	const struct member *found;
	struct stat st = { 0 };
	int fd;

	if (m->dir_fd >= 0) {
		fd = open_in_dir(m, name, &st);
		if (fd < 0)
			return error_set(err, fd, "cannot open '%s' of the image", name);
		*ret = (struct member_data){ .fd = fd, .size = (uint64_t)st.st_size };
		return 0;
	}
	found = find_member(m, name);
	if (!found)
		return error_msg(err, ENOENT, "'%s' is missing in the archive", name);
	fd = fcntl(m->file_fd, F_DUPFD_CLOEXEC, 4);
	if (fd < 0)
		return error_set(err, errno, "cannot read '%s'", name);
	*ret = (struct member_data){ .fd = fd, .at = (off_t)found->offset, .size = found->size };
	return 0;
}

int members_read(const struct members *m, const char *name, size_t limit, struct buf *ret,
		 struct error *err)
{
	auto_free char *data = NULL;
	struct member_data d = { .fd = FD_NONE };
	size_t done = 0;
	int r = members_find(m, name, &d, err);

	if (r < 0)
		return r;
	data = d.size <= limit ? malloc(d.size + 1) : NULL;
	while (data && done < d.size) {
		ssize_t n = pread(d.fd, data + done, d.size - done, d.at + (off_t)done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	fd_close(&d.fd);
	if (!data || done < d.size)
		return error_set(err, data ? EIO : EFBIG, "cannot read '%s'", name);
	buf_add(ret, data, done);
	return buf_failed(ret) ? error_set(err, ENOMEM, "cannot read '%s'", name) : 0;
}
