/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container on disk: its writable layer in ROOT/containers/<id>/, its record there too or in
 * RUN/containers/<id>/ (store/records.h):
 *
 *   config.json   what it is; written before the directory gets its final name, replaced by `update`
 *   state.json    what became of it; replaced by rename
 *   health.json   what its health checks have said, docker's State.Health
 *   stopped       there when a container with --restart was stopped by its user
 *   lock          locked (base/lock.h) by the process that runs or changes the container, for as long as it does;
 *                 holds the exit status once there is one, so that `wait` learns it of a container
 *                 whose directory is already gone
 *   upper/ work/  the writable layer, always in ROOT
 *   cgroup        its cgroups, if it has any (runtime/cgroups.h)
 *   log log.1 …   what it wrote, if it was started detached (logfile.h)
 *   name          symbolic link whose text is its name, if that is not what config.json says any more (rename.c)
 *   hostname hosts resolv.conf
 *   seccomp       its compiled filter, with --security-opt seccomp=FILE
 */
#ifndef BERTH_RUNTIME_RECORD_H
#define BERTH_RUNTIME_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/id.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "base/timefmt.h"
#include "mount/spec.h"
#include "runtime/confinement.h"
#include "runtime/health.h"
#include "runtime/limits.h"
#include "runtime/logconfig.h"
#include "runtime/request.h"
#include "runtime/restart.h"
#include "runtime/settings.h"
#include "store/store.h"

/* All pointers owned; NULL where not set. */
struct container_config {
	char id[ID_SIZE];
	char *name;
	char *created;
	char *image_id;	  /* 64 hex digits; NULL with a rootfs */
	char *image_name; /* as the user gave it */
	char *rootfs;
	struct strv layers; /* DiffIDs, bottom first */
	struct strv argv;   /* what is executed: entrypoint and command */
	struct strv entrypoint, cmd;
	struct strv env;
	struct strv labels, image_volumes, ports;
	char *workdir, *user, *hostname, *domainname, *stop_signal;
	int stop_timeout; /* seconds */
	enum network_mode network;
	bool read_only, remove, interactive, tty;
	struct limits limits;
	struct restart_policy restart;
	struct health_config health;
	struct mount_specs mounts; /* resolved: every volume has its name */
	struct confinement confinement;
	struct log_config log;
	struct settings settings;
};

#define CONTAINER_CONFIG_INIT ((struct container_config){ .confinement = CONFINEMENT_INIT })

void container_config_done(struct container_config *c);
DEFINE_AUTO(container_config, struct container_config, container_config_done)
#define auto_container_config auto_clean(container_config)

/** container_config_write() - the record as JSON. */
void container_config_write(const struct container_config *c, struct jsonw *w);

/** container_config_json() - docker's "Config" object as a member of @w: `inspect`, and what commit starts from. */
void container_config_json(const struct container_config *c, struct jsonw *w, const char *key);

/** container_config_read() - the reverse of container_config_write(). */
int container_config_read(const struct json *j, struct container_config *ret, struct error *err);

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING, /* it has ended, and its monitor is going to start it again */
	CONTAINER_EXITED,
};

struct container_state {
	enum container_status status;
	pid_t pid;	    /* of the container's first process, while it runs */
	uint64_t pid_start; /* process_start_time() */
	char boot[37];	    /* process_boot_id(): another boot's pids mean nothing */
	bool detached;
	bool oom_killed; /* the kernel killed a process of it for want of memory */
	pid_t monitor;	    /* of a detached container, the process that keeps its output and records its end */
	uint64_t monitor_start;
	unsigned restarts; /* that --restart has made since it was started */
	int exit_code;	   /* of the last run */
	char error[256];
	char started[TIME_TEXT_MAX], finished[TIME_TEXT_MAX]; /* "" if never */
};

const char *container_status_name(enum container_status s);

struct container {
	char id[ID_SIZE];
	int dir_fd;  /* owned; the record */
	int lock_fd; /* owned; once locked */
	char *path;  /* owned; of the record */
	bool is_new; /* made by this process, and `events` has not been told yet */
	struct container_config config;
	struct container_state state;
};

#define CONTAINER_INIT ((struct container){ .dir_fd = FD_NONE, .lock_fd = FD_NONE })

void container_done(struct container *c);
DEFINE_AUTO(container, struct container, container_done)
#define auto_container auto_clean(container)

/**
 * container_open() - find a container by name, id or prefix and read its record and state.
 * A state that says "running" of a container that is not is put right first.
 */
int container_open(const struct store *s, const char *what, struct container *ret,
		   struct error *err);

/** container_config_load() - read its configuration afresh, which `update` may have changed. */
int container_config_load(struct container *c, struct error *err);

/** container_update_reload() - take from the record what `update` may have changed while @c ran (update.c). */
void container_update_reload(struct container *c);

/** container_config_save() - replace it on disk. The caller holds what keeps others from doing the same. */
int container_config_save(const struct container *c, struct error *err);

/** container_load() - only read the record of container @id; its state is neither read nor put right. */
int container_load(const struct store *s, const char *id, struct container *ret, struct error *err);

/**
 * container_lock() - take the container for starting, changing or removing it.
 * @wait: wait for whoever has it; else -EBUSY when it is running
 * Return: 0 with the lock in c->lock_fd and the state read afresh; -ENOENT if it was removed meanwhile.
 */
int container_lock(struct container *c, bool wait, struct error *err);

/** container_set_running() / container_set_exited() - change the state in memory and on disk. */
int container_set_running(struct container *c, pid_t pid, bool detached, struct error *err);
int container_set_exited(struct container *c, int exit_code, const char *error, struct error *err);
/* A new monitor, this process, has taken it over. */
int container_set_adopted(struct container *c, struct error *err);
int container_set_restarting(struct container *c, int exit_code, unsigned restarts, struct error *err);

/** container_is_active() - whether it runs, is paused, or is about to be restarted. */
bool container_is_active(const struct container *c);

/** container_reload() - read its state again, and put it right where nobody holds its lock any more. */
int container_reload(struct container *c, struct error *err);

/* docker's exit status for an end that nobody saw. */
#define EXIT_CODE_UNKNOWN 255

/**
 * container_exit_code_put() / _get() - the exit status in the lock file; -ENODATA if there is none.
 * container_exit_code_clear() - before a start. @reserve: so that it can be put there even if the disk is full by then
 */
int container_exit_code_put(int lock_fd, int code);
int container_exit_code_get(int lock_fd, int *ret);
int container_exit_code_clear(int lock_fd, bool reserve);

/** container_read_name() - c->config.name becomes what it is now, if it has been renamed. Return: 0 or -errno. */
int container_read_name(struct container *c);

/** container_process() - a pidfd of its first process. -ESRCH when it does not run. */
int container_process(const struct container *c);

/** container_monitor() - a pidfd of the monitor of a detached container. -ESRCH when there is none. */
int container_monitor(const struct container *c);

/** containers_dir() - open ROOT/containers. */
int containers_dir(const struct store *s, struct error *err);

/** container_layer_open() - open "upper" or "work" of container @id. Return: descriptor or -errno with @err. */
int container_layer_open(const struct store *s, const char *id, const char *which,
			 struct error *err);

/** container_in_run() - whether the record is in RUN: a foreground container started with --rm. */
bool container_in_run(const struct store *s, const struct container *c);

#endif
