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
#include "runtime/record.h"
#include "store/store.h"

/* All that the child needs, made ready before it exists. */
struct launch {
	const struct container_config *config;
	int root_fd;	  /* owned; detached mount of the root */
	struct mount_plan plan;
	int stdio[3];	  /* borrowed; FD_NONE: /dev/null for input, the parent's own for output */
	int error_fd;	  /* owned; the child's end: struct error, or nothing at all when exec succeeds */
	int tty_fd;	  /* owned; with a terminal: socket through which its master goes to the parent */
	struct winsize size; /* of the terminal at the start */
	sigset_t signals; /* the mask that the program starts with */
	bool die_with_parent;
	pid_t parent;
};

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

/** container_root() - detached mount of the container's root: its layers, or its rootfs directory. fd or -errno. */
int container_root(const struct store *s, const struct container *c, struct error *err);

/** container_root_view() - the same read-only, whether it runs or not: for export. fd or -errno. */
int container_root_view(const struct store *s, const struct container *c, struct error *err);

#endif
