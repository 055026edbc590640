/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds in a storage. A build's id is a UUID and the directory of its objects:
 *
 *   ID/rootfs.ext4.header       the mapping (template/header.h)
 *   ID/rootfs.ext4[.lz4|.zstd]  the build's own blocks; absent when it has none
 *   ID/metadata.json            what it was made of
 *
 * A build may also be called by a name that is no UUID: its id is then derived from the name. And where there is
 * only a data object, it is the whole image as it is.
 */
#ifndef BERTH_TEMPLATE_BUILD_H
#define BERTH_TEMPLATE_BUILD_H

#include "template/cache.h"
#include "template/header.h"
#include "template/storage.h"

#define BUILD_NAME_MAX 128
#define BUILD_DATA     "rootfs.ext4"
#define BUILD_HEADER   "rootfs.ext4.header"
#define BUILD_METADATA "metadata.json"

/** build_name_check() - whether @name may be a template's or a build's. @what: "template" or "build". 0 or -EINVAL. */
int build_name_check(const char *what, const char *name, struct error *err);

/** build_id() - the id that @name, a valid name, stands for. Return: 0 or -ENOMEM. */
int build_id(const char *name, struct uuid *ret);

/** build_suffix() - ".lz4", ".zstd" or "". */
const char *build_suffix(enum frame_compression compression);

struct template_build {
	char key[BUILD_NAME_MAX + 1]; /* the directory of its objects */
	struct template_header header;
	bool raw; /* no header: the data object is the image */
};

#define TEMPLATE_BUILD_INIT ((struct template_build){ .raw = false })

static inline void template_build_done(struct template_build *b)
{
	template_header_done(&b->header);
}
DEFINE_AUTO(template_build, struct template_build, template_build_done)
#define auto_template_build auto_clean(template_build)

/**
 * build_load() - find a build by name or id and read its header.
 * @cache: where the header is kept, and looked for before the storage is asked; or NULL
 *
 * Return: 0; -ENOENT with @err: there is none; -errno with @err.
 */
int build_load(struct storage *s, const struct cache_dir *cache, const char *name,
	       struct template_build *ret, struct error *err);

#endif
