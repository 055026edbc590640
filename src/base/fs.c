/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macros.h"

#ifndef SYS_openat2
# define SYS_openat2 437
#endif
#define RESOLVE_NO_XDEV_FLAG	 0x01u
#define RESOLVE_NO_SYMLINKS_FLAG 0x04u

/* Levels that are walked with open descriptors, two for each. Trees may be deeper than any limit on those. */
#define MAX_OPEN_LEVELS 64

int dir_open(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* With exactly @mode, whatever the umask of whoever started us. Being there already is success. */
static int make_one(int dirfd, const char *name, mode_t mode)
{
	mode_t saved;
	int r;

	/* The umask is the whole process's, and no umask takes the owner's own rights away. */
	if ((mode & 077) == 0)
		return mkdirat(dirfd, name, mode) < 0 && errno != EEXIST ? -errno : 0;
	saved = umask(0);
	r = mkdirat(dirfd, name, mode) < 0 && errno != EEXIST ? -errno : 0;

	(void)umask(saved);
	return r;
}

int dir_make(const char *path, mode_t mode)
{
	auto_free char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	if (!*copy)
		return -ENOENT;
	for (char *p = copy + 1;; p++) {
		char c = *p;
		int r;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		r = make_one(AT_FDCWD, copy, mode);
		if (r < 0)
			return r;
		if (c == '\0')
			return 0;
		*p = c;
	}
}

int dir_make_open(int dirfd, const char *name, mode_t mode)
{
	int r = make_one(dirfd, name, mode);

	return r < 0 ? r : dir_open(dirfd, name);
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

/*
 * The directory @name of @dirfd if it is no mount point: st_dev alone would not tell a bind mount of the
 * same file system, whose content is somebody else's.
 */
static int open_no_mount(int dirfd, const char *name)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_XDEV_FLAG | RESOLVE_NO_SYMLINKS_FLAG,
	};
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/*
 * The removal of one tree. Directories that lie too deep to be walked with a descriptor for each level
 * are renamed into the top directory, which is gone through again until none is left: neither stack
 * nor descriptors grow with a depth that a container chose.
 */
struct removal {
	int top_fd;
	unsigned long moved;
	bool again; /* the top directory got new entries */
};

static int move_to_top(struct removal *rm, int fd, const char *name)
{
	char as[64];

	do {
		(void)snprintf(as, sizeof(as), ".berth-deep-%lu", rm->moved++);
		/* renameat(2) replaces an empty directory, which is what it was to become anyway. */
		if (renameat(fd, name, rm->top_fd, as) == 0) {
			rm->again = true;
			return 0;
		}
	} while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
	return -errno;
}

static int remove_below(struct removal *rm, int fd, unsigned level);

static int remove_entry(struct removal *rm, int fd, const char *name, bool is_dir, unsigned level)
{
	auto_close int sub = FD_NONE;
	int first;

	if (!is_dir) {
		if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return -errno;
	}
	if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (level >= MAX_OPEN_LEVELS)
		return move_to_top(rm, fd, name);
	sub = open_no_mount(fd, name);
	if (sub < 0)
		return sub == -ENOENT ? 0 : sub;
	first = remove_below(rm, sub, level + 1);
	if (unlinkat(fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		keep_first(&first, -errno);
	return first;
}

static int remove_below(struct removal *rm, int fd, unsigned level)
{
	auto_dir DIR *d = dir_stream(fd);
	struct dirent *e;
	int first = 0;

	if (!d)
		return -errno;
	while ((e = next_entry(d)))
		keep_first(&first, remove_entry(rm, fd, e->d_name, e->d_type == DT_DIR, level));
	if (errno)
		keep_first(&first, -errno);
	return first;
}

int tree_remove(int dirfd, const char *name)
{
	auto_close int fd = FD_NONE;
	struct removal rm = { 0 };

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	fd = open_no_mount(dirfd, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	rm.top_fd = fd;
	do {
		int r;

		rm.again = false;
		r = remove_below(&rm, fd, 1);
		if (r < 0 && !rm.again)
			return r;
	} while (rm.again);
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int usage_below(int fd, unsigned level, unsigned long long *ret)
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
		if (S_ISDIR(st.st_mode) || st.st_nlink == 0)
			st.st_nlink = 1;
		sum += (unsigned long long)st.st_blocks * 512 / st.st_nlink;
		if (S_ISDIR(st.st_mode) && level < MAX_OPEN_LEVELS) {
			auto_close int sub = open_no_mount(fd, e->d_name);
			unsigned long long below = 0;

			if (sub >= 0 && usage_below(sub, level + 1, &below) == 0)
				sum += below;
		}
	}
	*ret = sum;
	return 0;
}

int tree_usage(int fd, unsigned long long *ret)
{
	return usage_below(fd, 1, ret);
}
