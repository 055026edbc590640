/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: named directories in ROOT/volumes that outlive containers. */
#ifndef BERTH_VOLUME_VOLUME_H
#define BERTH_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "store/store.h"

struct volume {
	char *name;
	char *driver;	  /* "local" */
	char *mountpoint; /* ROOT/volumes/NAME/_data */
	char *created;	  /* RFC 3339 */
	struct strv labels;  /* KEY=VALUE */
	struct strv options; /* KEY=VALUE */
	bool anonymous;
	struct timespec used; /* when a container last began to use it; 0: never */
};

#define VOLUME_INIT ((struct volume){ 0 })

void volume_done(struct volume *v);
DEFINE_AUTO(volume, struct volume, volume_done)
#define auto_volume auto_clean(volume)

/* What a volume's options ask of whoever mounts it. */
struct volume_wishes {
	bool nocopy; /* never filled from an image */
	bool owned;  /* owner=container: its owner appears as the container's user */
};

struct volume_request {
	const char *name;   /* NULL: anonymous, a name of 64 hex digits is made */
	bool anonymous;	    /* with a name that the caller has made and recorded first */
	const char *driver; /* NULL: local */
	const struct strv *labels;  /* or NULL */
	const struct strv *options; /* or NULL */
};

/** volume_name_check() - docker's rule, [a-zA-Z0-9][a-zA-Z0-9_.-]+. Return: 0, or -EINVAL with @err. */
int volume_name_check(const char *name, struct error *err);

/**
 * volume_create() - make a volume, or find it if it is there with the same driver and options.
 * @ret_new: set when it was made now; or NULL
 * Return: 0; -EEXIST (other driver or options: both named); -EINVAL; -errno.
 */
int volume_create(const struct store *s, const struct volume_request *req, struct volume *ret,
		  bool *ret_new, struct error *err);

/** volume_open() - read an existing volume. Return: 0, -ENOENT "no such volume: X", -errno. */
int volume_open(const struct store *s, const char *name, struct volume *ret, struct error *err);

/** volume_data_fd() - its _data directory (O_RDONLY|O_DIRECTORY). Return: fd or -errno with @err. */
int volume_data_fd(const struct store *s, const char *name, struct error *err);

/** volume_names() - the names of all volumes, sorted. */
int volume_names(const struct store *s, struct strv *ret, struct error *err);

/**
 * volume_users() - ids of the containers, running or not, whose record mounts volume @name: read from
 * ROOT/containers/<id>/config.json, member "Mounts", entries of "Type" "volume" and "Name".
 */
int volume_users(const struct store *s, const char *name, struct strv *ret_ids, struct error *err);

/**
 * volume_remove() - remove a volume and its data.
 * Return: 0; -EBUSY naming the containers that use it; -ENOTEMPTY: it has snapshots, which are kept unless
 * @with_snapshots; -ENOENT.
 */
int volume_remove(const struct store *s, const char *name, bool with_snapshots, struct error *err);

/**
 * volume_fill() - docker's copy-up: when the volume's directory is empty, copy the content of @source_fd
 * (a directory of the image) into it and take over its owner, mode and times; xattrs, hard links, holes
 * and special files are kept. A volume that holds something is left as it is. Also notes that it is used;
 * with @source_fd FD_NONE only that.
 * Crash-safe: an interrupted copy is not taken for content (see volume.c).
 */
int volume_fill(const struct store *s, const char *name, int source_fd, struct error *err);

/** volume_fill_tree() - the same for a volume that is a file system, mounted as @tree_fd. */
int volume_fill_tree(const struct store *s, const struct volume *v, int tree_fd, int source_fd,
		     struct error *err);

/** volume_has_mount() - as volume_is_backed(), by name and without reading its record. */
bool volume_has_mount(const struct store *s, const char *name);

/** volume_is_backed() - whether it is a file system of its own rather than a directory. */
bool volume_is_backed(const struct volume *v);

/** volume_wishes() - what @v's options ask for. */
void volume_wishes(const struct volume *v, struct volume_wishes *ret);

/** volume_tree() - a detached mount of a volume that is a file system. Return: fd or -errno. */
int volume_tree(const struct store *s, const struct volume *v, struct error *err);

/**
 * volume_instance_take() - a clone of the mount that another container has of @v, of which there must not
 * be two (a tmpfs, an overlay).
 * @ret_lock: held until volume_instance_give(), so that nobody makes a second one meanwhile; FD_NONE for a
 * volume that may be mounted at will
 * Return: a detached mount; FD_NONE if nobody has it: the caller makes one; -errno with @err.
 */
int volume_instance_take(const struct store *s, const struct volume *v, int *ret_lock, struct error *err);

/** volume_instance_give() - leave word that process @pid has the mount on @target. 0 or -errno. */
int volume_instance_give(int lock_fd, pid_t pid, const char *target);

/** volume_host_mount() - have its data in a directory of this host. @ret_path: which; caller frees. */
int volume_host_mount(const struct store *s, const char *name, char **ret_path, struct error *err);

/** volume_host_unmount() - the reverse; no failure if it is not mounted. */
int volume_host_unmount(const struct store *s, const char *name, struct error *err);

/** volume_resize() - make a volume that has a size larger, whoever uses it. -EINVAL: smaller, or without size. */
int volume_resize(const struct store *s, const char *name, uint64_t size, struct error *err);

/** volume_rename() - give a volume that no container has another name. -EBUSY, -EEXIST, -ENOENT. */
int volume_rename(const struct store *s, const char *name, const char *new_name, struct error *err);

/** volume_update_labels() - set @labels (KEY=VALUE) and drop those named in @drop. */
int volume_update_labels(const struct store *s, const char *name, const struct strv *labels,
			 const struct strv *drop, struct error *err);

/** volume_json_open() - docker's `volume inspect` object, left open for further members. */
void volume_json_open(const struct volume *v, struct jsonw *w, const char *key);

/** volume_json() - docker's `volume inspect` object. */
void volume_json(const struct volume *v, struct jsonw *w, const char *key);

#endif
