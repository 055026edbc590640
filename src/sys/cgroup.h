/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: version 1, version 2, and both beside each other (hybrid), behind one table of
 * controllers. cgroups(7)
 *
 * A struct cgroup is what one container has: a directory of the same name in each hierarchy that it needs
 * and no other, because joining one costs more than the rest of a start on version 1. Which hierarchy has
 * which controller is found out at run time (cgroup_host_read()).
 *
 * Ownership: the directory itself belongs to whoever recorded its path before cgroup_make(). The
 * directories above it that were missing carry the sticky bit, which they are born with: whoever removes
 * the last cgroup below such a directory removes it too, and leaves alone what somebody else made.
 */
#ifndef BERTH_SYS_CGROUP_H
#define BERTH_SYS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

enum cgroup_controller {
	CGROUP_MEMORY,
	CGROUP_CPU,
	CGROUP_CPUSET,
	CGROUP_PIDS,
	CGROUP_IO,	/* "blkio" in version 1 */
	CGROUP_CPUACCT, /* these two are part of version 2's core */
	CGROUP_FREEZER,
	CGROUP_CONTROLLERS,
};

#define CGROUP_BIT(c)	  (1u << (c))
#define CGROUP_ALL	  (CGROUP_BIT(CGROUP_CONTROLLERS) - 1)
#define CGROUP_HIERARCHIES 16

struct cgroup_hierarchy {
	char *top; /* owned; mount point: the topmost cgroup that can be seen from here */
	char *own; /* owned; where this process is, or NULL if that lies outside */
	unsigned major, minor;
	unsigned controllers; /* CGROUP_BIT() of each */
	bool v2;
};

struct cgroup_host {
	struct cgroup_hierarchy v[CGROUP_HIERARCHIES];
	size_t n;
};

#define CGROUP_HOST_INIT ((struct cgroup_host){ 0 })

void cgroup_host_done(struct cgroup_host *h);
DEFINE_AUTO(cgroup_host, struct cgroup_host, cgroup_host_done)
#define auto_cgroup_host auto_clean(cgroup_host)

/** cgroup_controller_name() - "memory", "pids" …, as version 2 calls it where both have it. */
const char *cgroup_controller_name(enum cgroup_controller c);

/** cgroup_host_parse() - the hierarchies in texts of /proc/self/mountinfo and /proc/self/cgroup. 0 or -ENOMEM. */
int cgroup_host_parse(const char *mountinfo, const char *proc_cgroup, struct cgroup_host *ret);

/** cgroup_host_read() - those of this host that can be reached, with what version 2 has of controllers. */
int cgroup_host_read(struct cgroup_host *ret, struct error *err);

struct cgroup_dir {
	char *path; /* owned */
	unsigned controllers;
	bool v2;
};

struct cgroup {
	struct cgroup_dir v[CGROUP_CONTROLLERS];
	size_t n;
};

#define CGROUP_INIT ((struct cgroup){ 0 })

void cgroup_done(struct cgroup *cg);
DEFINE_AUTO(cgroup, struct cgroup, cgroup_done)
#define auto_cgroup auto_clean(cgroup)

/**
 * cgroup_place() - extend @cg by the directories that @controllers need. Nothing is made.
 * @parent: from the top of each hierarchy if it starts with "/", else from this process's own cgroup
 * Return: 0; -EOPNOTSUPP, which names the controller that this host has not; -EINVAL.
 */
int cgroup_place(const struct cgroup_host *h, const char *parent, const char *name, unsigned controllers,
		 struct cgroup *cg, struct error *err);

/** cgroup_find() - the directory that serves @c, or NULL. */
const struct cgroup_dir *cgroup_find(const struct cgroup *cg, enum cgroup_controller c);

/** cgroup_format() / cgroup_parse() - one line for each directory, and back. -EINVAL for anything else. */
void cgroup_format(const struct cgroup *cg, struct buf *out);
int cgroup_parse(const char *text, struct cgroup *ret);

/** cgroup_make() - the directories, their controllers switched on. What is there already is left. */
int cgroup_make(const struct cgroup *cg, struct error *err);

/** cgroup_remove() - kill what is in them, remove them and what was made for them. 0 or -errno. */
int cgroup_remove(const struct cgroup *cg);

/** cgroup_write() / cgroup_read() - a file of a cgroup. 0 or -errno. */
int cgroup_write(const struct cgroup_dir *d, const char *file, const char *value);
int cgroup_read(const struct cgroup_dir *d, const char *file, struct buf *out);

/** cgroup_get() - a number: the whole file, or with @key that of the line "KEY NUMBER". "max" is UINT64_MAX. */
int cgroup_get(const struct cgroup_dir *d, const char *file, const char *key, uint64_t *ret);

/** cgroup_add() - move the process @pid, 0 for the caller, into each of the directories. 0 or -errno. */
int cgroup_add(const struct cgroup *cg, pid_t pid);

/**
 * cgroup_gather() - move in all processes of the PID namespace of @pid, and of those below it.
 * Return: how many were not there yet; -EXDEV if it is this process's own namespace; -errno.
 */
int cgroup_gather(const struct cgroup *cg, pid_t pid);

/**
 * cgroup_freeze() - gather, and stop all of them. cgroup_thaw() lets them run on. 0 or -errno.
 */
int cgroup_freeze(const struct cgroup *cg, pid_t pid);
int cgroup_thaw(const struct cgroup *cg);

/** cgroup_is_frozen() - whether it was asked to be. */
bool cgroup_is_frozen(const struct cgroup *cg);

#endif
