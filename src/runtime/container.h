/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers as the command line sees them. @what is a name, an id or an id prefix everywhere.
 *
 * Errors: -ENOENT "no such container: X"; -ENOTUNIQ for a prefix of several ids; the exit status that
 * docker gives (125, 126, 127) is in err->status where it is not the command's default.
 */
#ifndef BERTH_RUNTIME_CONTAINER_H
#define BERTH_RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/id.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "runtime/request.h"
#include "store/store.h"

/** container_create() - make a container; it does not run yet. */
int container_create(const struct store *s, const struct run_request *req, char ret_id[ID_SIZE],
		     struct error *err);

/**
 * container_run() - create and start. In the foreground, returns when the container has ended.
 * @ret_status: exit status of the container (0 with -d)
 */
int container_run(const struct store *s, const struct run_request *req, char ret_id[ID_SIZE],
		  int *ret_status, struct error *err);

struct start_request {
	bool attach;	  /* stay in the foreground, with the container's output here */
	bool interactive; /* with its input too */
};

int container_start(const struct store *s, const char *what, const struct start_request *req,
		    int *ret_status, struct error *err);

struct stop_request {
	const char *signal; /* NULL: the container's own */
	bool has_timeout;   /* else the container's own, too */
	int timeout;	    /* seconds; -1: for ever */
};

/** container_stop() - the stop signal, then SIGKILL after the timeout. Returns when it has ended. */
int container_stop(const struct store *s, const char *what, const struct stop_request *req,
		   struct error *err);

/**
 * container_restart() - stop it if it runs, start it in the background.
 * Errors: -EINVAL where it is removed as soon as it ends (--rm); nothing was done then
 */
int container_restart(const struct store *s, const char *what, const struct stop_request *req,
		      struct error *err);

/** container_kill() - send @signal ("KILL", "SIGTERM", "9"; NULL: KILL). -ESRCH "is not running". */
int container_kill(const struct store *s, const char *what, const char *signal, struct error *err);

/** container_pause() / container_unpause() - stop all its processes, let them run on. */
int container_pause(const struct store *s, const char *what, struct error *err);
int container_unpause(const struct store *s, const char *what, struct error *err);

/** container_wait() - wait until it has ended, if only to be restarted. @ret_status: its exit status. */
int container_wait(const struct store *s, const char *what, int *ret_status, struct error *err);

struct exec_request {
	char *const *argv;
	struct strv env, env_unset; /* NAME=VALUE to set; NAME to take away */
	const char *workdir, *user; /* NULL: the container's */
	bool interactive, tty, detach, privileged;
};

/**
 * container_exec() - run another program in it, as confined as its own. With detach, returns when it runs.
 * @ret_status: exit status of the program (0 with detach)
 * Errors: -ESRCH "is not running", -EBUSY "is paused"; status 126 and 127 as docker's.
 */
int container_exec(const struct store *s, const char *what, const struct exec_request *req,
		   int *ret_status, struct error *err);

/** container_rename() - -EEXIST if another one has that name, -EINVAL if it is none or its own. */
int container_rename(const struct store *s, const char *what, const char *name, struct error *err);

/**
 * container_top() - what the host's ps(1) says of its processes.
 * @args: of ps; none: -ef
 * @ret: appended: the heading and a line for each process, cells separated by tabs
 * Errors: -ESRCH "is not running"; what ps said of @args
 */
int container_top(const struct store *s, const char *what, char *const *args, struct buf *ret,
		  struct error *err);

struct copy_request {
	bool to_container;
	const char *container, *inside; /* a path in it */
	const char *host;		/* a path here; "-": a tar archive on standard input or output */
	bool archive;			/* out of it: with owners and all that they may */
	bool follow;			/* a link as source: what it leads to */
};

/** container_copy() - copy files into or out of a container. @ret_bytes: how much was in them */
int container_copy(const struct store *s, const struct copy_request *req,
		   unsigned long long *ret_bytes, struct error *err);

enum remove_flags { REMOVE_FORCE = 1, REMOVE_VOLUMES = 2 };

/** container_remove() - remove it, its writable layer and its name; its anonymous volumes with REMOVE_VOLUMES. */
int container_remove(const struct store *s, const char *what, unsigned flags, struct error *err);

/** container_ids() - all ids, newest first. */
int container_ids(const struct store *s, struct strv *ret, struct error *err);

/** container_find() - the id of a name, id or prefix. */
int container_find(const struct store *s, const char *what, char ret_id[ID_SIZE],
		   struct error *err);

/**
 * container_inspect() - docker's `inspect` object (Id Created Path Args State Image Name Config
 * HostConfig GraphDriver Mounts NetworkSettings …; ImageName in Config.Image) as a member of @w.
 * A container that ended unseen is noticed here and its state put right.
 */
int container_inspect(const struct store *s, const char *what, struct jsonw *w, struct error *err);

/**
 * container_update() - what is given in @change becomes the container's limit, at once where it runs.
 * @n_cpus: of this host
 * @restart: --restart from its next end on, or NULL
 */
int container_update(const struct store *s, const char *what, const struct limits *change, unsigned n_cpus,
		     const char *restart, struct error *err);

/** container_size() - bytes in its writable layer, and in all layers of its image. */
int container_size(const struct store *s, const char *what, unsigned long long *ret_rw,
		   unsigned long long *ret_root, struct error *err);

struct logs_request {
	bool follow;
	bool timestamps;
	bool details; /* the labels and variables that --log-opt keeps with each line */
	long long tail; /* lines; -1 = all */
	bool has_since, has_until;
	struct timespec since, until; /* of the lines; both included */
};

/** container_logs() - write the kept output to this process's stdout and stderr. */
int container_logs(const struct store *s, const char *what, const struct logs_request *req,
		   struct error *err);

struct container_commit_request {
	const char *reference; /* or NULL, as the next */
	const char *author, *message;
	const struct strv *changes;
	bool pause;
};

int container_commit(const struct store *s, const char *what,
		     const struct container_commit_request *req, char ret_id[ID_SIZE],
		     struct error *err);

/**
 * container_attach() - mount @volume, an argument as of -v, in the running container: in its record and in
 * sight at once. -ESRCH "is not running"; -EEXIST if something is mounted there.
 */
int container_attach(const struct store *s, const char *what, const char *volume, struct error *err);

/** container_detach() - take away what is mounted on @path. -EBUSY names who uses it, unless @force. */
int container_detach(const struct store *s, const char *what, const char *path, bool force,
		     struct error *err);

/** container_diff() - lines "A /path", "C /path", "D /path" appended to @ret, sorted by path. */
int container_diff(const struct store *s, const char *what, struct strv *ret, struct error *err);

/** container_export() - its file system, without volumes, as a tar to @out_fd. */
int container_export(const struct store *s, const char *what, int out_fd, struct error *err);

/**
 * container_sweep() - put right what killed processes left among containers: half-made and half-removed
 * ones, names without container, containers started with --rm whose supervisor is gone, processes of a
 * foreground container whose berth is gone.
 * @repair: false: only say so
 * @ret_findings: one line for each, appended
 */
int container_sweep(const struct store *s, bool repair, struct strv *ret_findings, struct error *err);

#endif
