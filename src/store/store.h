/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct store - the two directories that hold everything berth knows: ROOT (BERTH_ROOT, survives a
 * reboot) and RUN (BERTH_RUN, does not). All rooms reach their files through these descriptors.
 *
 *   ROOT/lock                      flock(2): shared while something is being referred to, exclusive for
 *                                  garbage collection (store_lock())
 *   ROOT/layers/<diffid>/          one unpacked, immutable layer: diff/ and layer.json
 *   ROOT/images/<id>/              config.json (its SHA-256 is <id>), image.json (berth's own facts), init/
 *   ROOT/refs/<escaped NAME:TAG>   symbolic link whose text is the image id
 *   ROOT/blobs/<digest>            compressed layer blobs of loaded images, kept to save them bit for bit
 *   ROOT/containers/<id>/          one container: its writable layer, and its record or a link to it (records.h)
 *   ROOT/names/<NAME>              symbolic link whose text is the container id
 *   ROOT/volumes/<NAME>/           volume.json and _data/
 *   ROOT/mounts/<id>/              changes of a template mount (template/record.h)
 *   ROOT/tmp/<pid>.<random>/       what is being made or unmade; its maker holds flock(2) on it (scratch_make())
 *   RUN/<device>-<inode>/          of this ROOT, so that two roots that share RUN don't meet (struct store, state):
 *     containers/<id>/             records of containers that can't outlive their berth
 *     names/<NAME>                 their names
 *     mounts/<id>/                 template mounts: template/record.h
 *
 * All of them are 0700 except volumes' _data, so that no other user of the host can reach a setuid file
 * of an image (CVE-2021-41091).
 */
#ifndef BERTH_STORE_STORE_H
#define BERTH_STORE_STORE_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

struct store {
	char *root; /* owned; absolute */
	char *run;  /* owned; absolute */
	char *state; /* owned; the directory in RUN that belongs to this ROOT */
	int root_fd;
};

#define STORE_INIT ((struct store){ .root_fd = FD_NONE })

/**
 * store_open() - open the store in @root and @run, making what is missing.
 * Return: 0, or -errno with @err (EACCES: berth needs root).
 */
int store_open(struct store *s, const char *root, const char *run, struct error *err);
/** store_make_private_dir() - mkdir(2) of @path, for its owner alone, and of missing parents. 0 or -errno with @err. */
int store_make_private_dir(const char *path, struct error *err);
void store_done(struct store *s);
DEFINE_AUTO(store, struct store, store_done)
#define auto_store auto_clean(store)

/** store_dir() - open ROOT/@name, one of the directories above. Return: fd or -errno with @err. */
int store_dir(const struct store *s, const char *name, struct error *err);

/**
 * store_lock() - wait for the store's lock.
 * @exclusive: for whoever removes layers or images; everyone who turns a name into an open layer or into
 *   a record that refers to one takes it shared, for as long as that takes
 *
 * Return: descriptor to be closed (auto_close) when done, or -errno.
 */
int store_lock(const struct store *s, bool exclusive, struct error *err);

/*
 * A scratch directory in ROOT/tmp. It is locked while its maker lives; scratch_done() removes it with
 * all it holds; one that a killed process left is removed by scratch_sweep().
 */
struct scratch {
	int tmp_fd;  /* ROOT/tmp */
	int fd;	     /* the directory; holds its lock */
	char name[48];
};

#define SCRATCH_INIT ((struct scratch){ .tmp_fd = FD_NONE, .fd = FD_NONE })

int scratch_make(const struct store *s, struct scratch *ret, struct error *err);
void scratch_done(struct scratch *d);
DEFINE_AUTO(scratch, struct scratch, scratch_done)
#define auto_scratch auto_clean(scratch)

/** scratch_publish() - rename scratch/@name to ROOT/@dir/@as. -EEXIST if that is there: someone else made it. */
int scratch_publish(struct scratch *d, const char *name, int dir_fd, const char *as);

/**
 * object_discard() - remove the object @name from @dir_fd: rename it into ROOT/tmp, then delete it there,
 * so that nobody ever sees half of it. Absence is success.
 */
int object_discard(const struct store *s, int dir_fd, const char *name, struct error *err);

/** scratch_sweep() - remove the scratch directories of dead processes. @ret_found: how many there were, or NULL. */
int scratch_sweep(const struct store *s, bool remove, unsigned *ret_found, struct error *err);

#endif
