/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's directories, its lock and its scratch directories.
 *
 * DOC: Theory of operation
 *
 * Everything is made in a scratch directory and renamed to where it belongs, and renamed into one before
 * it is deleted. So the only place where something half-made or half-deleted can lie is ROOT/tmp, and
 * what tells work in progress from remains is flock(2), which the kernel drops however a process ends.
 *
 * Between mkdir(2) and flock(2) a scratch directory looks like remains. Both sides give way:
 *   - the sweeper takes the lock without waiting, and then looks whether the name still is what it locked;
 *   - the maker takes the lock without waiting too; if the sweeper has it, or has removed the directory,
 *     the maker takes another name.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/path.h"
#include "sys/syscalls.h"

#define SCRATCH_TRIES  100
#define SCRATCH_RANDOM 16 /* hex digits */
#define DISCARDED      "discarded"

static const char *const sub_directories[] = {
	"layers", "images", "refs", "blobs", "containers", "names", "volumes", "mounts",
	"tmp",
};

static int make_sub_directories(int root_fd, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(sub_directories); i++) {
		if (mkdirat(root_fd, sub_directories[i], 0700) < 0 && errno != EEXIST)
			return error_set(err, errno, "cannot make directory '%s' of the store",
					 sub_directories[i]);
	}
	return 0;
}

/* mkdir(2) of @path 0700; parents that are missing are for everybody, as those of any package are. */
static int make_private_dir(const char *path)
{
	auto_free char *parent = NULL;
	int r;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != ENOENT)
		return errno == EEXIST ? 0 : -errno;
	parent = strndup(path, (size_t)(path_base(path) - path));
	if (!parent)
		return -ENOMEM;
	r = dir_make(parent, 0755);
	if (r < 0)
		return r;
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int dir_error(struct error *err, int r, const char *what, const char *path)
{
	r = error_set(err, r, "cannot %s directory '%s'", what, path);
	if (r == -EACCES || r == -EPERM)
		return error_hint(err, r, "choose another directory with --root and --run, or try it "
					  "with sudo");
	return r;
}

int store_make_private_dir(const char *path, struct error *err)
{
	int r = make_private_dir(path);

	return r < 0 ? dir_error(err, r, "make", path) : 0;
}

/* Unlike anything below it, ROOT may be a symbolic link: the administrator chose the name. */
static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_root(const char *path, struct error *err)
{
	auto_close int fd = open_dir(path);
	int r;

	if (fd != -ENOENT)
		return fd < 0 ? dir_error(err, fd, "open", path) : take_fd(&fd);
	r = store_make_private_dir(path, err);
	if (r < 0)
		return r;
	fd = open_dir(path);
	if (fd < 0)
		return dir_error(err, fd, "open", path);
	r = make_sub_directories(fd, err);
	return r < 0 ? r : take_fd(&fd);
}

static int name_state(struct store *s)
{
	struct stat st;

	if (fstat(s->root_fd, &st) < 0)
		return -errno;
	s->state = str_format("%s/%llx-%llx", s->run, (unsigned long long)st.st_dev,
			      (unsigned long long)st.st_ino);
	return s->state ? 0 : -ENOMEM;
}

int store_open(struct store *s, const char *root, const char *run, struct error *err)
{
	auto_store struct store opened = STORE_INIT;
	int r;

	opened.root = path_absolute(root);
	opened.run = path_absolute(run);
	if (!opened.root || !opened.run)
		return error_set(err, ENOMEM, "cannot open the store in '%s'", root);
	opened.root_fd = open_root(opened.root, err);
	if (opened.root_fd < 0)
		return opened.root_fd;
	r = name_state(&opened);
	if (r < 0)
		return error_set(err, r, "cannot open the store in '%s'", root);
	r = store_make_private_dir(opened.run, err);
	if (r < 0)
		return r;
	*s = opened;
	opened = STORE_INIT;
	return 0;
}

void store_done(struct store *s)
{
	free(s->root);
	free(s->run);
	free(s->state);
	fd_close(&s->root_fd);
	*s = STORE_INIT;
}

int store_dir(const struct store *s, const char *name, struct error *err)
{
	int fd = dir_open(s->root_fd, name);

	if (fd == -ENOENT) {
		int r = make_sub_directories(s->root_fd, err);

		if (r < 0)
			return r;
		fd = dir_open(s->root_fd, name);
	}
	return fd < 0 ? error_set(err, fd, "cannot open directory '%s/%s'", s->root, name) : fd;
}

int store_lock(const struct store *s, bool exclusive, struct error *err)
{
	auto_close int fd =
		openat(s->root_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s/lock'", s->root);
	while (flock(fd, exclusive ? LOCK_EX : LOCK_SH) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot lock '%s/lock'", s->root);
	}
	return take_fd(&fd);
}

/* Whether @name in @dir_fd is the directory @fd, and not another one that got its name. */
static bool is_same(int dir_fd, const char *name, int fd)
{
	struct stat by_name, by_fd;

	return fstatat(dir_fd, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino &&
	       by_name.st_dev == by_fd.st_dev;
}

/* Return: the locked directory; -EAGAIN when the sweeper was faster; -errno. */
static int make_locked(int tmp_fd, const char *name)
{
	auto_close int fd = FD_NONE;

	if (mkdirat(tmp_fd, name, 0700) < 0)
		return errno == EEXIST ? -EAGAIN : -errno;
	fd = dir_open(tmp_fd, name);
	if (fd < 0)
		return fd == -ENOENT ? -EAGAIN : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		/* A sweep that only looks leaves it; then the name goes with us. */
		(void)unlinkat(tmp_fd, name, AT_REMOVEDIR);
		return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
	}
	return is_same(tmp_fd, name, fd) ? take_fd(&fd) : -EAGAIN;
}

int scratch_make(const struct store *s, struct scratch *ret, struct error *err)
{
	auto_close int tmp_fd = store_dir(s, "tmp", err);
	struct scratch d = SCRATCH_INIT;
	int r = -EAGAIN;

	if (tmp_fd < 0)
		return tmp_fd;
	for (int i = 0; i < SCRATCH_TRIES && r == -EAGAIN; i++) {
		char random[ID_SIZE];

		r = id_random(random);
		if (r < 0)
			break;
		(void)snprintf(d.name, sizeof(d.name), "%ld.%.*s", (long)getpid(), SCRATCH_RANDOM,
			       random);
		r = make_locked(tmp_fd, d.name);
	}
	if (r < 0)
		return error_set(err, r, "cannot make a directory in '%s/tmp'", s->root);
	d.fd = r;
	d.tmp_fd = take_fd(&tmp_fd);
	*ret = d;
	return 0;
}

void scratch_done(struct scratch *d)
{
	/* What can't be removed now is removed by the next sweep: the lock goes with the descriptor. */
	if (d->fd >= 0)
		(void)tree_remove(d->tmp_fd, d->name);
	fd_close(&d->fd);
	fd_close(&d->tmp_fd);
	d->name[0] = '\0';
}

int scratch_publish(struct scratch *d, const char *name, int dir_fd, const char *as)
{
	return sys_rename_new(d->fd, name, dir_fd, as);
}

int object_discard(const struct store *s, int dir_fd, const char *name, struct error *err)
{
	auto_scratch struct scratch d = SCRATCH_INIT;
	struct stat st;
	int r;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	r = scratch_make(s, &d, err);
	if (r < 0)
		return r;
	if (renameat(dir_fd, name, d.fd, DISCARDED) < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot remove '%s'", name);
	r = tree_remove(d.fd, DISCARDED);
	return r < 0 ? error_set(err, r, "cannot remove all of '%s'", name) : 0;
}

/*
 * Whether @fd, unlocked, was made this instant by a process that has not locked it yet. Only for the
 * report: removing such a directory is safe, calling it remains would be wrong.
 */
static bool is_newborn(const char *name, int fd)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '.' && pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
	       dir_is_empty(fd) == 1;
}

/* Return: 1 if @name is what a dead process left (now removed, if asked), 0 if it is in use, -errno. */
static int sweep_one(int tmp_fd, const char *name, bool remove)
{
	auto_close int fd = dir_open(tmp_fd, name);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 && fd != -ENOTDIR && fd != -ELOOP)
		return fd;
	if (fd >= 0) {
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? 0 : -errno;
		if (!is_same(tmp_fd, name, fd) || is_newborn(name, fd))
			return 0;
	}
	r = remove ? tree_remove(tmp_fd, name) : 0;
	return r < 0 ? r : 1;
}

int scratch_sweep(const struct store *s, bool remove, unsigned *ret_found, struct error *err)
{
	auto_close int tmp_fd = store_dir(s, "tmp", err);
	auto_strv struct strv names = STRV_INIT;
	unsigned found = 0;
	int r, first = 0;

	if (tmp_fd < 0)
		return tmp_fd;
	r = dir_list(tmp_fd, &names);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/tmp'", s->root);
	strv_for_each(i, &names) {
		r = sweep_one(tmp_fd, names.v[i], remove);
		if (r > 0)
			found++;
		else if (r < 0 && first == 0)
			first = error_set(err, r, "cannot remove '%s/tmp/%s'", s->root, names.v[i]);
	}
	if (first == 0 && ret_found)
		*ret_found = found;
	return first;
}
