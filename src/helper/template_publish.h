/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing what was changed in a mount as a new build. */
#ifndef BERTH_HELPER_TEMPLATE_PUBLISH_H
#define BERTH_HELPER_TEMPLATE_PUBLISH_H

#include "template/device.h"
#include "template/record.h"

/** publish_record() - those of a mount that has ended, as the build that its record names. */
int publish_record(const struct store *s, const struct mount_record *r, struct error *err);

/** publish_frozen() - those of a mount that is in use: its file system is frozen for as long as it takes. */
int publish_frozen(struct block_device *d, const struct mount_record *r, const char *build,
		   struct mount_shared *shared, struct error *err);

/** publish_thaw() - let the file system go on that a server froze which then died. */
void publish_thaw(const struct mount_record *r, struct mount_shared *shared);

/** publish_check() - whether the build that the record names may be made later. Return: 0; -EEXIST with @err. */
int publish_check(const struct mount_record *r, struct error *err);

#endif
