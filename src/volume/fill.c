/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy-up: an empty volume takes what the image has in its place.
 *
 * DOC: Theory of operation
 *
 * Three things must hold:
 *   1. A copy that was interrupted, at any instant, is never taken for content.
 *   2. Of two containers that start at once on one new volume, one fills it and both see it whole.
 *   3. A container that has the volume mounted already, empty, goes on seeing the same directory,
 *      and what it writes meanwhile is not lost.
 *
 * The third rules out what would be simplest, to copy beside _data and exchange the two: the
 * directory that is mounted would become another one. Copying straight into _data breaks the first.
 * So:
 *
 *   - lock the volume's directory (flock(2)): that is the second;
 *   - copy into .copying beside _data. Whatever happens here, _data is empty still and .copying is
 *     known to be rubbish: the next fill, or `berth system check`, deletes it;
 *   - set on .copying itself the attributes that _data is to get, and rename it to .filling. From
 *     here on the copy is complete, and that the name exists is the intent to put it in place;
 *   - rename its children into _data one by one, never over something that is there (the container
 *     of 3 may have written it just now: it wins), give _data the attributes of .filling, delete
 *     .filling. Whoever is killed in between leaves .filling, and whoever opens the volume next
 *     goes on from there, which needs neither the image nor any other knowledge
 *     (volume_fill_recover()).
 *
 * While the children move, nobody can start on the volume unnoticed: volume_data_fd() and
 * volume_open() wait for the lock or finish the work first.
 *
 * A volume that somebody is told is filled stays filled after a power loss too: before the rename
 * that says so, the file system is synced, unless the volume is an anonymous one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/id.h"
#include "sys/syscalls.h"
#include "sys/copy.h"
#include "volume/internal.h"

/*
 * Where a volume is filled. One that is a file system of its own has no room beside its data: there the
 * copy is made inside them, under names that nobody else uses.
 */
struct place {
	int dir;  /* where the copy is made; borrowed, as the next */
	int data; /* FD_NONE: _data in dir */
	const char *copying, *filling;
};

#define PLACE_BESIDE(fd) ((struct place){ (fd), FD_NONE, VOLUME_COPYING, VOLUME_FILLING })
#define PLACE_INSIDE(fd) ((struct place){ (fd), (fd), ".berth-copying", ".berth-filling" })

static bool has(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int open_data(const struct place *p)
{
	return p->data >= 0 ? dir_open(p->data, ".") : dir_open(p->dir, VOLUME_DATA);
}

/* 1 if there is nothing in it but our own copy, 0 if there is, -errno. */
static int is_empty(const struct place *p, int data)
{
	auto_strv struct strv names = STRV_INIT;
	int r = p->data < 0 ? dir_is_empty(data) : dir_list(data, &names);

	if (p->data < 0 || r < 0)
		return r;
	strv_for_each(i, &names) {
		if (!STREQ(names.v[i], p->copying) && !STREQ(names.v[i], p->filling))
			return 0;
	}
	return 1;
}

bool volume_fill_pending(int dir_fd)
{
	return has(dir_fd, VOLUME_FILLING);
}

static int move_children(int filling, int data)
{
	auto_strv struct strv names = STRV_INIT;
	int r = dir_list(filling, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		r = sys_rename_new(filling, names.v[i], data, names.v[i]);
		if (r == -EEXIST)
			r = 0;
	}
	return r;
}

/*
 * From the complete copy to the filled volume; may be done over from any point at which it was
 * left.
 */
static int put_in_place(const struct place *p, struct error *err)
{
	auto_close int filling = dir_open(p->dir, p->filling), data = open_data(p);
	int r = filling < 0 ? filling : data;
	struct stat st;

	if (r < 0)
		return error_set(err, r, "cannot open the copy for a volume");
	/* Moving changes the times of .filling: they are read before, and lost only to a crash. */
	if (fstat(filling, &st) < 0)
		return error_set(err, errno, "cannot examine the copy for a volume");
	r = move_children(filling, data);
	if (r == 0)
		r = tree_copy_attributes(filling, data);
	if (r == 0) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		(void) futimens(data, times);
		r = tree_remove(p->dir, p->filling);
	}
	return r < 0 ? error_set(err, r, "cannot put the copy into a volume") : 0;
}

/* With the lock. Return: 1 if something was left, 0 if not, -errno. */
static int clear_remains(const struct place *p, struct error *err)
{
	bool copying = has(p->dir, p->copying), filling = has(p->dir, p->filling);
	int r = copying ? tree_remove(p->dir, p->copying) : 0;

	if (r < 0)
		return error_set(err, r, "cannot remove the half copy for a volume");
	if (filling)
		r = put_in_place(p, err);
	return r < 0 ? r : copying || filling;
}

int volume_fill_recover(int dir_fd, bool wait, struct error *err)
{
	auto_close int lock = volume_lock(dir_fd, /* exclusive= */ false, wait);
	const struct place p = PLACE_BESIDE(dir_fd);

	if (lock == -EAGAIN)
		return 0;
	if (lock < 0)
		return error_set(err, lock, "cannot lock a volume");
	if (!has(dir_fd, VOLUME_COPYING) && !has(dir_fd, VOLUME_FILLING))
		return 0;
	/*
	 * Nobody fills it now. A shared lock can't be raised without letting go, so who is next
	 * looks again.
	 */
	fd_close(&lock);
	lock = volume_lock(dir_fd, /* exclusive= */ true, wait);
	if (lock == -EAGAIN)
		return 0;
	return lock < 0 ? error_set(err, lock, "cannot lock a volume") : clear_remains(&p, err);
}

int volume_fill_is_stale(int dir_fd)
{
	auto_close int lock = volume_lock(dir_fd, /* exclusive= */ false, /* wait= */ false);

	if (lock < 0)
		return lock == -EAGAIN ? 0 : lock;
	return has(dir_fd, VOLUME_COPYING) || has(dir_fd, VOLUME_FILLING);
}

/* The copy, up to the moment at which it is known to be whole. */
static int copy_aside(const struct place *p, int source, bool sync, struct error *err)
{
	auto_close int copying = dir_make_open(p->dir, p->copying, 0700);
	int r = copying < 0 ? error_set(err, copying, "cannot make a directory for the copy")
			    : tree_copy(source, copying, err);

	if (r < 0)
		return r;
	r = tree_copy_attributes(source, copying);
	if (r == 0 && sync && syncfs(copying) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot finish the copy") : 0;
}

static int fill_empty(const struct place *p, int data, int source, bool sync, struct error *err)
{
	int r = dir_is_empty(source);

	if (r == 1) {
		r = tree_copy_attributes(source, data);
		return r < 0 ? error_set(err, r, "cannot set owner and mode") : 0;
	}
	if (r == 0)
		r = copy_aside(p, source, sync, err);
	/* Somebody who had it mounted was faster: it is his content now. */
	if (r == 0 && is_empty(p, data) != 1) {
		(void) tree_remove(p->dir, p->copying);
		return 0;
	}
	if (r == 0 && renameat(p->dir, p->copying, p->dir, p->filling) < 0)
		r = error_set(err, errno, "cannot name the copy");
	if (r < 0) {
		(void) tree_remove(p->dir, p->copying);
		return r;
	}
	return put_in_place(p, err);
}

/* With the lock on the volume. */
static int fill(const struct place *p, int source_fd, bool sync, struct error *err)
{
	auto_close int data = FD_NONE, source = FD_NONE;
	int r = clear_remains(p, err);

	if (r < 0)
		return r;
	data = open_data(p);
	source = openat(source_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data < 0 || source < 0)
		return error_set(err, data < 0 ? data : errno, "cannot open what fills it");
	r = is_empty(p, data);
	if (r == 1)
		return fill_empty(p, data, source, sync, err);
	return r < 0 ? error_set(err, r, "cannot read the volume") : 0;
}

/* The time of the record says when the volume was last used: what else would know, of a container that is gone? */
static void note_use(int dir)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };

	(void)utimensat(dir, VOLUME_RECORD, times, AT_SYMLINK_NOFOLLOW);
}

int volume_fill(const struct store *s, const char *name, int source_fd, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err), lock = FD_NONE;
	const struct place p = PLACE_BESIDE(dir);
	int r;

	if (dir < 0)
		return dir;
	note_use(dir);
	if (source_fd < 0 || has(dir, VOLUME_MOUNT))
		return 0;
	lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", name);
	r = fill(&p, source_fd, !id_is_valid(name), err);
	return r < 0 ? error_prefix(err, r, "volume '%s'", name) : 0;
}

int volume_fill_tree(const struct store *s, const struct volume *v, int tree_fd, int source_fd,
		     struct error *err)
{
	auto_close int dir = volume_dir_open(s, v->name, err), lock = FD_NONE, root = FD_NONE;
	struct place p;
	int r;

	/* These begin with what they are made of. */
	if (STREQ(v->driver, VOLUME_DRIVER_IMAGE) || STREQ(v->driver, VOLUME_DRIVER_VIEW))
		return 0;
	if (dir < 0)
		return dir;
	lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", v->name);
	root = openat(tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_set(err, errno, "cannot open volume '%s'", v->name);
	p = PLACE_INSIDE(root);
	r = fill(&p, source_fd, !v->anonymous, err);
	/* A file system that may not be written to is as full as it will be. */
	return r < 0 && r != -EROFS ? error_prefix(err, r, "volume '%s'", v->name) : 0;
}
