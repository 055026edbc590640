/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files are told apart by inode: one that is open keeps its own. The writer renames from the highest
 * number down, so that a file only ever moves up; names looked at from 0 up show each file that stays at
 * least once, in the order of age, whatever is renamed meanwhile.
 */
#include "runtime/logread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/logfile.h"

struct found {
	ino_t inode;
	unsigned number; /* in its name */
};

void log_reader_done(struct log_reader *r)
{
	fd_close(&r->fd);
	buf_done(&r->data);
}

static bool has_inode(const struct found *v, size_t n, ino_t inode)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].inode == inode)
			return true;
	}
	return false;
}

/* The files that there are, newest first, into @v of r->max_files elements. */
static size_t find_files(const struct log_reader *r, struct found *v)
{
	char name[LOG_NAME_MAX];
	struct stat st;
	size_t n = 0;

	for (unsigned i = 0; i < r->max_files; i++) {
		if (fstatat(r->dir_fd, log_name(name, i), &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
		    has_inode(v, n, st.st_ino))
			continue;
		v[n++] = (struct found){ st.st_ino, i };
	}
	return n;
}

/* -ESTALE if it has been renamed since it was found. */
static int open_found(const struct log_reader *r, const struct found *f)
{
	char name[LOG_NAME_MAX];
	auto_close int fd = openat(r->dir_fd, log_name(name, f->number), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_ino == f->inode ? take_fd(&fd) : -ESTALE;
}

/* The offset at which the last *@lines lines begin, read backwards; *@lines becomes how many more there should be. */
static off_t tail_offset(int fd, long long *lines)
{
	char block[16384];
	bool any = false;

	for (off_t at = lseek(fd, 0, SEEK_END); at > 0;) {
		size_t n = (size_t)MIN(at, (off_t)sizeof(block));

		at -= (off_t)n;
		if (pread(fd, block, n, at) != (ssize_t)n)
			return 0;
		for (size_t i = n; i-- > 0;) {
			if (block[i] != '\n')
				continue;
			/* The last newline ends the last whole line, each one before it begins the next. */
			if (any && --*lines == 0)
				return at + (off_t)i + 1;
			any = true;
		}
	}
	*lines -= any;
	return 0;
}

static int open_tail(struct log_reader *r, const struct found *v, size_t n, long long lines)
{
	for (size_t i = 0; i < n; i++) {
		auto_close int fd = open_found(r, &v[i]);
		off_t at;

		if (fd < 0)
			return fd;
		at = lines > 0 ? tail_offset(fd, &lines) : lseek(fd, 0, SEEK_END);
		if (lines > 0 && i + 1 < n)
			continue;
		(void)lseek(fd, at, SEEK_SET);
		r->fd = take_fd(&fd);
		return 0;
	}
	return -ENOENT;
}

int log_reader_open(struct log_reader *r, int dir_fd, unsigned max_files, long long tail)
{
	auto_free struct found *v = calloc(max_files, sizeof(*v));
	int result;

	if (!v)
		return -ENOMEM;
	r->dir_fd = dir_fd;
	r->max_files = max_files;
	do {
		size_t n = find_files(r, v);

		if (n == 0)
			return -ENOENT;
		result = tail < 0 ? open_found(r, &v[n - 1]) : open_tail(r, v, n, tail);
		if (tail < 0 && result >= 0)
			r->fd = result;
	} while (result == -ESTALE);
	return MIN(result, 0);
}

/* Go on to the file after the one that was read. Return: 1; 0 if it is not there yet; -errno. */
static int advance(struct log_reader *r)
{
	auto_free struct found *v = calloc(r->max_files, sizeof(*v));
	struct stat st;
	int fd;

	if (!v || fstat(r->fd, &st) < 0)
		return -ENOMEM;
	do {
		size_t n = find_files(r, v), next = n;

		while (next > 0 && v[next - 1].inode != st.st_ino)
			next--;
		/* Gone already: everything that is there is newer. */
		if (next == 0)
			next = n + 1;
		if (next < 2)
			return 0;
		fd = open_found(r, &v[next - 2]);
	} while (fd == -ESTALE);
	if (fd < 0)
		return fd;
	fd_close(&r->fd);
	r->fd = fd;
	r->superseded = false;
	buf_truncate(&r->data, 0);
	r->start = 0;
	return 1;
}

static bool is_newest(const struct log_reader *r)
{
	struct stat mine, newest;

	return fstat(r->fd, &mine) < 0 || fstatat(r->dir_fd, "log", &newest, AT_SYMLINK_NOFOLLOW) < 0 ||
	       mine.st_ino == newest.st_ino;
}

/* More of the file behind what is there. Return: bytes, 0 at its end, -errno. */
static ssize_t read_more(struct log_reader *r)
{
	char chunk[16384];
	ssize_t n;

	if (r->start > 0) {
		size_t left = r->data.len - r->start;

		memmove(r->data.data, r->data.data + r->start, left);
		buf_truncate(&r->data, left);
		r->start = 0;
	}
	n = read(r->fd, chunk, sizeof(chunk));
	if (n < 0)
		return -errno;
	buf_add(&r->data, chunk, (size_t)n);
	return buf_failed(&r->data) ? -ENOMEM : n;
}

int log_reader_next(struct log_reader *r, const char **ret_line, size_t *ret_n)
{
	for (;;) {
		const char *from = buf_str(&r->data) + r->start;
		size_t left = r->data.len - r->start;
		const char *end = memchr(from, '\n', left);
		ssize_t n;

		if (end) {
			*ret_line = from;
			*ret_n = (size_t)(end - from);
			r->start += *ret_n + 1;
			return 1;
		}
		n = read_more(r);
		if (n < 0)
			return (int)n;
		if (n > 0)
			continue;
		if (r->superseded) {
			int moved = advance(r);

			if (moved <= 0)
				return moved;
			continue;
		}
		if (is_newest(r))
			return 0;
		/* The writer may have written to it just before it went to a new one: read once more. */
		r->superseded = true;
	}
}
