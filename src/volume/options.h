/* SPDX-License-Identifier: Apache-2.0 */
/* What `volume create -o KEY=VALUE` means: docker's type, device, o and size, and podman's words. Pure. */
#ifndef BERTH_VOLUME_OPTIONS_H
#define BERTH_VOLUME_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"

struct volume_options {
	const char *type, *device; /* borrowed, or NULL */
	const char *image;	   /* driver image: which; borrowed */
	struct strv o;		   /* the words of o that are for the file system */
	uint64_t size, inodes;	   /* 0: no limit */
	bool has_uid, has_gid;
	uint32_t uid, gid;
	bool nocopy;
	bool owned; /* owner=container: mounted with U */
};

#define VOLUME_OPTIONS_INIT ((struct volume_options){ 0 })

void volume_options_done(struct volume_options *o);
DEFINE_AUTO(volume_options, struct volume_options, volume_options_done)
#define auto_volume_options auto_clean(volume_options)

/**
 * volume_options_parse() - read @options, KEY=VALUE each, of the driver local; @ret borrows from them.
 * Return: 0; -EINVAL with docker's words: "invalid option: …", "missing required option: …".
 */
int volume_options_parse(const struct strv *options, struct volume_options *ret, struct error *err);

#endif
