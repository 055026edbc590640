/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/destroy.h"

#include <errno.h>

#include "runtime/names.h"
#include "volume/volume.h"

int container_destroy(const struct store *s, struct container *c, bool volumes, struct error *err)
{
	auto_close int dir = containers_dir(s, err);
	int r = dir < 0 ? dir : object_discard(s, dir, c->id, err);

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
