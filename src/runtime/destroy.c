/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a container. Its record is renamed to .<id>, which makes it nobody's; then go its layer, its
 * volumes and its name, and the hidden record last, because it says which volumes. Killed in between,
 * container_sweep() finds the hidden record and goes on.
 */
#include "runtime/destroy.h"

#include <errno.h>
#include <stdio.h>

#include "base/fs.h"
#include "runtime/cgroups.h"
#include "runtime/names.h"
#include "store/records.h"
#include "volume/volume.h"

int container_layer_remove(const struct store *s, const char *id)
{
	auto_close int dir = containers_dir(s, NULL);
	int r = dir < 0 ? dir : tree_remove(dir, id);

	/* A sweep may have been at it at the same time. */
	return r == -ENOENT ? 0 : r;
}

/* One that another container uses, through --volumes-from, stays: as with docker. So does one with snapshots. */
static int remove_volumes(const struct store *s, const struct container_config *c,
			  struct error *err)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct mount_spec *m = &c->mounts.v[i];
		int r = 0;

		if (m->type == MOUNT_VOLUME && (m->flags & MOUNT_ANONYMOUS))
			r = volume_remove(s, m->source, false, err);
		if (r < 0 && r != -ENOENT && r != -EBUSY && r != -ENOTEMPTY)
			return r;
	}
	return 0;
}

int hidden_record_remove(const struct store *s, int dir_fd, const char *name, struct error *err)
{
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	auto_close int dir = dir_open(dir_fd, name);
	auto_json struct json *j = NULL;
	int r = dir >= 0 ? cgroup_record_remove(dir, err) : dir == -ENOENT ? 0 : dir;

	if (r < 0)
		return error_prefix(err, r, "cannot remove '%s'", name);
	r = dir < 0 ? dir : json_read_at(dir, "config.json", &j, NULL);
	/* Not written yet: then nothing was made that it would name. */
	if (r == 0)
		r = container_config_read(j, &c, NULL);
	r = r == 0 ? remove_volumes(s, &c, err) : 0;
	if (r == 0) {
		r = tree_remove(dir_fd, name);
		r = r == -ENOENT ? 0 : r;
	}
	return r < 0 ? error_set(err, r, "cannot remove '%s'", name) : 0;
}

static int destroy_with_volumes(const struct store *s, struct container *c, struct error *err)
{
	bool in_run = container_in_run(s, c);
	auto_close int dir = in_run ? record_run_dir(s, "containers", err) : containers_dir(s, err);
	char hidden[ID_SIZE + 1];
	int r;

	if (dir < 0)
		return dir;
	(void)snprintf(hidden, sizeof(hidden), ".%s", c->id);
	if (renameat(dir, c->id, dir, hidden) < 0)
		return error_set(err, errno, "cannot hide its record");
	/* Now that nobody can rename it any more. */
	(void)container_read_name(c);
	r = in_run ? container_layer_remove(s, c->id) : 0;
	if (r < 0)
		return error_set(err, r, "cannot remove its writable layer");
	r = remove_volumes(s, &c->config, err);
	if (r < 0)
		return r;
	name_release(s, c->config.name, c->id);
	r = tree_remove(dir, hidden);
	return r < 0 && r != -ENOENT ? error_set(err, r, "cannot remove its record") : 0;
}

/* With the store locked, so that nobody renames it meanwhile. */
static int destroy_alone(const struct store *s, struct container *c, struct error *err)
{
	auto_close int dir = containers_dir(s, err);
	auto_close int lock = dir < 0 ? dir : store_lock(s, false, err);
	int r = lock;

	if (lock < 0)
		return lock;
	(void)container_read_name(c);
	r = object_discard(s, dir, c->id, err);

	if (r == 0)
		name_release(s, c->config.name, c->id);
	return r;
}

int container_destroy(const struct store *s, struct container *c, bool volumes, struct error *err)
{
	int r;

	/* First, while the record that names them has its place. */
	r = container_cgroup_end(c, err);
	if (r == 0)
		r = volumes || container_in_run(s, c) ? destroy_with_volumes(s, c, err)
						      : destroy_alone(s, c, err);
	return r < 0 ? error_prefix(err, r, "cannot remove container '%s'", c->id) : 0;
}
