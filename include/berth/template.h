/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Template mounts: a file system from object storage on a path of this host, in milliseconds.
 *
 * This is the C library that the command line `berth mount` is made of. A mount belongs to no process: it outlives
 * the program that made it, and any program with the same root and run directories sees it.
 *
 * Everything here may be called from several threads at once, with one manager or with several. No call changes
 * anything of the process: no signal handler, no working directory, no umask. Root is needed.
 *
 *     cc program.c $(pkg-config --cflags --libs berth)
 */
#ifndef BERTH_TEMPLATE_H
#define BERTH_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_PUBLIC __attribute__((visibility("default")))

/* What went wrong. Any call may be given NULL for it. */
struct berth_error {
	int code;	   /* errno value */
	char message[768]; /* what failed and why: one line, no newline */
	char hint[320];	   /* what a person can do about it, or "" */
};

struct berth_manager;
struct berth_mount;
struct berth_mounts;

enum berth_log_level { BERTH_LOG_DEBUG, BERTH_LOG_INFO, BERTH_LOG_WARNING };

/* Give it as { .size = sizeof(struct berth_manager_options) }; what is 0 has its default. */
struct berth_manager_options {
	uint32_t size;
	/* Unmount, at berth_manager_close(), what this manager mounted. */
	bool unmount_at_close;
	/* How many mounts this manager has at most; 0: no limit but the kernel's. */
	uint32_t pool_size;
	const char *root; /* NULL: $BERTH_ROOT, else /var/lib/berth */
	const char *run;  /* NULL: $BERTH_RUN, else /run/berth */
	/* URL of the storage: file:///DIR, s3://BUCKET…; NULL: what the environment says (STORAGE_PROVIDER …) */
	const char *storage;
	/* Called with a line of text, by whichever thread has something to say; NULL: nothing is said. */
	void (*log)(enum berth_log_level level, const char *message, void *context);
	void *log_context;
};

/**
 * berth_manager_new() - a manager of template mounts.
 * @options: copied; NULL: all defaults
 *
 * Return: 0; -errno with @err.
 */
BERTH_PUBLIC int berth_manager_new(const struct berth_manager_options *options,
				   struct berth_manager **ret, struct berth_error *err);

/**
 * berth_manager_close() - free it, after unmounting, last one first, what it mounted if it was made so.
 * No other call with @manager may be under way. What could not be unmounted stays mounted.
 *
 * Return: 0; -errno with @err: the first failure. @manager is gone in any case. NULL is nothing to close.
 */
BERTH_PUBLIC int berth_manager_close(struct berth_manager *manager, struct berth_error *err);

/* Give it as { .size = sizeof(struct berth_mount_options), … }. */
struct berth_mount_options {
	uint32_t size;
	bool read_only;
	bool unused[3];
	const char *template_id; /* needed */
	const char *build_id;	 /* needed */
	const char *path;	 /* needed: absolute; made when missing */
	const char *options;	 /* as -o of mount(8); NULL: none. nosuid and nodev are default */
	const char *persist;	 /* id of a new build that the changes become at unmount; NULL: they are dropped */
	const char *backend;	 /* "fuse", "loop", "nbd"; NULL or "auto": the fastest that serves */
	/* Give up after so many milliseconds; 0: never. */
	uint32_t deadline_ms;
	/* Give up when this descriptor becomes readable: an eventfd(2), a pipe. 0: there is none. */
	int cancel_fd;
};

/**
 * berth_mount_template() - mount a build of a template on a path.
 * @ret: what was mounted, to be freed with berth_mount_free(), which unmounts nothing; may be NULL
 *
 * Return: 0; -errno with @err and nothing mounted or left: -EINVAL for a path that may not be used, -EEXIST if a
 * template is mounted there, -ENOENT for no such build, -ETIMEDOUT, -ECANCELED, -EMFILE if the pool is used up.
 */
BERTH_PUBLIC int berth_mount_template(struct berth_manager *manager,
				      const struct berth_mount_options *options,
				      struct berth_mount **ret, struct berth_error *err);

enum berth_unmount_flags {
	/* Take it out of sight now, and let those who have files open there finish. */
	BERTH_UNMOUNT_LAZY = 1,
	/* Drop the changes that were to be persisted. */
	BERTH_UNMOUNT_DISCARD = 2,
};

/**
 * berth_unmount_template() - unmount what is on @path; publish what it was to persist.
 * Return: 0; -ENOENT if no template is mounted there; -EBUSY with @err, which names the processes.
 */
BERTH_PUBLIC int berth_unmount_template(struct berth_manager *manager, const char *path,
					unsigned flags, struct berth_error *err);

/**
 * berth_commit_template() - publish what was changed so far in the mount on @path as @build, from one instant: the
 * file system is frozen meanwhile. The mount stays as it is.
 * Return: 0; -errno with @err: there is no such build then.
 */
BERTH_PUBLIC int berth_commit_template(struct berth_manager *manager, const char *path,
				       const char *build, struct berth_error *err);

/**
 * berth_reexec() - have the servers of all mounts replaced by those of the berth that is installed now. Mounts stay,
 * with a moment's pause. Returns when it is done.
 */
BERTH_PUBLIC int berth_reexec(struct berth_manager *manager, struct berth_error *err);

/**
 * berth_unmount_all() - all template mounts of the root directory, last one first, whoever made them.
 * Return: 0; -errno with @err: the first failure; the others were tried.
 */
BERTH_PUBLIC int berth_unmount_all(struct berth_manager *manager, unsigned flags,
				   struct berth_error *err);

/** berth_list_mounts() - all template mounts of the root directory, oldest first. Free with berth_mounts_free(). */
BERTH_PUBLIC int berth_list_mounts(struct berth_manager *manager, struct berth_mounts **ret,
				   struct berth_error *err);

/** berth_mounts_count() / berth_mounts_get() - what is in the list; borrowed from it. */
BERTH_PUBLIC unsigned berth_mounts_count(const struct berth_mounts *mounts);
BERTH_PUBLIC const struct berth_mount *berth_mounts_get(const struct berth_mounts *mounts,
							unsigned i);
BERTH_PUBLIC void berth_mounts_free(struct berth_mounts *mounts);

/* The facts of a mount, as they were when it was listed. Strings are borrowed; "" where there is nothing. */
enum berth_mount_text {
	BERTH_MOUNT_ID,
	BERTH_MOUNT_TEMPLATE_ID,
	BERTH_MOUNT_BUILD_ID,
	BERTH_MOUNT_PATH,
	BERTH_MOUNT_DEVICE_PATH,
	BERTH_MOUNT_CACHE_PATH, /* of what was changed: "" when nothing can be */
	BERTH_MOUNT_BACKEND,
	BERTH_MOUNT_OPTIONS,
	BERTH_MOUNT_PERSIST,
	BERTH_MOUNT_MOUNTED_AT, /* RFC 3339 */
	/*
	 * mounting, mounted, restarting (its server died and comes back), detached (unmounted lazily, in use still),
	 * failed (its server is gone: reads fail; unmount it), unpublished (unmounted, but what was changed could not
	 * be published: unmount it again)
	 */
	BERTH_MOUNT_STATE,
	BERTH_MOUNT_LAST_ERROR,
};

enum berth_mount_number {
	BERTH_MOUNT_DEVICE_SLOT,
	BERTH_MOUNT_READ_ONLY,
	BERTH_MOUNT_BYTES_FETCHED,
	BERTH_MOUNT_BYTES_DIRTY,
	BERTH_MOUNT_FAILED_READS,
	BERTH_MOUNT_SERVER_PID,
	BERTH_MOUNT_RESTARTS,
};

BERTH_PUBLIC const char *berth_mount_text(const struct berth_mount *mount, enum berth_mount_text which);
BERTH_PUBLIC uint64_t berth_mount_number(const struct berth_mount *mount,
					 enum berth_mount_number which);
BERTH_PUBLIC void berth_mount_free(struct berth_mount *mount);

#ifdef __cplusplus
}
#endif

#endif
