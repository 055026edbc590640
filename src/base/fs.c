/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"

int dir_open(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int dir_make(const char *path, mode_t mode)
{
	auto_free char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		if (c == '\0')
			return 0;
		*p = c;
	}
}

int dir_make_open(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	return dir_open(dirfd, name);
}

/* A stream of its own on the directory that @fd names, so that the caller's offset stays. */
static DIR *dir_stream(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (copy < 0)
		return NULL;
	d = fdopendir(copy);
	if (!d)
		fd_close(&copy);
	return d;
}

/* The next entry but "." and ".."; NULL at the end, with errno 0, or on failure. */
static struct dirent *next_entry(DIR *d)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(d);
	} while (e && (STREQ(e->d_name, ".") || STREQ(e->d_name, "..")));
	return e;
}

int dir_list(int fd, struct strv *ret)
{
	auto_strv struct strv names = STRV_INIT;
	auto_dir DIR *d = dir_stream(fd);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = next_entry(d))) {
		int r = strv_add(&names, e->d_name);

		if (r < 0)
			return r;
	}
	if (errno)
		return -errno;
	strv_sort(&names);
	strv_done(ret);
	*ret = names;
	names = STRV_INIT;
	return 0;
}

int dir_is_empty(int fd)
{
	auto_dir DIR *d = dir_stream(fd);

	if (!d)
		return -errno;
	if (next_entry(d))
		return 0;
	return errno ? -errno : 1;
}

static void keep_first(int *first, int r)
{
	if (*first == 0 && r < 0)
		*first = r;
}

static int remove_below(int fd, dev_t dev)
{
	auto_dir DIR *d = dir_stream(fd);
	struct dirent *e;
	int first = 0;

	if (!d)
		return -errno;
	while ((e = next_entry(d))) {
		auto_close int sub = FD_NONE;
		struct stat st;

		if (e->d_type != DT_DIR && unlinkat(fd, e->d_name, 0) == 0)
			continue;
		sub = dir_open(fd, e->d_name);
		if (sub < 0) {
			keep_first(&first, sub);
			continue;
		}
		if (fstat(sub, &st) < 0 || st.st_dev != dev) {
			keep_first(&first, -EXDEV);
			continue;
		}
		keep_first(&first, remove_below(sub, dev));
		if (unlinkat(fd, e->d_name, AT_REMOVEDIR) < 0)
			keep_first(&first, -errno);
	}
	if (errno)
		keep_first(&first, -errno);
	return first;
}

int tree_remove(int dirfd, const char *name)
{
	auto_close int fd = FD_NONE;
	struct stat st;
	int r;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	fd = dir_open(dirfd, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = remove_below(fd, st.st_dev);
	if (r < 0)
		return r;
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int tree_usage(int fd, unsigned long long *ret)
{
	auto_dir DIR *d = dir_stream(fd);
	unsigned long long sum = 0;
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = next_entry(d))) {
		struct stat st;

		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* gone since readdir: it uses nothing */
		sum += (unsigned long long)st.st_blocks * 512 / st.st_nlink *
		       (S_ISDIR(st.st_mode) ? st.st_nlink : 1);
		if (S_ISDIR(st.st_mode)) {
			auto_close int sub = dir_open(fd, e->d_name);
			unsigned long long below = 0;

			if (sub >= 0 && tree_usage(sub, &below) == 0)
				sum += below;
		}
	}
	*ret = sum;
	return 0;
}
