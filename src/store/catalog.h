/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line does with images as a whole. These functions take the store's lock themselves.
 * JSON is written with docker's keys; @key is the member's name, or NULL inside an array or at the top.
 */
#ifndef BERTH_STORE_CATALOG_H
#define BERTH_STORE_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "store/store.h"

struct image_list_request {
	/*
	 * KEY=VALUE: dangling=BOOL, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE.
	 * References are alternatives, everything else must hold. NULL for none.
	 */
	const struct strv *filters;
	const char *name; /* as reference=, for `berth images NAME`; or NULL */
	bool no_trunc;	  /* "ID" with "sha256:" and all digits */
};

/**
 * catalog_list() - array of one object for each name of each image, newest first, with the members of
 * `docker images --format json` (all strings): ID Repository Tag Digest CreatedAt CreatedSince Size
 * VirtualSize Containers SharedSize UniqueSize; and Id ("sha256:…"), Created (RFC 3339),
 * CreatedUnix and Bytes (numbers), Labels (object).
 */
int catalog_list(const struct store *s, const struct image_list_request *req, struct jsonw *w,
		 const char *key, struct error *err);

/** catalog_inspect() - docker's `image inspect` object. */
int catalog_inspect(const struct store *s, const char *what, struct jsonw *w, const char *key,
		    struct error *err);

/**
 * catalog_history() - array as `docker history --format json`, newest first: ID ("<missing>" below the
 * top), CreatedAt, CreatedSince, CreatedBy, Size, Comment; and Created, CreatedUnix, Bytes.
 */
int catalog_history(const struct store *s, const char *what, bool no_trunc, struct jsonw *w,
		    const char *key, struct error *err);

/** catalog_tag() - give image @source the name @target as well. */
int catalog_tag(const struct store *s, const char *source, const char *target, struct error *err);

/**
 * catalog_remove() - docker's `rmi`: take the name away, or all names when @what is an id; an image
 * without a name left goes, with the layers that nothing else needs.
 * @force: even if a container was made from it, or several names: then the names go, and the image
 *   itself stays as long as the container
 * @ret_lines: "Untagged: X" and "Deleted: sha256:…", appended
 *
 * Return: 0; -ENOENT; -EBUSY "conflict: …".
 */
int catalog_remove(const struct store *s, const char *what, bool force, struct strv *ret_lines,
		   struct error *err);

/**
 * catalog_prune() - remove the images without a name, or with @all those that no container uses.
 * @filters: label=KEY[=VALUE], label!=KEY[=VALUE], until=RFC 3339 or a span like 24h; or NULL
 * @ret_lines: as catalog_remove()
 * @ret_reclaimed: bytes of the layers removed
 */
int catalog_prune(const struct store *s, bool all, const struct strv *filters,
		  struct strv *ret_lines, uint64_t *ret_reclaimed, struct error *err);

struct image_usage {
	size_t count, active;	/* active: a container was made from it */
	uint64_t size;		/* bytes of all layers, each once */
	uint64_t reclaimable;	/* of those that only images need that no container uses */
};

/** catalog_usage() - the "Images" row of `docker system df`. */
int catalog_usage(const struct store *s, struct image_usage *ret, struct error *err);

#endif
