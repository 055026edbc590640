/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.json of a build: what template platforms keep there, and beside it the names that berth was given. */
#ifndef BERTH_TEMPLATE_METADATA_H
#define BERTH_TEMPLATE_METADATA_H

#include "base/json.h"
#include "template/build.h"

struct template_names {
	const char *template_id; /* or NULL */
	const char *build;	 /* as it was called; its id may be derived from that */
};

/**
 * metadata_make() - the text for a new build.
 * @parent: that of the build it is made on, whose user, environment and start command stay; or NULL
 */
int metadata_make(const struct json *parent, const struct template_names *names,
		  const struct uuid *id, const struct uuid *from, struct buf *out,
		  struct error *err);

/** metadata_load() - of build @key; *ret is NULL when it has none, or one that can't be read. */
int metadata_load(struct storage *s, const char *key, struct json **ret, struct error *err);

#endif
