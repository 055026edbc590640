/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_threads BUILD DIRECTORY THREADS ROUNDS - threads that share one manager mount a build, each on its own path
 * and all on a common one, look at the file in it, list, and unmount. Status 1 if anything is not as it should be.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <berth/template.h>

static struct {
	struct berth_manager *manager;
	const char *build, *directory;
	unsigned rounds;
	atomic_uint wrong, lines;
} shared;

static void wrong(const char *what, const struct berth_error *err)
{
	fprintf(stderr, "%s: %s\n", what, err ? err->message : "");
	atomic_fetch_add(&shared.wrong, 1);
}

static void log_line(enum berth_log_level level, const char *message, void *context)
{
	(void)level, (void)message;
	atomic_fetch_add((atomic_uint *)context, 1);
}

static void check_file(const char *path)
{
	char name[5000];

	snprintf(name, sizeof(name), "%s/file", path);
	if (access(name, R_OK) != 0)
		wrong(name, NULL);
}

static void check_list(const char *path)
{
	struct berth_mounts *mounts;
	struct berth_error err;
	bool found = false;

	if (berth_list_mounts(shared.manager, &mounts, &err) < 0) {
		wrong("list", &err);
		return;
	}
	for (unsigned i = 0; i < berth_mounts_count(mounts); i++)
		found |= strcmp(berth_mount_text(berth_mounts_get(mounts, i), BERTH_MOUNT_PATH), path) == 0;
	berth_mounts_free(mounts);
	if (!found)
		wrong("not in the list", NULL);
}

static void one_round(const char *own, const char *common, unsigned round)
{
	struct berth_mount_options o = { .size = sizeof(o),
					 .template_id = "threads",
					 .build_id = shared.build,
					 .path = own,
					 .backend = round % 2 ? "auto" : "fuse" };
	struct berth_mount *mount = NULL;
	struct berth_error err;
	int r = berth_mount_template(shared.manager, &o, &mount, &err);

	if (r < 0) {
		wrong("mount", &err);
		return;
	}
	if (strcmp(berth_mount_text(mount, BERTH_MOUNT_STATE), "mounted") != 0)
		wrong("state", NULL);
	berth_mount_free(mount);
	check_file(own);
	check_list(own);
	/* One of them gets it. */
	o.path = common;
	r = berth_mount_template(shared.manager, &o, NULL, &err);
	if (r < 0 && r != -EEXIST)
		wrong("mount on the common path", &err);
	if (r == 0) {
		check_file(common);
		if (berth_unmount_template(shared.manager, common, 0, &err) < 0)
			wrong("unmount of the common path", &err);
	}
	if (berth_unmount_template(shared.manager, own, 0, &err) < 0)
		wrong("unmount", &err);
}

static void *work(void *arg)
{
	char own[4000], common[4000];

	snprintf(own, sizeof(own), "%s/%lu", shared.directory, (unsigned long)(uintptr_t)arg);
	snprintf(common, sizeof(common), "%s/common", shared.directory);
	for (unsigned i = 0; i < shared.rounds; i++)
		one_round(own, common, i);
	return NULL;
}

/* The deadline of one that can't be met, and a pool of one. */
static void check_limits(void)
{
	struct berth_manager_options options = { .size = sizeof(options), .pool_size = 1 };
	struct berth_mount_options o = { .size = sizeof(o), .template_id = "threads", .build_id = shared.build };
	struct berth_manager *m;
	struct berth_error err;
	char a[4096], b[4096];
	int cancel[2];

	snprintf(a, sizeof(a), "%s/a", shared.directory);
	snprintf(b, sizeof(b), "%s/b", shared.directory);
	options.unmount_at_close = true;
	if (berth_manager_new(&options, &m, &err) < 0) {
		wrong("manager", &err);
		return;
	}
	o.path = a;
	if (berth_mount_template(m, &o, NULL, &err) < 0)
		wrong("mount in a pool", &err);
	o.path = b;
	if (berth_mount_template(m, &o, NULL, &err) != -EMFILE)
		wrong("the pool has no end", NULL);
	if (berth_unmount_template(m, a, 0, &err) < 0)
		wrong("unmount in a pool", &err);
	/* Cancelled before it began. */
	if (pipe(cancel) == 0 && write(cancel[1], "", 1) == 1) {
		o.cancel_fd = cancel[0];
		o.backend = "fuse";
		if (berth_mount_template(m, &o, NULL, &err) != -ECANCELED)
			wrong("not cancelled", NULL);
		o.cancel_fd = 0;
		(void)close(cancel[0]);
		(void)close(cancel[1]);
	}
	if (berth_mount_template(m, &o, NULL, &err) < 0)
		wrong("mount again", &err);
	if (berth_manager_close(m, &err) < 0)
		wrong("close", &err);
	if (access(b, F_OK) == 0)
		wrong("close did not unmount", NULL);
}

int main(int argc, char **argv)
{
	struct berth_manager_options options = { .size = sizeof(options), .log = log_line };
	pthread_t threads[64];
	struct berth_error err;
	unsigned n = argc == 5 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

	if (n == 0 || n > 64)
		return 2;
	shared.build = argv[1];
	shared.directory = argv[2];
	shared.rounds = (unsigned)strtoul(argv[4], NULL, 10);
	options.log_context = &shared.lines;
	if (berth_manager_new(&options, &shared.manager, &err) < 0) {
		wrong("manager", &err);
		return 1;
	}
	for (unsigned i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i) != 0)
			return 1;
	}
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	if (berth_manager_close(shared.manager, &err) < 0)
		wrong("close", &err);
	if (atomic_load(&shared.lines) == 0)
		wrong("nothing was said", NULL);
	check_limits();
	return atomic_load(&shared.wrong) > 0;
}
