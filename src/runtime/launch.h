/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a container's first process. The parent opens everything that lies on the host (layers,
 * volumes), clones a child into new namespaces, and the child builds the root and becomes the program.
 * Nothing is mounted on the host: what the parent holds are detached mounts, and what the child attaches
 * is in its own mount namespace.
 */
#ifndef BERTH_RUNTIME_LAUNCH_H
#define BERTH_RUNTIME_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "base/error.h"
#include "mount/plan.h"
#include "runtime/cgroups.h"
#include "runtime/record.h"
#include "store/store.h"

struct launch_instance {
	int lock_fd;	    /* owned */
	const char *target; /* borrowed from the plan */
};

/* All that the child needs, made ready before it exists. */
struct launch {
	const struct container_config *config;
	int record_fd;	  /* borrowed; the container's record */
	int root_fd;	  /* owned; detached mount of the root */
	struct mount_plan plan;
	struct launch_instance *instances; /* owned; locks of volumes that may be mounted but once */
	size_t n_instances;
	int stdio[3];	  /* borrowed; FD_NONE: /dev/null for input, the parent's own for output */
	int error_fd;	  /* owned; the child's end: struct error, or nothing at all when exec succeeds */
	int tty_fd;	  /* owned; with a terminal: socket through which its master goes to the parent */
	struct winsize size; /* of the terminal at the start */
	struct cgroup_entry cgroup;
	sigset_t signals; /* the mask that the program starts with */
	bool die_with_parent;
	pid_t parent;
};

#define LAUNCH_INIT                                                                                \
	((struct launch){ .root_fd = FD_NONE, .error_fd = FD_NONE, .tty_fd = FD_NONE,              \
			  .cgroup = CGROUP_ENTRY_INIT })

void launch_done(struct launch *l);
DEFINE_AUTO(launch, struct launch, launch_done)
#define auto_launch auto_clean(launch)

struct launch_options {
	int stdio[3];	      /* as in struct launch */
	bool die_with_parent; /* in the foreground: killed when the berth that started it dies */
	struct winsize size;
	sigset_t signals;
};

struct launched {
	pid_t pid;
	int pidfd;  /* owned */
	int master; /* owned; the terminal's master end, or FD_NONE */
};

#define LAUNCHED_INIT ((struct launched){ .pidfd = FD_NONE, .master = FD_NONE })

void launched_done(struct launched *l);
DEFINE_AUTO(launched, struct launched, launched_done)
#define auto_launched auto_clean(launched)

/**
 * container_launch() - start the first process of @c, whose lock the caller holds; new volumes are filled
 * from the image first. When this returns 0 the program has been executed.
 *
 * Return: 0; or -errno with @err, whose status is 127 for a program that is not there, 126 for one that
 * can't be executed, 125 for everything else; the child is gone then.
 */
int container_launch(const struct store *s, const struct container *c,
		     const struct launch_options *o, struct launched *ret, struct error *err);

/** container_init() - the child's side, in init.c. Never returns. */
__attribute__((noreturn)) void container_init(struct launch *l);

/**
 * container_open_mounts() - fill the new volumes of @c from @l's root, which is open; make @l's plan and open all
 * that is mounted by it.
 * @volumes_only: leave out what is made when it starts, and has no files before
 */
int container_open_mounts(const struct store *s, const struct container *c, bool volumes_only,
			  struct launch *l, struct error *err);

/** container_root() - detached mount of the container's root: its layers, or its rootfs directory. fd or -errno. */
int container_root(const struct store *s, const struct container *c, struct error *err);

/**
 * container_open_sources() - the sources of @l's plan that are no directory of this host: images, and
 * volumes that are file systems. Each becomes the detached mount of its step. @l's root is open.
 */
int container_open_sources(const struct store *s, struct launch *l, struct error *err);

/** container_give_instances() - process @pid has what only one mount may have: leave word of it. */
void container_give_instances(struct launch *l, pid_t pid);

/** container_image_tree() - detached read-only mount of @layers, DiffIDs, bottom first. fd or -errno. */
int container_image_tree(const struct store *s, const struct strv *layers, struct error *err);

/** container_root_view() - the same read-only, whether it runs or not: for export. fd or -errno. */
int container_root_view(const struct store *s, const struct container *c, struct error *err);

#endif
