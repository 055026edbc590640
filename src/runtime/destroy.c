/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/destroy.h"

#include <errno.h>
#include <stdio.h>

#include "base/fs.h"
#include "runtime/names.h"
#include "store/records.h"
#include "volume/volume.h"

int container_layer_remove(const struct store *s, const char *id)
{
	auto_close int dir = containers_dir(s, NULL);

	return dir < 0 ? dir : tree_remove(dir, id);
}

/*
 * The record first, by a rename that makes it nobody's: from then on the layer is garbage, which a sweep
 * may remove at the same time. The lock goes last, with the hidden record.
 */
static int remove_from_run(const struct store *s, const struct container *c, struct error *err)
{
	auto_close int run = record_run_dir(s, err);
	char hidden[ID_SIZE + 1];
	int r;

	if (run < 0)
		return run;
	(void)snprintf(hidden, sizeof(hidden), ".%s", c->id);
	if (renameat(run, c->id, run, hidden) < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot remove the record");
	r = container_layer_remove(s, c->id);
	if (r == 0)
		r = tree_remove(run, hidden);
	return r < 0 && r != -ENOENT ? error_set(err, r, "cannot remove its files") : 0;
}

static int remove_from_root(const struct store *s, const struct container *c, struct error *err)
{
	auto_close int dir = containers_dir(s, err);

	return dir < 0 ? dir : object_discard(s, dir, c->id, err);
}

int container_destroy(const struct store *s, struct container *c, bool volumes, struct error *err)
{
	int r = container_in_run(s, c) ? remove_from_run(s, c, err) : remove_from_root(s, c, err);

	if (r < 0)
		return error_prefix(err, r, "cannot remove container '%s'", c->id);
	name_release(s, c->config.name, c->id);
	for (size_t i = 0; volumes && i < c->config.mounts.n; i++) {
		const struct mount_spec *m = &c->config.mounts.v[i];

		/* In use by another container through --volumes-from: it stays, as with docker. */
		if (m->type == MOUNT_VOLUME && (m->flags & MOUNT_ANONYMOUS))
			(void)volume_remove(s, m->source, NULL);
	}
	return 0;
}
