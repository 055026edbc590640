/* SPDX-License-Identifier: Apache-2.0 */
/* The whole store read into memory, for the files of the catalogue only. */
#ifndef BERTH_STORE_CATALOG_INTERNAL_H
#define BERTH_STORE_CATALOG_INTERNAL_H

#include <time.h>

#include "base/timefmt.h"
#include "store/catalog.h"
#include "store/gc.h"
#include "store/image.h"
#include "store/ref.h"

#define DIGEST_PREFIX "sha256:"

struct catalog_image {
	struct image image;
	struct timespec created; /* 0 where the image does not say */
	uint64_t size;		 /* of all its layers */
	uint64_t unique;	 /* of those that no other image has */
	struct strv tags;	 /* NAME:TAG, sorted */
	struct strv digests;	 /* NAME@DIGEST, sorted */
	size_t containers;
};

struct catalog {
	struct catalog_image *v; /* owned; newest first */
	size_t n;
	struct container_uses uses;
};

#define CATALOG_INIT ((struct catalog){ 0 })

void catalog_done(struct catalog *c);
DEFINE_AUTO(catalog, struct catalog, catalog_done)
#define auto_catalog auto_clean(catalog)

/** catalog_load() - read every image that can be read. The store is locked. */
int catalog_load(const struct store *s, struct catalog *ret, struct error *err);

/** catalog_load_one() - the image @what alone; unique and containers are not filled in. */
int catalog_load_one(const struct store *s, const char *what, struct catalog_image *ret,
		     struct error *err);
void catalog_image_done(struct catalog_image *ci);
DEFINE_AUTO(catalog_image, struct catalog_image, catalog_image_done)
#define auto_catalog_image auto_clean(catalog_image)

/** layer_size() - of layer @diff_id, 0 if that can't be told. */
uint64_t layer_size(const struct store *s, const char *diff_id);

/** created_at() - "2026-11-21 06:30:00 +0000 UTC", as docker prints it; "N/A" for 0. Return: @out. */
const char *created_at(char out[TIME_TEXT_MAX], struct timespec t);

/** created_since() - "3 hours ago"; "N/A" for 0. Return: @out. */
const char *created_since(char out[TIME_TEXT_MAX], struct timespec t);

/** labels_match() - whether @labels (KEY=VALUE) has @filter, KEY or KEY=VALUE. */
bool labels_match(const struct strv *labels, const char *filter);

#endif
