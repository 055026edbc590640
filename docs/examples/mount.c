/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount TEMPLATE BUILD PATH - mount a build, list what is mounted, unmount it.
 *
 *     cc mount.c $(pkg-config --cflags --libs berth) -o mount
 */
#include <stdio.h>

#include <berth/template.h>

static void say(enum berth_log_level level, const char *message, void *context)
{
	(void)context;
	if (level != BERTH_LOG_DEBUG)
		fprintf(stderr, "%s\n", message);
}

static int fail(const struct berth_error *err)
{
	fprintf(stderr, "%s\n", err->message);
	if (err->hint[0])
		fprintf(stderr, "hint: %s\n", err->hint);
	return 1;
}

static void list(struct berth_manager *manager)
{
	struct berth_mounts *mounts;

	if (berth_list_mounts(manager, &mounts, NULL) < 0)
		return;
	for (unsigned i = 0; i < berth_mounts_count(mounts); i++) {
		const struct berth_mount *m = berth_mounts_get(mounts, i);

		printf("%s is %s, %llu bytes fetched\n", berth_mount_text(m, BERTH_MOUNT_PATH),
		       berth_mount_text(m, BERTH_MOUNT_STATE),
		       (unsigned long long)berth_mount_number(m, BERTH_MOUNT_BYTES_FETCHED));
	}
	berth_mounts_free(mounts);
}

int main(int argc, char **argv)
{
	struct berth_manager_options options = { .size = sizeof(options),
						 .unmount_at_close = true,
						 .log = say };
	struct berth_mount_options mount = { .size = sizeof(mount), .deadline_ms = 60000 };
	struct berth_manager *manager;
	struct berth_error err;

	if (argc != 4) {
		fprintf(stderr, "usage: mount TEMPLATE BUILD PATH\n");
		return 2;
	}
	if (berth_manager_new(&options, &manager, &err) < 0)
		return fail(&err);
	mount.template_id = argv[1];
	mount.build_id = argv[2];
	mount.path = argv[3];
	if (berth_mount_template(manager, &mount, NULL, &err) < 0) {
		(void)berth_manager_close(manager, NULL);
		return fail(&err);
	}
	list(manager);
	/* Unmounts it: that is what the manager was asked to do at its end. */
	return berth_manager_close(manager, &err) < 0 ? fail(&err) : 0;
}
