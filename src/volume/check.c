/* SPDX-License-Identifier: Apache-2.0 */
/* The volumes' part of `berth system check`. Whatever it finds, it never removes data. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/id.h"
#include "base/name.h"
#include "base/timefmt.h"
#include "volume/catalog.h"
#include "volume/internal.h"

struct checker {
	const struct store *s;
	bool repair;
	struct strv *findings;
	struct error *err;
};

static int found(struct checker *k, const char *name, const char *what, const char *repaired)
{
	int r = strv_take(k->findings,
			  str_format("volume '%s': %s%s%s", name, what, k->repair ? "; " : "",
				     k->repair ? repaired : ""));

	return r < 0 ? error_set(k->err, r, "cannot report on volume '%s'", name) : 0;
}

static bool is_there(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * What can be known of a volume whose record is lost: its name, and when its directory was last
 * changed.
 */
static int write_lost_record(struct checker *k, int dir, const char *name)
{
	auto_volume struct volume v = VOLUME_INIT;
	char created[TIME_TEXT_MAX];
	struct stat st;
	int r = 0;

	if (fstat(dir, &st) < 0)
		return error_set(k->err, errno, "cannot examine volume '%s'", name);
	v.name = strdup(name);
	v.driver = strdup(VOLUME_DRIVER_DEFAULT);
	v.created = strdup(time_format(created, st.st_mtim));
	if (id_is_valid(name))
		r = strv_add(&v.labels, VOLUME_LABEL_ANONYMOUS "=");
	if (fstatat(dir, VOLUME_IMAGE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = strv_take(&v.options, str_format("size=%lld", (long long)st.st_size));
	if (r < 0 || !v.name || !v.driver || !v.created)
		return error_set(k->err, ENOMEM, "cannot write the record of volume '%s'", name);
	return volume_record_write(dir, &v, /* sync= */ true, k->err);
}

static int check_record(struct checker *k, int dir, const char *name)
{
	auto_volume struct volume v = VOLUME_INIT;
	struct error why = ERROR_INIT;
	int r = volume_record_read(k->s, dir, name, &v, &why);

	/* An unknown driver is no damage: a later berth may have made it. */
	if (r == 0 || r == -ENOTSUP)
		return 0;
	r = k->repair ? write_lost_record(k, dir, name) : 0;
	return r < 0 ? r : found(k, name, why.msg, "wrote a new one");
}

static int check_data(struct checker *k, int dir, const char *name)
{
	auto_close int data = dir_open(dir, VOLUME_DATA);

	/* The data are a file system of their own. */
	if (is_there(dir, VOLUME_MOUNT))
		return 0;
	if (data != -ENOENT)
		return data < 0 ? found(k, name, "its '" VOLUME_DATA "' is no directory", "left it")
				: 0;
	if (k->repair) {
		data = dir_make_open(dir, VOLUME_DATA, 0755);
		if (data < 0)
			return error_set(k->err, data, "cannot make the directory of volume '%s'",
					 name);
	}
	return found(k, name, "its data directory is missing", "made an empty one");
}

/* A fill that is under way holds the lock, and is none of our business. */
static int check_fill(struct checker *k, int dir, const char *name)
{
	int r;

	if (!is_there(dir, VOLUME_COPYING) && !is_there(dir, VOLUME_FILLING))
		return 0;
	r = k->repair ? volume_fill_recover(dir, /* wait= */ false, k->err)
		      : volume_fill_is_stale(dir);
	return r > 0 ? found(k, name, "its filling from an image was interrupted", "put right") : r;
}

static int check_one(struct checker *k, int volumes, const char *name)
{
	auto_close int dir = dir_open(volumes, name);
	int r;

	if (dir == -ENOENT)
		return 0;
	if (dir < 0 || !name_is_valid(name))
		return found(k, name, "is no volume, but lies among them", "left it");
	r = check_data(k, dir, name);
	if (r == 0)
		r = check_fill(k, dir, name);
	return r == 0 ? check_record(k, dir, name) : r;
}

int volume_check(const struct store *s, bool repair, struct strv *ret_findings, struct error *err)
{
	struct checker k = { s, repair, ret_findings, err };
	auto_close int volumes = store_dir(s, "volumes", err);
	auto_strv struct strv names = STRV_INIT;
	int r;

	if (volumes < 0)
		return volumes;
	r = dir_list(volumes, &names);
	if (r < 0)
		return error_set(err, r, "cannot read '%s/volumes'", s->root);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = check_one(&k, volumes, names.v[i]);
	return r;
}
