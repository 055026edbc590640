/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what a volume is called, and its labels. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "sys/syscalls.h"
#include "volume/internal.h"

static int refuse_used(const struct store *s, const char *name, struct error *err)
{
	auto_strv struct strv users = STRV_INIT;
	int r = volume_users(s, name, &users, err);

	if (r == 0 && users.n > 0)
		return volume_in_use("rename", name, &users, err);
	return r < 0 ? r : volume_check_served(s, "rename", name, err);
}

/*
 * The rename is the whole change: a volume's name is that of its directory, and what its record says of it
 * is written anew only so that a person who reads it is not misled.
 */
int volume_rename(const struct store *s, const char *name, const char *new_name, struct error *err)
{
	auto_close int lock = store_lock(s, /* exclusive= */ true, err), volumes = FD_NONE, dir = FD_NONE;
	auto_volume struct volume v = VOLUME_INIT;
	int r = lock < 0 ? lock : name_check_volume(new_name, err);

	if (r == 0)
		r = volume_open(s, name, &v, err);
	if (r == 0)
		r = refuse_used(s, name, err);
	if (r < 0)
		return r;
	volumes = store_dir(s, "volumes", err);
	if (volumes < 0)
		return volumes;
	(void)volume_host_unmount(s, name, NULL);
	r = sys_rename_new(volumes, name, volumes, new_name);
	if (r == -EEXIST)
		return error_msg(err, EEXIST, "cannot rename volume '%s': '%s' exists", name, new_name);
	if (r < 0 || fsync(volumes) < 0)
		return error_set(err, r < 0 ? r : errno, "cannot rename volume '%s'", name);
	dir = volume_dir_open(s, new_name, err);
	if (dir < 0)
		return dir;
	free(v.name);
	v.name = strdup(new_name);
	return v.name ? volume_record_write(dir, &v, true, err)
		      : error_set(err, ENOMEM, "cannot write the record of volume '%s'", new_name);
}

static int merge_labels(struct volume *v, const struct strv *labels, const struct strv *drop)
{
	struct strv kept = STRV_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->labels.n; i++) {
		auto_free char *key = strndup(v->labels.v[i], strcspn(v->labels.v[i], "="));

		if (!key)
			r = -ENOMEM;
		else if (!drop || !strv_has(drop, key))
			r = strv_add(&kept, v->labels.v[i]);
	}
	for (size_t i = 0; r == 0 && labels && i < labels->n; i++)
		r = strv_set_env(&kept, labels->v[i]);
	strv_done(&v->labels);
	v->labels = kept;
	strv_sort(&v->labels);
	return r;
}

int volume_update_labels(const struct store *s, const char *name, const struct strv *labels,
			 const struct strv *drop, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err), lock = FD_NONE;
	auto_volume struct volume v = VOLUME_INIT;
	int r;

	if (dir < 0)
		return dir;
	lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", name);
	r = volume_record_read(s, dir, name, &v, err);
	if (r == 0 && merge_labels(&v, labels, drop) < 0)
		r = error_set(err, ENOMEM, "cannot set the labels of volume '%s'", name);
	return r == 0 ? volume_record_write(dir, &v, true, err) : r;
}
