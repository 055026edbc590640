/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the mount manager know of each other. The public side is <berth/template.h>. */
#ifndef BERTH_TEMPLATE_MANAGER_INTERNAL_H
#define BERTH_TEMPLATE_MANAGER_INTERNAL_H

#include <pthread.h>

#include "berth/template.h"
#include "base/error.h"
#include "base/id.h"
#include "base/strv.h"
#include "store/store.h"

struct berth_manager {
	struct store store;
	char *storage; /* owned; "" = from the environment */
	bool unmount_at_close;
	void (*log)(enum berth_log_level level, const char *message, void *context);
	void *log_context;

	pthread_mutex_t lock; /* of what follows */
	uint32_t pool_size, used;
	struct strv own; /* ids of the mounts that this manager made, oldest first */
};

/** manager_error() - what berth's own @from says, for a caller of the library. Return: @r. */
int manager_error(struct berth_error *to, int r, const struct error *from);

/** manager_find() - the mount on @path. Return: 0, -ENOENT with @err, -errno. */
int manager_find(struct berth_manager *m, const char *path, char ret_id[ID_SIZE], struct error *err);

/** mount_info_load() - the facts of mount @id. Return: 0 or -errno with @err. */
int mount_info_load(const struct berth_manager *m, const char *id, struct berth_mount **ret,
		    struct error *err);

/** mount_list_load() - those of all mounts, oldest first, after removing the records of those that are gone. */
int mount_list_load(const struct berth_manager *m, struct berth_mounts **ret, struct error *err);

#endif
