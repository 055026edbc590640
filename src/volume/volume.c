/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: made, found, removed.
 *
 * DOC: Theory of operation
 *
 * A volume is the directory ROOT/volumes/NAME with volume.json and, for the driver "local", _data.
 * It is made whole in a scratch directory and renamed to its name; it is renamed into one to be
 * removed. So whoever finds the name finds a volume, and two who make the same one at once get the
 * same one.
 *
 * Who uses a volume is not counted but read from the containers' records, which can't go wrong by a
 * crash. Between finding a volume and writing the record that names it, a container in the making
 * holds the store's lock shared; volume_remove() holds it exclusive while it looks for users and
 * renames.
 */
#include "volume/volume.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/id.h"
#include "base/name.h"
#include "base/timefmt.h"
#include "store/events.h"
#include "volume/internal.h"

#define SHOWN_USERS 5

int volume_name_check(const char *name, struct error *err)
{
	return name_check_volume(name, err);
}

static int missing(const char *name, struct error *err)
{
	return error_msg(err, ENOENT, "no such volume: %s", name);
}

int volume_dir_open(const struct store *s, const char *name, struct error *err)
{
	auto_close int volumes = store_dir(s, "volumes", err);
	int fd;

	if (volumes < 0)
		return volumes;
	if (!name_is_valid(name))
		return missing(name, err);
	fd = dir_open(volumes, name);
	if (fd == -ENOENT)
		return missing(name, err);
	return fd < 0 ? error_set(err, fd, "cannot open volume '%s'", name) : fd;
}

int volume_open(const struct store *s, const char *name, struct volume *ret, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err);
	int r;

	if (dir < 0)
		return dir;
	if (volume_fill_pending(dir)) {
		r = volume_fill_recover(dir, /* wait= */ false, err);
		if (r < 0)
			return r;
	}
	return volume_record_read(s, dir, name, ret, err);
}

/* A volume that is a file system: the root of a mount of it, which lives as long as the descriptor. */
static int backed_data_fd(const struct store *s, int dir, const char *name, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int tree = FD_NONE;
	int r = volume_record_read(s, dir, name, &v, err), fd;

	if (r < 0)
		return r;
	tree = volume_backing_mount(s, dir, &v, err);
	if (tree < 0)
		return tree;
	fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open the data of volume '%s'", name) : fd;
}

int volume_data_fd(const struct store *s, const char *name, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err);
	int r, fd;

	if (dir < 0)
		return dir;
	r = volume_fill_recover(dir, /* wait= */ true, err);
	if (r < 0)
		return r;
	if (faccessat(dir, VOLUME_MOUNT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return backed_data_fd(s, dir, name, err);
	fd = dir_open(dir, VOLUME_DATA);
	return fd < 0 ? error_set(err, fd, "cannot open the data of volume '%s'", name) : fd;
}

int volume_names(const struct store *s, struct strv *ret, struct error *err)
{
	auto_close int volumes = store_dir(s, "volumes", err);
	auto_strv struct strv all = STRV_INIT, names = STRV_INIT;
	int r;

	if (volumes < 0)
		return volumes;
	r = dir_list(volumes, &all);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		if (name_is_valid(all.v[i]))
			r = strv_add(&names, all.v[i]);
	}
	if (r < 0)
		return error_set(err, r, "cannot read '%s/volumes'", s->root);
	strv_done(ret);
	*ret = names;
	names = STRV_INIT;
	return 0;
}

/*
 * "KEY" is "KEY=" to docker; the last one of a key wins; sorted, so that two sets can be compared.
 */
static int normalise_pairs(const struct strv *from, const char *what, struct strv *to,
			   struct error *err)
{
	for (size_t i = 0; from && i < from->n; i++) {
		auto_free char *pair =
			str_format("%s%s", from->v[i], strchr(from->v[i], '=') ? "" : "=");

		if (from->v[i][0] == '=' || from->v[i][0] == '\0')
			return error_msg(err, EINVAL, "invalid %s '%s': its name is empty", what,
					 from->v[i]);
		if (!pair || strv_set_env(to, pair) < 0)
			return error_set(err, ENOMEM, "cannot keep %s '%s'", what, from->v[i]);
	}
	strv_sort(to);
	return 0;
}

/* Everything of a volume that is asked for, before anything is made. */
static int describe(const struct store *s, const struct volume_request *req, struct volume *v,
		    struct error *err)
{
	const struct volume_driver *driver = NULL;
	char random[ID_SIZE], now[TIME_TEXT_MAX];
	int r = normalise_pairs(req->labels, "label", &v->labels, err);

	if (r == 0)
		r = normalise_pairs(req->options, "option", &v->options, err);
	if (r == 0)
		r = volume_driver_check(req->driver, &v->options, err);
	if (r == 0)
		driver = volume_driver_find(req->driver, &v->options, err);
	if (r < 0 || !driver)
		return r;
	v->anonymous = req->anonymous || !req->name;
	if (!req->name)
		r = id_random(random);
	if (r == 0 && v->anonymous)
		r = strv_set_env(&v->labels, VOLUME_LABEL_ANONYMOUS "=");
	if (r < 0)
		return error_set(err, r, "cannot name a volume");
	v->name = strdup(req->name ? req->name : random);
	v->driver = strdup(driver->name);
	v->created = strdup(time_format_now(now));
	v->mountpoint = v->name ? volume_path(s, v->name, driver) : NULL;
	if (!v->name || !v->driver || !v->created || !v->mountpoint)
		return error_set(err, ENOMEM, "cannot describe a volume");
	return 0;
}

static void join_pairs(const struct strv *pairs, struct buf *out)
{
	buf_adds(out, pairs->n ? "'" : "none");
	strv_for_each(i, pairs)
		buf_addf(out, "%s%s", i ? "," : "", pairs->v[i]);
	buf_adds(out, pairs->n ? "'" : "");
}

/*
 * docker gives an existing volume to whoever asks for the name, whatever else he asks for: so
 * options that protect the data can silently not be there. Who asks for nothing takes what there
 * is.
 */
static int check_same(const struct volume *have, const struct volume_request *req,
		      const struct volume *want, struct error *err)
{
	auto_buf struct buf a = BUF_INIT, b = BUF_INIT;

	assert(have->driver && want->driver);
	join_pairs(&have->options, &a);
	join_pairs(&want->options, &b);
	if (!req->driver && want->options.n == 0)
		return 0;
	if (STREQ(have->driver, want->driver) && STREQ(buf_str(&a), buf_str(&b)))
		return 0;
	return error_msg(
		err, EEXIST,
		"volume '%s' exists with driver '%s' and options %s, not with driver '%s' and "
		"options %s",
		have->name, have->driver, buf_str(&a), want->driver, buf_str(&b));
}

/* Return: 0; -EEXIST without @err if somebody else has just made it; -errno. */
static int make(const struct store *s, int volumes, const struct volume *v, struct error *err)
{
	const struct volume_driver *driver = volume_driver_find(v->driver, &v->options, err);
	auto_scratch struct scratch d = SCRATCH_INIT;
	auto_close int dir = FD_NONE;
	int r = driver ? scratch_make(s, &d, err) : -ENOENT;

	if (r < 0)
		return r;
	dir = dir_make_open(d.fd, v->name, 0700);
	if (dir < 0)
		return error_set(err, dir, "cannot make volume '%s'", v->name);
	r = driver->create(s, dir, v, err);
	/* An anonymous volume's owner, a container, would not survive a power loss either. */
	if (r == 0)
		r = volume_record_write(dir, v, /* sync= */ !v->anonymous, err);
	if (r < 0)
		return r;
	r = scratch_publish(&d, v->name, volumes, v->name);
	if (r == 0 && !v->anonymous && fsync(volumes) < 0)
		r = -errno;
	return r < 0 && r != -EEXIST ? error_set(err, r, "cannot make volume '%s'", v->name) : r;
}

/* Find it or make it; again if it came or went in between. */
static int find_or_make(const struct store *s, int volumes, const struct volume_request *req,
			struct volume *want, bool *ret_new, struct error *err)
{
	for (;;) {
		auto_volume struct volume have = VOLUME_INIT;
		int r = req->name ? volume_open(s, want->name, &have, err) : -ENOENT;

		*ret_new = false;
		if (r == 0)
			r = check_same(&have, req, want, err);
		if (r == 0) {
			volume_done(want);
			*want = have;
			have = VOLUME_INIT;
			return 0;
		}
		if (r != -ENOENT)
			return r;
		*ret_new = true;
		r = make(s, volumes, want, err);
		if (r != -EEXIST)
			return r;
	}
}

void volume_tell(const struct store *s, const char *action, const char *name, const char *driver)
{
	const char *const attrs[] = { "driver", driver ? driver : "local", NULL };

	event_emit(s, &(struct event){ .type = "volume", .action = action, .id = name, .attrs = attrs });
}

int volume_create(const struct store *s, const struct volume_request *req, struct volume *ret,
		  bool *ret_new, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int volumes = FD_NONE, lock = FD_NONE;
	bool made = false;
	int r = req->name ? volume_name_check(req->name, err) : 0;

	if (r == 0)
		r = describe(s, req, &v, err);
	if (r < 0)
		return r;
	/* From looking an image up until the volume says that it needs it, nothing is collected. */
	if (v.driver && STREQ(v.driver, VOLUME_DRIVER_IMAGE)) {
		lock = store_lock(s, false, err);
		if (lock < 0)
			return lock;
	}
	volumes = store_dir(s, "volumes", err);
	if (volumes < 0)
		return volumes;
	r = find_or_make(s, volumes, req, &v, &made, err);
	if (r < 0)
		return r;
	if (made)
		volume_tell(s, "create", v.name, v.driver);
	if (ret_new)
		*ret_new = made;
	*ret = v;
	v = VOLUME_INIT;
	return 0;
}

int volume_in_use(const char *action, const char *name, const struct strv *users, struct error *err)
{
	auto_buf struct buf list = BUF_INIT;
	int r;

	for (size_t i = 0; i < users->n && i < SHOWN_USERS; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", users->v[i]);
	if (users->n > SHOWN_USERS)
		buf_addf(&list, " and %zu more", users->n - SHOWN_USERS);
	r = error_msg(err, EBUSY, "%s %s: volume is in use - [%s]", action, name, buf_str(&list));
	(void)error_status(err, r, 2);
	return error_hint(err, r, "berth rm %.12s removes the container%s", users->v[0],
			  users->n > 1 ? ", and so on" : "");
}

/*
 * Out of everybody's sight, into @d. Only this happens under the lock: deleting gigabytes would
 * keep every container from starting meanwhile.
 */
static int rename_away(const struct store *s, const char *name, struct scratch *d,
		       struct error *err)
{
	auto_close int lock = store_lock(s, /* exclusive= */ true, err);
	auto_close int volumes = FD_NONE;
	auto_strv struct strv users = STRV_INIT;
	int r;

	if (lock < 0)
		return lock;
	volumes = store_dir(s, "volumes", err);
	if (volumes < 0)
		return volumes;
	r = volume_users(s, name, &users, err);
	if (r == 0 && users.n > 0)
		return volume_in_use("remove", name, &users, err);
	if (r == 0)
		r = volume_check_served(s, "remove", name, err);
	/* What `volume mount` mounted goes with it; a record that can't be read has nothing mounted. */
	if (r == 0)
		(void)volume_host_unmount(s, name, NULL);
	if (r < 0)
		return r;
	if (renameat(volumes, name, d->fd, name) < 0)
		return errno == ENOENT ? missing(name, err)
				       : error_set(err, errno, "cannot remove volume '%s'", name);
	return 0;
}

int volume_remove(const struct store *s, const char *name, bool with_snapshots, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err);
	auto_scratch struct scratch d = SCRATCH_INIT;
	int r;

	if (dir < 0)
		return dir;
	if (!with_snapshots && snapshots_exist(dir))
		return error_hint(err, error_msg(err, ENOTEMPTY, "remove %s: volume has snapshots", name),
				  "berth volume rm -f %s removes them, too", name);
	r = scratch_make(s, &d, err);
	if (r == 0)
		r = rename_away(s, name, &d, err);
	if (r < 0)
		return r;
	volume_tell(s, "destroy", name, NULL);
	r = tree_remove(d.fd, name);
	return r < 0 ? error_set(err, r, "cannot remove all data of volume '%s'", name) : 0;
}
