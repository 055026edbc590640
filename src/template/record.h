/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a template mount, whoever asks: one directory for each, which is there before anything that it
 * speaks of and goes after all of it.
 *
 *   STATE/mounts/<id>/   STATE is the store's directory in RUN: mounts don't outlive a boot, and neither does this
 *     lock               held by whoever is mounting or unmounting it
 *     record.json        struct mount_record
 *     server.json        struct mount_server, written by the holder whenever it starts a server
 *     shared             struct mount_shared, mapped by the holder and its server
 *     ctl                socket on which the server answers (template/control.h)
 *     log                what holder and server had to say
 *   STATE/mounts/lock    held while a path is claimed, and while remains are removed
 *   ROOT/mounts/<id>/    what is large: changes of a writable mount; `record` there leads to the directory in STATE
 */
#ifndef BERTH_TEMPLATE_RECORD_H
#define BERTH_TEMPLATE_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"
#include "base/strv.h"
#include "store/store.h"

enum mount_backend { BACKEND_AUTO, BACKEND_FUSE, BACKEND_LOOP, BACKEND_NBD };

struct mount_record {
	char id[ID_SIZE];
	enum mount_backend backend; /* AUTO until the device is made */
	bool read_only;
	/* All owned; "" where there is nothing. */
	char *template_id, *build_id;
	char *path;	  /* where it is mounted: absolute, clean, no link in it */
	char *made;	  /* the topmost directory that was made for it: removed with what is below, if empty */
	char *options;	  /* -o */
	char *persist;	  /* the build that its changes become */
	char *location;	  /* URL of the storage */
	char *mounted_at; /* time; "": not yet */
	char *device;	  /* /dev/… */
	uint64_t slot;	  /* number of the device */
	uint64_t fs_device; /* st_dev of the file system: tells what is mounted there from what others mount */
};

#define MOUNT_RECORD_INIT ((struct mount_record){ .backend = BACKEND_AUTO })

void mount_record_done(struct mount_record *r);
DEFINE_AUTO(mount_record, struct mount_record, mount_record_done)
#define auto_mount_record auto_clean(mount_record)

/** backend_name() / backend_parse() - "auto", "fuse", "loop", "nbd". 0 or -EINVAL. */
const char *backend_name(enum mount_backend b);
int backend_parse(const char *name, enum mount_backend *ret);

/** mount_records_lock() - wait for STATE/mounts/lock. Return: descriptor to be closed, or -errno with @err. */
int mount_records_lock(const struct store *s, struct error *err);

/** mount_record_ids() - of all mounts, sorted; none if there never was one. */
int mount_record_ids(const struct store *s, struct strv *ret, struct error *err);

/** mount_record_dir() - open STATE/mounts/@id. Return: descriptor, -ENOENT, -errno. */
int mount_record_dir(const struct store *s, const char *id);

/**
 * mount_record_make() - make the directories of a new mount and write @r there, its id first.
 * Call with the records locked. Return: descriptor that holds the mount's own lock, or -errno with @err.
 */
int mount_record_make(const struct store *s, struct mount_record *r, struct error *err);

/** mount_record_read() - Return: 0, -ENOENT, -errno with @err. */
int mount_record_read(const struct store *s, const char *id, struct mount_record *ret,
		      struct error *err);

/** mount_record_write() - replace record.json. */
int mount_record_write(const struct store *s, const struct mount_record *r, struct error *err);

/** mount_record_hold() - take the mount's own lock. Return: fd, -EAGAIN if it is taken, -ENOENT, -errno. */
int mount_record_hold(const struct store *s, const char *id, bool wait);

/** mount_record_remove() - both directories, with all that is in them. Absence is success. */
int mount_record_remove(const struct store *s, const char *id, struct error *err);

/** mount_data_path() - ROOT/mounts/@id/@name. Caller frees; NULL without memory. */
char *mount_data_path(const struct store *s, const char *id, const char *name);

/* Who serves it. A pid of 0: nobody yet. */
struct mount_process {
	pid_t pid;
	uint64_t start;
};

struct mount_server {
	struct mount_process holder, server;
	uint64_t restarts; /* of the server after it died */
};

int mount_server_read(int dir_fd, struct mount_server *ret);
int mount_server_write(int dir_fd, const struct mount_server *v);

/* What the server tells its holder, and what outlives the server. */
struct mount_shared {
	atomic_bool can_resume; /* the kernel gives a new server what this one has not answered */
	atomic_bool finished;	/* the file system is gone: no new server is needed */
	atomic_bool drained;	/* nothing is unanswered: a new server is needed on any kernel */
	atomic_bool frozen;	/* the file system may be frozen: whoever serves next thaws it */
};

/** mount_shared_map() - of the directory @dir_fd, made if need be. NULL with @err. Unmapped at exit, or never. */
struct mount_shared *mount_shared_map(int dir_fd, struct error *err);

#endif
