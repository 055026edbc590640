/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of this folder alone: a volume's directory, its record, its driver, its fill.
 */
#ifndef BERTH_VOLUME_INTERNAL_H
#define BERTH_VOLUME_INTERNAL_H

#include "volume/options.h"
#include "volume/volume.h"

#define VOLUME_RECORD "volume.json"
#define VOLUME_DATA   "_data"
#define VOLUME_WORK   "work" /* a view's: overlayfs's own directory */
/* Of a volume that is a file system: where `volume mount` mounts it, and the image of one with a size. */
#define VOLUME_MOUNT  "mnt"
#define VOLUME_IMAGE  "image.ext4"
/* Where volume_fill() copies to, and what the copy is called once it is whole: fill.c */
#define VOLUME_COPYING ".copying"
#define VOLUME_FILLING ".filling"

#define VOLUME_SNAPSHOTS "snapshots" /* snapshot.c */

#define VOLUME_LAYERS "layers.json" /* of driver image; store/gc.c reads it */

#define VOLUME_DRIVER_DEFAULT  "local"
#define VOLUME_DRIVER_IMAGE    "image"
#define VOLUME_DRIVER_VIEW     "view"
#define VOLUME_LABEL_ANONYMOUS "com.docker.volume.anonymous"

/*
 * A driver: who keeps a volume's data. Every volume has a directory with its record in ROOT/volumes; what
 * else there is, and where the data are, is the driver's business. One const table in driver.c, in which
 * a name has a row for each way in which it keeps them.
 */
struct volume_driver {
	const char *name;
	/** fits() - whether this row is for volumes with these options; NULL: always. */
	bool (*fits)(const struct volume_options *o);
	/** check() - are these KEY=VALUE options ones that it takes? 0 or -EINVAL. */
	int (*check)(const struct strv *options, struct error *err);
	/**
	 * create() - make the data in the volume's new directory @dir_fd, which nobody sees yet.
	 */
	int (*create)(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
	/**
	 * mount() - a detached mount of the file system that the data are; NULL: they are the directory
	 * _data, which is then all that there is to it.
	 * @dir_fd: the volume's directory, which the caller has locked. Return: descriptor or -errno.
	 */
	int (*mount)(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
};

/**
 * volume_driver_find() - the row of driver @name (NULL: the default one) for @options, or NULL with @err.
 */
const struct volume_driver *volume_driver_find(const char *name, const struct strv *options,
					       struct error *err);

/** volume_path() - where on this host the data are, or can be mounted. Caller frees; NULL without memory. */
char *volume_path(const struct store *s, const char *name, const struct volume_driver *driver);

/** volume_driver_check() - whether driver @name takes @options. 0 or -errno. */
int volume_driver_check(const char *name, const struct strv *options, struct error *err);

/* The rows' own functions. */
int sized_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
int sized_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
/** sized_grow() - make the file system in @dir_fd, of a volume or of a copy, @size bytes large. */
int sized_grow(const struct store *s, int dir_fd, const struct volume *v, uint64_t size,
	       struct error *err);
int typed_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
int typed_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err);

int image_volume_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err);
int image_volume_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err);

/** volume_lock() - lock a volume's directory; the lock ends with the descriptor. -EAGAIN: not waiting. */
int volume_lock(int dir_fd, bool exclusive, bool wait);

/** volume_backing_mount() - .mount() of @v under the volume's lock. fd or -errno. */
int volume_backing_mount(const struct store *s, int dir_fd, const struct volume *v,
			 struct error *err);

/**
 * volume_record_write() - write @v's record into its directory. @sync: it survives a power loss.
 */
int volume_record_write(int dir_fd, const struct volume *v, bool sync, struct error *err);

/** volume_record_read() - read it back; @name is the directory's. -EINVAL where there is none. */
int volume_record_read(const struct store *s, int dir_fd, const char *name, struct volume *ret,
		       struct error *err);

/** volume_tell() - the event @action of volume @name. */
void volume_tell(const struct store *s, const char *action, const char *name, const char *driver);

/** snapshots_open() - the directory of the snapshots of the volume in @dir; -ENOENT if it never had any. */
int snapshots_open(int dir);

/** snapshots_exist() - whether the volume in @dir has any. */
bool snapshots_exist(int dir);

/** snapshot_record_write() - into the new snapshot @dir: when it was made. 0 or -errno with @err. */
int snapshot_record_write(int dir, struct error *err);

/** volume_check_served() - -EBUSY, status 2, if somebody has it by the volume plugin. The store is locked. */
int volume_check_served(const struct store *s, const char *action, const char *name, struct error *err);

/** volume_in_use() - "ACTION NAME: volume is in use - [IDS]". Return: -EBUSY, status 2. */
int volume_in_use(const char *action, const char *name, const struct strv *users, struct error *err);

/** volume_dir_open() - ROOT/volumes/@name. Return: fd; -ENOENT "no such volume: X"; -errno. */
int volume_dir_open(const struct store *s, const char *name, struct error *err);

/**
 * volume_fill_pending() - whether a fill of the volume @dir_fd has come as far as moving its files.
 */
bool volume_fill_pending(int dir_fd);

/**
 * volume_fill_recover() - finish or undo what an interrupted fill left in @dir_fd.
 * @wait: wait for a fill that is under way; false: leave it alone
 * Return: 1 if there was something, 0 if not, -errno.
 */
int volume_fill_recover(int dir_fd, bool wait, struct error *err);

/** volume_fill_is_stale() - 1 if @dir_fd holds what an interrupted fill left, 0 if not, -errno. */
int volume_fill_is_stale(int dir_fd);

#endif
