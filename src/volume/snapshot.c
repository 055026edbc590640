/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: Theory of operation
 *
 * A snapshot is a copy of the volume's data, blocks shared where the file system can. It is made whole in a
 * scratch directory, synced, and renamed to its place: a killed berth leaves a scratch directory, which `system
 * check --repair` knows, and never half a snapshot. The same holds for a clone, which is a volume so made.
 *
 * The instant: the volume is locked, so that who starts on it waits; the containers that run with it are frozen
 * for as long as the copy takes, not for the sync. A killed berth's freeze ends with the next command
 * (runtime/pause.h), which is why no file system is frozen (FIFREEZE): nobody would thaw that. An ext4 on a
 * loop device is synced and its journal emptied instead, after which nothing writes to its image.
 *
 * Rollback copies the snapshot aside and exchanges it with the data by one rename (RENAME_EXCHANGE): all or
 * nothing. It happens under the store's lock, which keeps containers from being made, and under the volume's,
 * which keeps those that are there from opening it.
 */
#include "volume/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/name.h"
#include "base/timefmt.h"
#include "sys/copy.h"
#include "sys/loopshare.h"
#include "sys/syscalls.h"
#include "volume/internal.h"

#define EXT4_IOC_CHECKPOINT _IOW('f', 43, uint32_t)

static bool is_sized(const struct volume *v)
{
	const struct volume_driver *d = volume_driver_find(v->driver, &v->options, NULL);

	return d && d->mount == sized_mount;
}

/* A directory that stays open, and the volume's record; -EOPNOTSUPP if the data are not in it. */
static int open_source(const struct store *s, const char *action, const char *name, struct volume *v,
		       struct error *err)
{
	int r = volume_open(s, name, v, err);

	if (r < 0)
		return r;
	if (!volume_is_backed(v) || is_sized(v))
		return volume_dir_open(s, name, err);
	r = error_msg(err, EOPNOTSUPP, "cannot %s volume '%s': its data are not in it", action, name);
	return error_hint(err, r, "volumes without type=, and those with size=, can be");
}

static int missing_snapshot(const char *name, const char *snap, struct error *err)
{
	int r = error_msg(err, ENOENT, "volume '%s' has no snapshot '%s'", name, snap);

	return error_hint(err, r, "berth volume snapshots %s", name);
}

int snapshots_open(int dir)
{
	return dir_open(dir, VOLUME_SNAPSHOTS);
}

static int snapshot_open(int dir, const char *name, const char *snap, struct error *err)
{
	auto_close int snapshots = snapshots_open(dir);
	int fd = snapshots < 0		 ? snapshots
		 : name_is_valid(snap) ? dir_open(snapshots, snap)
				       : -ENOENT;

	if (fd == -ENOENT)
		return missing_snapshot(name, snap, err);
	return fd < 0 ? error_set(err, fd, "cannot open snapshot '%s' of volume '%s'", snap, name) : fd;
}

/* ---- copying --------------------------------------------------------------------------------- */

static int copy_image(int from_dir, int to_dir)
{
	auto_close int from = openat(from_dir, VOLUME_IMAGE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), to = FD_NONE;

	if (from < 0)
		return -errno;
	to = openat(to_dir, VOLUME_IMAGE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return to < 0 ? -errno : file_copy(from, to);
}

static int copy_tree(int from_dir, int to_dir, struct error *err)
{
	auto_close int from = dir_open(from_dir, VOLUME_DATA), to = FD_NONE;
	int r;

	if (from < 0)
		return error_set(err, from, "cannot open '" VOLUME_DATA "'");
	to = dir_make_open(to_dir, VOLUME_DATA, 0700);
	if (to < 0)
		return error_set(err, to, "cannot make '" VOLUME_DATA "'");
	r = tree_copy(from, to, err);
	if (r == 0 && tree_copy_attributes(from, to) < 0)
		r = error_set(err, EIO, "cannot copy the attributes of '" VOLUME_DATA "'");
	return r;
}

/* The data of a volume or a snapshot, into the empty directory @to. */
static int copy_data(const struct volume *v, int from, int to, struct error *err)
{
	int r;

	if (!is_sized(v)) {
		r = copy_tree(from, to, err);
	} else {
		r = copy_image(from, to);
		if (r < 0)
			(void)error_set(err, r, "cannot copy '" VOLUME_IMAGE "'");
	}
	return r < 0 ? error_prefix(err, r, "volume '%s'", v->name) : 0;
}

/* A snapshot of before a resize is as large as the volume was then. */
static int fit_image(const struct store *s, const struct volume *v, int dir, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	struct stat st;
	int r = is_sized(v) ? volume_options_parse(&v->options, &o, err) : 0;

	if (r < 0 || o.size == 0)
		return r;
	if (fstatat(dir, VOLUME_IMAGE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "cannot examine the copy of volume '%s'", v->name);
	/* A file system is whole blocks: up to one less than the size. */
	return (uint64_t)st.st_size + 4096 > o.size ? 0 : sized_grow(s, dir, v, o.size, err);
}

/*
 * Everything that was written is in the image, and nothing more will be until @ret_tree is closed. One that
 * is mounted nowhere is so already.
 */
static int settle_image(const struct store *s, const struct volume *v, int dir, int *ret_tree,
			struct error *err)
{
	auto_close int image = openat(dir, VOLUME_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	auto_close int tree = FD_NONE, root = FD_NONE;
	uint32_t flags = 0;

	if (image < 0)
		return error_set(err, errno, "cannot open the file system of volume '%s'", v->name);
	if (!loop_is_shared(image))
		return 0;
	tree = sized_mount(s, dir, v, err);
	if (tree < 0)
		return tree;
	root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || syncfs(root) < 0)
		return error_set(err, errno, "cannot write volume '%s' out", v->name);
	/* Linux 5.14; before, the journal that is copied along says the same. */
	(void)ioctl(root, EXT4_IOC_CHECKPOINT, &flags);
	*ret_tree = take_fd(&tree);
	return 0;
}

/* The data as they are at one instant. The caller has the volume's lock. */
static int copy_still(const struct store *s, const struct volume *v, int dir, int to,
		      struct volume_writers *writers, struct error *err)
{
	auto_strv struct strv users = STRV_INIT;
	auto_close int tree = FD_NONE;
	int r = volume_users(s, v->name, &users, err);

	if (r == 0)
		r = writers->hold(writers, &users, err);
	if (r == 0 && is_sized(v))
		r = settle_image(s, v, dir, &tree, err);
	if (r == 0)
		r = copy_data(v, dir, to, err);
	writers->release(writers);
	return r;
}

static int sync_all(int dir, const struct volume *v, struct error *err)
{
	return syncfs(dir) < 0 ? error_set(err, errno, "cannot write the copy of volume '%s'", v->name) : 0;
}

static int lock_source(int dir, const char *name, struct error *err)
{
	int lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ true);

	return lock < 0 ? error_set(err, lock, "cannot lock volume '%s'", name) : lock;
}

/* ---- snapshot -------------------------------------------------------------------------------- */

/* "20261129-090512.123" */
static char *name_by_time(void)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || !gmtime_r(&now.tv_sec, &tm) ||
	    strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &tm) == 0)
		return NULL;
	return str_format("%s.%03ld", text, now.tv_nsec / 1000000);
}

static int check_free(int dir, const char *name, const char *snap, struct error *err)
{
	auto_close int snapshots = snapshots_open(dir);

	if (!name_is_valid(snap))
		return error_hint(err, error_msg(err, EINVAL, "invalid snapshot name '%s'", snap),
				  "letters, digits, '_', '.' and '-', the first a letter or a digit");
	if (snapshots < 0 || faccessat(snapshots, snap, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return error_msg(err, EEXIST, "volume '%s' has a snapshot '%s' already", name, snap);
}

static int publish_snapshot(struct scratch *d, int dir, const struct volume *v, const char *snap,
			    struct error *err)
{
	auto_close int snapshots = dir_make_open(dir, VOLUME_SNAPSHOTS, 0700);
	int r = snapshots < 0 ? snapshots : scratch_publish(d, snap, snapshots, snap);

	if (r == 0 && (fsync(snapshots) < 0 || fsync(dir) < 0))
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot keep snapshot '%s' of volume '%s'", snap, v->name) : 0;
}

static int make_snapshot(const struct store *s, int dir, const struct volume *v, const char *snap,
			 struct volume_writers *writers, struct error *err)
{
	auto_scratch struct scratch d = SCRATCH_INIT;
	auto_close int lock = lock_source(dir, v->name, err), to = FD_NONE;
	int r = lock < 0 ? lock : check_free(dir, v->name, snap, err);

	if (r == 0)
		r = scratch_make(s, &d, err);
	if (r < 0)
		return r;
	to = dir_make_open(d.fd, snap, 0700);
	if (to < 0)
		return error_set(err, to, "cannot make snapshot '%s'", snap);
	r = copy_still(s, v, dir, to, writers, err);
	if (r == 0)
		r = snapshot_record_write(to, err);
	if (r == 0)
		r = sync_all(to, v, err);
	return r == 0 ? publish_snapshot(&d, dir, v, snap, err) : r;
}

int volume_snapshot(const struct store *s, const char *name, const char *snap,
		    struct volume_writers *writers, char **ret_snap, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = open_source(s, "snapshot", name, &v, err);
	auto_free char *chosen = NULL;
	int r;

	if (dir < 0)
		return dir;
	chosen = snap ? strdup(snap) : name_by_time();
	if (!chosen)
		return error_set(err, ENOMEM, "cannot name a snapshot");
	r = make_snapshot(s, dir, &v, chosen, writers, err);
	if (r < 0)
		return r;
	*ret_snap = chosen;
	chosen = NULL;
	return 0;
}

int volume_snapshot_remove(const struct store *s, const char *name, const char *snap,
			   struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err), snapshots = FD_NONE, it = FD_NONE;

	if (dir < 0)
		return dir;
	it = snapshot_open(dir, name, snap, err);
	if (it < 0)
		return it;
	snapshots = snapshots_open(dir);
	if (snapshots < 0)
		return error_set(err, snapshots, "cannot open the snapshots of volume '%s'", name);
	return object_discard(s, snapshots, snap, err);
}

/* ---- clone ----------------------------------------------------------------------------------- */

static int describe_clone(const struct store *s, struct volume *v, const char *new_name, struct error *err)
{
	const struct volume_driver *driver = volume_driver_find(v->driver, &v->options, err);
	struct strv kept = STRV_INIT;
	char now[TIME_TEXT_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->labels.n; i++) {
		if (strncmp(v->labels.v[i], VOLUME_LABEL_ANONYMOUS "=", strlen(VOLUME_LABEL_ANONYMOUS "=")) != 0)
			r = strv_add(&kept, v->labels.v[i]);
	}
	strv_done(&v->labels);
	free(v->name);
	free(v->created);
	free(v->mountpoint);
	v->labels = kept;
	v->name = strdup(new_name);
	v->created = strdup(time_format_now(now));
	v->mountpoint = driver ? volume_path(s, new_name, driver) : NULL;
	v->anonymous = false;
	v->used = (struct timespec){ 0 };
	if (r < 0 || !v->name || !v->created || !v->mountpoint)
		return error_set(err, ENOMEM, "cannot describe volume '%s'", new_name);
	return 0;
}

/* From the data in @to to a volume of that name. */
static int finish_clone(const struct store *s, struct scratch *d, int to, struct volume *v,
			const char *new_name, struct error *err)
{
	auto_close int volumes = store_dir(s, "volumes", err), point = FD_NONE;
	int r = volumes < 0 ? volumes : fit_image(s, v, to, err);

	if (r == 0 && is_sized(v))
		r = point = dir_make_open(to, VOLUME_MOUNT, 0755);
	if (r >= 0)
		r = describe_clone(s, v, new_name, err);
	if (r == 0)
		r = volume_record_write(to, v, true, err);
	if (r == 0)
		r = sync_all(to, v, err);
	if (r < 0)
		return r;
	r = scratch_publish(d, new_name, volumes, new_name);
	if (r == -EEXIST)
		return error_msg(err, EEXIST, "volume '%s' exists", new_name);
	if (r == 0 && fsync(volumes) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot make volume '%s'", new_name) : 0;
}

static int copy_for_clone(const struct store *s, const struct volume *v, int dir, const char *snap, int to,
			  struct volume_writers *writers, struct error *err)
{
	auto_close int from = FD_NONE;

	if (snap) {
		from = snapshot_open(dir, v->name, snap, err);
		return from < 0 ? from : copy_data(v, from, to, err);
	}
	from = lock_source(dir, v->name, err);
	return from < 0 ? from : copy_still(s, v, dir, to, writers, err);
}

static int check_new_name(const struct store *s, const char *name, struct error *err)
{
	auto_free char *path = str_format("volumes/%s", name);
	int r = volume_name_check(name, err);

	if (r == 0 && path && faccessat(s->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return error_msg(err, EEXIST, "volume '%s' exists", name);
	return r;
}

int volume_clone(const struct store *s, const char *name, const char *snap, const char *new_name,
		 struct volume_writers *writers, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = open_source(s, "clone", name, &v, err), to = FD_NONE;
	auto_scratch struct scratch d = SCRATCH_INIT;
	int r = dir < 0 ? dir : check_new_name(s, new_name, err);

	if (r == 0)
		r = scratch_make(s, &d, err);
	if (r < 0)
		return r;
	to = dir_make_open(d.fd, new_name, 0700);
	if (to < 0)
		return error_set(err, to, "cannot make volume '%s'", new_name);
	r = copy_for_clone(s, &v, dir, snap, to, writers, err);
	if (r == 0)
		r = finish_clone(s, &d, to, &v, new_name, err);
	if (r == 0)
		volume_tell(s, "create", v.name, v.driver);
	return r;
}

/* ---- rollback -------------------------------------------------------------------------------- */

static int refuse_running(const struct store *s, const char *name, struct volume_writers *writers,
			  struct error *err)
{
	auto_strv struct strv users = STRV_INIT, running = STRV_INIT;
	int r = volume_users(s, name, &users, err);

	if (r == 0)
		r = writers->running(writers, &users, &running, err);
	if (r < 0 || running.n == 0)
		return r;
	r = volume_in_use("roll back", name, &running, err);
	return error_hint(err, r, "berth stop %.12s stops the container%s", running.v[0],
			  running.n > 1 ? ", and so on" : "");
}

static int refuse_mounted(int dir, const struct volume *v, struct error *err)
{
	auto_close int image = is_sized(v) ? openat(dir, VOLUME_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC) : FD_NONE;

	if (image < 0 || !loop_is_shared(image))
		return 0;
	return error_hint(err, error_msg(err, EBUSY, "roll back %s: volume is mounted", v->name),
			  "berth volume unmount %s", v->name);
}

static int exchange(const struct store *s, int dir, const struct volume *v, const struct scratch *d,
		    struct volume_writers *writers, struct error *err)
{
	const char *data = is_sized(v) ? VOLUME_IMAGE : VOLUME_DATA;
	auto_close int all = store_lock(s, /* exclusive= */ true, err), lock = FD_NONE;
	int r;

	if (all < 0)
		return all;
	lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ false);
	if (lock == -EAGAIN)
		return error_msg(err, EBUSY, "roll back %s: volume is being filled or copied", v->name);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", v->name);
	r = refuse_running(s, v->name, writers, err);
	if (r == 0)
		r = volume_check_served(s, "roll back", v->name, err);
	if (r == 0)
		r = refuse_mounted(dir, v, err);
	if (r < 0)
		return r;
	r = sys_rename_exchange(d->fd, data, dir, data);
	if (r == 0 && (fsync(dir) < 0 || fsync(d->fd) < 0))
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot exchange the data of volume '%s'", v->name) : 0;
}

int volume_rollback(const struct store *s, const char *name, const char *snap,
		    struct volume_writers *writers, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = open_source(s, "roll back", name, &v, err), from = FD_NONE;
	auto_scratch struct scratch d = SCRATCH_INIT;
	int r;

	if (dir < 0)
		return dir;
	from = snapshot_open(dir, name, snap, err);
	/* Who is refused at the end anyway needn't wait for the copy. */
	r = from < 0 ? from : refuse_running(s, name, writers, err);
	if (r == 0)
		r = scratch_make(s, &d, err);
	if (r == 0)
		r = copy_data(&v, from, d.fd, err);
	if (r == 0)
		r = fit_image(s, &v, d.fd, err);
	if (r == 0)
		r = sync_all(d.fd, &v, err);
	return r == 0 ? exchange(s, dir, &v, &d, writers, err) : r;
}
