/* SPDX-License-Identifier: Apache-2.0 */
/* What `berth run` and `berth create` were asked for: filled by the command line, read by the planner. */
#ifndef BERTH_RUNTIME_REQUEST_H
#define BERTH_RUNTIME_REQUEST_H

#include <stdbool.h>

#include "base/strv.h"
#include "mount/spec.h"
#include "runtime/confinement.h"
#include "runtime/health.h"
#include "runtime/limits.h"
#include "runtime/settings.h"

/* What the VOLUMEs of an image become: docker's way, podman's others. */
enum image_volumes { IMAGE_VOLUMES_ANONYMOUS, IMAGE_VOLUMES_TMPFS, IMAGE_VOLUMES_IGNORE };

enum network_mode { NETWORK_NONE, NETWORK_HOST };

struct run_request {
	const char *name;	 /* NULL: one is made up */
	const char *image;	 /* reference; NULL with rootfs */
	const char *rootfs;	 /* --rootfs DIR, or NULL */
	struct strv command;	 /* what follows IMAGE */
	bool has_entrypoint;	 /* --entrypoint was given; "" means none */
	const char *entrypoint;
	struct strv env;	 /* NAME=VALUE from -e and --env-file, in that order of precedence */
	struct strv env_unset;	 /* -e NAME where NAME is not set here: removed from the image's */
	const char *workdir;	 /* or NULL, as the next */
	const char *user;
	const char *hostname;
	const char *domainname;
	const char *stop_signal;
	int stop_timeout;	 /* seconds; -1: default (10) */
	struct mount_specs mounts;
	struct confinement confinement;
	struct settings settings;
	struct strv volumes_from; /* CONTAINER[:ro|rw] */
	struct strv labels;	 /* KEY=VALUE */
	const char *cidfile;
	struct limits limits;
	const char *log_driver;	 /* or NULL */
	struct strv log_opts;	 /* NAME=VALUE */
	struct health_request health;
	const char *restart;	 /* --restart POLICY, or NULL */
	enum network_mode network;
	enum image_volumes image_volumes;
	bool read_only;
	bool read_only_tmpfs;	 /* with read_only: tmpfs on /run, /tmp, /var/tmp */
	bool remove;		 /* --rm */
	bool interactive;	 /* -i */
	bool tty;		 /* -t */
	bool detach;		 /* -d */
};

#define RUN_REQUEST_INIT                                                                           \
	((struct run_request){ .stop_timeout = -1, .confinement = CONFINEMENT_INIT })

void run_request_done(struct run_request *r);
DEFINE_AUTO(run_request, struct run_request, run_request_done)
#define auto_run_request auto_clean(run_request)

#endif
