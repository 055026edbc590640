/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a container's mounts: a flat list in the order in which they are attached. Building it is
 * pure; mount_plan_open() turns sources into detached mounts (still on the host, before the container can
 * influence anything: CVE-2021-30465), mount_plan_attach() puts them in place (in the container's own mount
 * namespace).
 */
#ifndef BERTH_MOUNT_PLAN_H
#define BERTH_MOUNT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/jsonw.h"
#include "mount/device.h"
#include "mount/spec.h"

enum mount_kind {
	MOUNT_KIND_TREE,   /* clone of a host path */
	MOUNT_KIND_LINK,   /* no mount: a symbolic link, as the source is one (no-dereference) */
	MOUNT_KIND_TMPFS,
	MOUNT_KIND_RAMFS,
	MOUNT_KIND_DEV,	   /* tmpfs with the standard nodes */
	MOUNT_KIND_PROC,   /* this and the next belong to a namespace: made in the child */
	MOUNT_KIND_SYSFS,
	MOUNT_KIND_CGROUP,
	MOUNT_KIND_MQUEUE,
	MOUNT_KIND_DEVPTS,
};

struct mount_step {
	enum mount_kind kind;
	char *target;	     /* owned; clean absolute path in the container */
	char *source;	     /* owned; MOUNT_KIND_TREE: absolute host path */
	char *subpath;	     /* owned; relative path below the source, or NULL */
	uint64_t attr;	     /* ATTR_ flags of the mount */
	bool attr_top_only;  /* ATTR_RDONLY is for the top mount alone */
	bool allow_devices;  /* the user said "dev": no default nodev */
	bool create_source;
	bool recursive;	     /* clone with submounts */
	bool by_user;	     /* from the user rather than a default */
	enum mount_propagation propagation;
	struct strv options; /* tmpfs: KEY=VALUE for the file system, all checked */
	bool no_dereference;
	bool copy_up;	     /* tmpfs: with what is at the target */
	bool owned;	     /* the source's owner appears as the container's user */
	bool mapped;	     /* and so do ids as .idmap says, or the user namespace without one */
	char *idmap;	     /* owned; or NULL */
	bool view;	     /* an overlay over the source, which writes to upper and work */
	bool view_is_kept;   /* they are the user's; else they begin empty each time */
	char *upper, *work;  /* owned; host paths */
	struct strv exclude; /* paths below the source to be covered */
	const struct mount_spec *spec; /* borrowed; what the user asked for, NULL for a default */
	char *link;	     /* owned; MOUNT_KIND_LINK: its text */
	struct strv devices; /* MOUNT_KIND_DEV: what it has besides the standard nodes; device_spec */
	bool all_devices;    /* MOUNT_KIND_DEV: all of the host's */
	struct device_nodes nodes; /* these devices, once opened */
	bool host_nodes;     /* MOUNT_KIND_DEV: nodes can't be made, and are the host's own, bound */
	int fd;		     /* owned; the detached mount once opened, else FD_NONE */
	bool is_dir;	     /* what is mounted, and so what the target has to be; set when opened */
};

struct mount_plan {
	struct mount_step *v; /* owned */
	size_t n;
};

#define MOUNT_PLAN_INIT ((struct mount_plan){ 0 })

void mount_plan_done(struct mount_plan *p);
DEFINE_AUTO(mount_plan, struct mount_plan, mount_plan_done)
#define auto_mount_plan auto_clean(mount_plan)

struct mount_plan_input {
	const struct mount_specs *specs; /* volumes named, none anonymous any more */
	const char *volumes_dir;	 /* ROOT/volumes */
	const char *files_dir;		 /* holds hostname, hosts and resolv.conf for /etc */
	const char *views_dir;		 /* where what is written to views that nobody keeps goes */
	bool volumes_only;		 /* what has files when it does not run: for `cp` */
	bool cgroup2;			 /* this host has a cgroup2 hierarchy */
	bool no_defaults;		 /* only what .specs names */
	const struct strv *devices;	 /* --device, or NULL */
	uint64_t shm_size;		 /* of /dev/shm; 0: docker's default */
	bool host_ipc;			 /* /dev/shm is the host's */
	bool no_shm;			 /* no /dev/shm */
	bool privileged;		 /* /sys writable, the host's devices, no nodev */
	bool userns;			 /* the container's user namespace is not the host's */
	bool host_network;		 /* which is the host's, then: its /sys is not the container's to mount */
	bool host_cgroupns;		 /* and so for cgroup2 */
	bool no_tty_group;		 /* the group 5, of terminals, is not mapped there */
};

/**
 * mount_plan_build() - the defaults of a container and the user's mounts, parents before children; where
 * both want the same target, the user's wins. Touches nothing.
 */
int mount_plan_build(const struct mount_plan_input *in, struct mount_plan *ret, struct error *err);

/** mount_step_json() - one step of the plan, for people and tests, as an object in @w. */
void mount_step_json(const struct mount_step *s, struct jsonw *w);

/* The user of the container, whom :U makes the owner. */
struct mount_user {
	uint32_t uid, gid;
};

/**
 * mount_plan_open() - clone the source of every MOUNT_KIND_TREE; file systems are made when attaching.
 * Makes missing host directories where the user allowed it. A step whose .fd is a detached mount already
 * (an image, a volume that is a file system) takes that for its source.
 * Runs in: the caller's mount namespace. Return: 0, or -errno with @err naming path and target.
 */
int mount_plan_open(struct mount_plan *p, struct mount_user user, struct error *err);

/**
 * mount_plan_attach() - attach every step inside @root_fd, making missing targets.
 * Runs in: the container's namespaces, before pivot_root; @root_fd is attached.
 */
int mount_plan_attach(struct mount_plan *p, int root_fd, struct error *err);

/** mount_plan_has_owner() - whether mount_plan_open() will look at the user. */
bool mount_plan_has_owner(const struct mount_plan *p);

#endif
