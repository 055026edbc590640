/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots: what a volume held at one instant, kept beside its data in ROOT/volumes/NAME/snapshots/SNAP. They go
 * where the volume goes: renamed and removed with it.
 */
#ifndef BERTH_VOLUME_SNAPSHOT_H
#define BERTH_VOLUME_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"
#include "store/store.h"

/* What this room can't know: which containers run, and how they are held still. */
struct volume_writers {
	/** hold() - hold those of the containers @users still that run. 0 or -errno. */
	int (*hold)(struct volume_writers *w, const struct strv *users, struct error *err);
	/** release() - let them run on; no failure if none is held. */
	void (*release)(struct volume_writers *w);
	/** running() - those of @users that run or are being started, appended to @ret. */
	int (*running)(struct volume_writers *w, const struct strv *users, struct strv *ret,
		       struct error *err);
};

/**
 * volume_snapshot() - keep what @name holds now.
 * @snap: what to call it; NULL: by the time
 * @ret_snap: what it is called; caller frees
 * Return: 0; -EEXIST; -EOPNOTSUPP for a volume whose data are elsewhere; -errno.
 */
int volume_snapshot(const struct store *s, const char *name, const char *snap,
		    struct volume_writers *writers, char **ret_snap, struct error *err);

/** volume_snapshot_remove() - -ENOENT where there is none. */
int volume_snapshot_remove(const struct store *s, const char *name, const char *snap,
			   struct error *err);

/**
 * volume_clone() - a new volume @new_name with the driver, options, labels and data of @name.
 * @snap: with the data of this snapshot of it; NULL: as they are now
 */
int volume_clone(const struct store *s, const char *name, const char *snap, const char *new_name,
		 struct volume_writers *writers, struct error *err);

/** volume_rollback() - @name holds again what @snap of it holds. -EBUSY while a container that runs has it. */
int volume_rollback(const struct store *s, const char *name, const char *snap,
		    struct volume_writers *writers, struct error *err);

struct snapshot {
	char *volume, *name, *created; /* owned; created: RFC 3339 */
	uint64_t size;		       /* bytes allocated; shared ones count, too */
};

struct snapshot_list {
	struct snapshot *v; /* owned; by volume, oldest first */
	size_t n;
};

#define SNAPSHOT_LIST_INIT ((struct snapshot_list){ 0 })

void snapshot_list_done(struct snapshot_list *l);
DEFINE_AUTO(snapshot_list, struct snapshot_list, snapshot_list_done)
#define auto_snapshot_list auto_clean(snapshot_list)

/** snapshot_list_read() - those of @name, or of all volumes. @ret: appended to */
int snapshot_list_read(const struct store *s, const char *name, bool sizes,
		       struct snapshot_list *ret, struct error *err);

#endif
