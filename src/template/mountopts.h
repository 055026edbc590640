/* SPDX-License-Identifier: Apache-2.0 */
/* What -o of `berth mount` says: attributes of the mount, and options of the file system. */
#ifndef BERTH_TEMPLATE_MOUNTOPTS_H
#define BERTH_TEMPLATE_MOUNTOPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"

struct mount_options {
	uint64_t attr;	   /* ATTR_… of sys/mountapi.h */
	bool read_only;	   /* "ro" is among them */
	struct strv words; /* owned; what is the file system's: KEY or KEY=VALUE */
};

#define MOUNT_OPTIONS_INIT ((struct mount_options){ .attr = 0 })

void mount_options_done(struct mount_options *o);
DEFINE_AUTO(mount_options, struct mount_options, mount_options_done)
#define auto_mount_options auto_clean(mount_options)

/**
 * mount_options_parse() - @text is a list with commas, as of mount(8); "" and NULL are none. Pure.
 * nosuid and nodev unless it says suid, dev. Return: 0, -EINVAL with @err.
 */
int mount_options_parse(const char *text, struct mount_options *ret, struct error *err);

/**
 * mount_options_complete() - add what a file system of @type needs: nothing replayed into what is read-only, space
 * that files give up given back to a writable device. Return: 0 or -ENOMEM.
 */
int mount_options_complete(struct mount_options *o, const char *type);

#endif
