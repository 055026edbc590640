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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/id.h"
#include "sys/syscalls.h"
#include "volume/copy.h"
#include "volume/internal.h"

static bool has(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool volume_fill_pending(int dir_fd)
{
	return has(dir_fd, VOLUME_FILLING);
}

/*
 * The lock is on an open file description of its own, so that it ends with the descriptor that is
 * returned and not with the caller's. -EAGAIN if somebody has it and we don't wait.
 */
static int lock_volume(int dir_fd, bool exclusive, bool wait)
{
	auto_close int fd = dir_open(dir_fd, ".");

	if (fd < 0)
		return fd;
	while (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	}
	return take_fd(&fd);
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
static int put_in_place(int dir_fd, struct error *err)
{
	auto_close int filling = dir_open(dir_fd, VOLUME_FILLING),
		       data = dir_open(dir_fd, VOLUME_DATA);
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
		r = tree_remove(dir_fd, VOLUME_FILLING);
	}
	return r < 0 ? error_set(err, r, "cannot put the copy into a volume") : 0;
}

/* With the lock. Return: 1 if something was left, 0 if not, -errno. */
static int clear_remains(int dir_fd, struct error *err)
{
	bool copying = has(dir_fd, VOLUME_COPYING), filling = has(dir_fd, VOLUME_FILLING);
	int r = copying ? tree_remove(dir_fd, VOLUME_COPYING) : 0;

	if (r < 0)
		return error_set(err, r, "cannot remove the half copy for a volume");
	if (filling)
		r = put_in_place(dir_fd, err);
	return r < 0 ? r : copying || filling;
}

int volume_fill_recover(int dir_fd, bool wait, struct error *err)
{
	auto_close int lock = lock_volume(dir_fd, /* exclusive= */ false, wait);

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
	lock = lock_volume(dir_fd, /* exclusive= */ true, wait);
	if (lock == -EAGAIN)
		return 0;
	return lock < 0 ? error_set(err, lock, "cannot lock a volume") : clear_remains(dir_fd, err);
}

int volume_fill_is_stale(int dir_fd)
{
	auto_close int lock = lock_volume(dir_fd, /* exclusive= */ false, /* wait= */ false);

	if (lock < 0)
		return lock == -EAGAIN ? 0 : lock;
	return has(dir_fd, VOLUME_COPYING) || has(dir_fd, VOLUME_FILLING);
}

/* The copy, up to the moment at which it is known to be whole. */
static int copy_aside(int dir_fd, int source, bool sync, struct error *err)
{
	auto_close int copying = dir_make_open(dir_fd, VOLUME_COPYING, 0700);
	int r = copying < 0 ? error_set(err, copying, "cannot make a directory for the copy")
			    : tree_copy(source, copying, err);

	if (r < 0)
		return r;
	r = tree_copy_attributes(source, copying);
	if (r == 0 && sync && syncfs(copying) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot finish the copy") : 0;
}

static int fill_empty(int dir_fd, int data, int source, bool sync, struct error *err)
{
	int r = dir_is_empty(source);

	if (r == 1) {
		r = tree_copy_attributes(source, data);
		return r < 0 ? error_set(err, r, "cannot set owner and mode") : 0;
	}
	if (r == 0)
		r = copy_aside(dir_fd, source, sync, err);
	/* Somebody who had it mounted was faster: it is his content now. */
	if (r == 0 && dir_is_empty(data) != 1) {
		(void) tree_remove(dir_fd, VOLUME_COPYING);
		return 0;
	}
	if (r == 0 && renameat(dir_fd, VOLUME_COPYING, dir_fd, VOLUME_FILLING) < 0)
		r = error_set(err, errno, "cannot name the copy");
	if (r < 0) {
		(void) tree_remove(dir_fd, VOLUME_COPYING);
		return r;
	}
	return put_in_place(dir_fd, err);
}

int volume_fill(const struct store *s, const char *name, int source_fd, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err);
	auto_close int lock = FD_NONE, data = FD_NONE, source = FD_NONE;
	int r;

	if (dir < 0)
		return dir;
	lock = lock_volume(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", name);
	r = clear_remains(dir, err);
	if (r < 0)
		return error_prefix(err, r, "volume '%s'", name);
	data = dir_open(dir, VOLUME_DATA);
	source = openat(source_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data < 0 || source < 0)
		return error_set(err, data < 0 ? data : errno, "cannot open what fills volume '%s'",
				 name);
	r = dir_is_empty(data);
	if (r == 1)
		r = fill_empty(dir, data, source, !id_is_valid(name), err);
	else if (r < 0)
		(void) error_set(err, r, "cannot read the volume");
	return r < 0 ? error_prefix(err, r, "volume '%s'", name) : 0;
}
