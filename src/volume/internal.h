/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of this folder alone: a volume's directory, its record, its driver, its fill.
 */
#ifndef BERTH_VOLUME_INTERNAL_H
#define BERTH_VOLUME_INTERNAL_H

#include "volume/volume.h"

#define VOLUME_RECORD "volume.json"
#define VOLUME_DATA   "_data"
/* Where volume_fill() copies to, and what the copy is called once it is whole: fill.c */
#define VOLUME_COPYING ".copying"
#define VOLUME_FILLING ".filling"

#define VOLUME_DRIVER_DEFAULT  "local"
#define VOLUME_LABEL_ANONYMOUS "com.docker.volume.anonymous"

/*
 * A driver: who keeps a volume's data. Every volume has a directory with its record in
 * ROOT/volumes; what else there is, and where the data are, is the driver's business. One const
 * table in driver.c.
 */
struct volume_driver {
	const char *name;
	/** check() - are these KEY=VALUE options ones that it takes? 0 or -EINVAL. */
	int (*check)(const struct strv *options, struct error *err);
	/**
	 * create() - make the data in the volume's new directory @dir_fd, which nobody sees yet.
	 */
	int (*create)(int dir_fd, const struct volume *v, struct error *err);
	/** remove() - give up what is not in the volume's directory; may be NULL. */
	int (*remove)(const struct volume *v, struct error *err);
	/** path() - where on this host the data are; caller frees, NULL without memory. */
	char *(*path)(const struct store *s, const char *name);
};

/** volume_driver_find() - the driver @name (NULL: the default one), or NULL with @err. */
const struct volume_driver *volume_driver_find(const char *name, struct error *err);

/**
 * volume_record_write() - write @v's record into its directory. @sync: it survives a power loss.
 */
int volume_record_write(int dir_fd, const struct volume *v, bool sync, struct error *err);

/** volume_record_read() - read it back; @name is the directory's. -EINVAL where there is none. */
int volume_record_read(const struct store *s, int dir_fd, const char *name, struct volume *ret,
		       struct error *err);

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
