/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a new image together: the configuration of import and commit, as the OCI image-spec has it. */
#ifndef BERTH_HELPER_NEWIMAGE_H
#define BERTH_HELPER_NEWIMAGE_H

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/strv.h"
#include "store/image.h"
#include "store/store.h"

struct new_image {
	const struct image *parent;	 /* or NULL */
	const struct json *config;	 /* "config" to begin with, or NULL */
	const struct strv *changes;	 /* instructions applied to it, or NULL */
	const char *diff_id;		 /* the new layer, already published; NULL: no layer of its own */
	const char *author, *message;	 /* or NULL */
	const char *created_by;		 /* for the history, or NULL */
	const char *platform;		 /* OS/ARCH[/VARIANT], or NULL: the parent's or this machine's */
	const char *reference;		 /* or NULL */
};

/** new_image_check() - find mistakes in reference, platform and changes before any work is done. */
int new_image_check(const struct new_image *n, struct error *err);

/** new_image_publish() - make it. The caller holds the store's lock, shared. */
int new_image_publish(const struct store *s, const struct new_image *n, char ret_id[ID_SIZE],
		      struct error *err);

/** reference_normalise() - @text as ref_format() writes it. Caller frees. 0 or -EINVAL. */
int reference_normalise(const char *text, char **ret, struct error *err);

/** platform_arch() - Go's name for this machine's architecture. @ret_variant: or "" */
const char *platform_arch(const char **ret_variant);

#endif
