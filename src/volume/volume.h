/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: named directories in ROOT/volumes that outlive containers. */
#ifndef BERTH_VOLUME_VOLUME_H
#define BERTH_VOLUME_VOLUME_H

#include <stdbool.h>

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
};

#define VOLUME_INIT ((struct volume){ 0 })

void volume_done(struct volume *v);
DEFINE_AUTO(volume, struct volume, volume_done)
#define auto_volume auto_clean(volume)

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
 * Return: 0; -EBUSY naming the containers that use it; -ENOENT.
 */
int volume_remove(const struct store *s, const char *name, struct error *err);

/**
 * volume_fill() - docker's copy-up: when the volume's directory is empty, copy the content of @source_fd
 * (a directory of the image) into it and take over its owner, mode and times; xattrs, hard links, holes
 * and special files are kept. A volume that holds something is left as it is.
 * Crash-safe: an interrupted copy is not taken for content (see volume.c).
 */
int volume_fill(const struct store *s, const char *name, int source_fd, struct error *err);

/** volume_json() - docker's `volume inspect` object. */
void volume_json(const struct volume *v, struct jsonw *w, const char *key);

#endif
