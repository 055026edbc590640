/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's own cgroups. It has none until something needs one: a limit, --cgroup-parent, pause, update.
 * Once it has, it keeps them to its end.
 *
 * The file `cgroup` in its record names the directories, and is written before they are made; its lock is
 * held while they are made, changed or removed, by no matter whom. They are removed by who supervises the
 * container when it has ended (container_cgroup_end()); where that was killed, by the next command that opens
 * the container (container_cgroup_settle()), or that removes what is left of its record.
 */
#ifndef BERTH_RUNTIME_CGROUPS_H
#define BERTH_RUNTIME_CGROUPS_H

#include "runtime/record.h"
#include "sys/cgroup.h"

/* How the first process gets into its cgroups before it does anything that counts: as clone3(2)'s, or by writing. */
struct cgroup_entry {
	int v2_fd;			/* owned */
	int v1_fds[CGROUP_CONTROLLERS]; /* owned; cgroup.procs of each */
	size_t n;			/* of v1_fds */
};

#define CGROUP_ENTRY_INIT ((struct cgroup_entry){ .v2_fd = FD_NONE })

void cgroup_entry_done(struct cgroup_entry *e);
DEFINE_AUTO(cgroup_entry, struct cgroup_entry, cgroup_entry_done)
#define auto_cgroup_entry auto_clean(cgroup_entry)

/** cgroup_entry_any() - whether there is a cgroup to enter. */
static inline bool cgroup_entry_any(const struct cgroup_entry *e)
{
	return e->v2_fd >= 0 || e->n > 0;
}

/** cgroup_entry_join() - in the new process: join those of version 1, and make where it is the namespace's root. */
int cgroup_entry_join(const struct cgroup_entry *e, bool own_namespace, struct error *err);

/**
 * container_cgroup_start() - make what the configuration of @c asks for, its limits set. The caller holds the
 * container's lock. Return: 0, also where nothing is asked for; -errno with nothing left.
 */
int container_cgroup_start(const struct container *c, struct cgroup_entry *ret, struct error *err);

/** container_cgroup_check() - whether this host could: before a container is made that is started later. */
int container_cgroup_check(const struct limits *l, struct error *err);

/**
 * container_cgroup_end() - the container @c, whose lock the caller holds, has ended: note in its state whether
 * the kernel killed it for want of memory, and remove its cgroups. Cheap when it has none. While this fails, their
 * record must not be removed.
 */
int container_cgroup_end(struct container *c, struct error *err);

/** cgroup_record_remove() - the same for a container whose record, in directory @record_fd, is all that is left. */
int cgroup_record_remove(int record_fd, struct error *err);

/**
 * container_cgroup_settle() - for a container just opened, whose state is right: remove what a killed
 * supervisor left, let run on what a killed `commit` left frozen, and see whether it is paused.
 */
void container_cgroup_settle(struct container *c);

/** container_cgroups() - those of the container whose record is the directory @record_fd; none is no failure. */
int container_cgroups(int record_fd, struct cgroup *ret);

/** container_cgroup_oom() - whether the kernel has killed a process of @c for want of memory. */
bool container_cgroup_oom(const struct container *c);

/**
 * container_cgroup_enter() - move the calling process into the cgroups of the container whose record is the directory
 * @record_fd, if it has any: what enters a running container does so before setns(2), for the paths are the host's.
 */
int container_cgroup_enter(int record_fd, struct error *err);

/** container_cgroup_thaw() - let a paused container run on, so that a signal reaches it. */
void container_cgroup_thaw(const struct container *c);

/* The file `cgroup`, locked. */
struct cgroup_record {
	int fd; /* owned */
	struct cgroup cg;
	pid_t holder; /* process of a `commit` that holds the container still, and its process_start_time(); or 0 */
	uint64_t holder_start;
};

#define CGROUP_RECORD_INIT ((struct cgroup_record){ .fd = FD_NONE })

void cgroup_record_done(struct cgroup_record *r);
DEFINE_AUTO(cgroup_record, struct cgroup_record, cgroup_record_done)
#define auto_cgroup_record auto_clean(cgroup_record)

/** cgroup_record_lock() - of the running container @c. @create: make it. -ENOENT if there is none; -ESRCH. */
int cgroup_record_lock(const struct container *c, bool create, struct cgroup_record *ret, struct error *err);

/** cgroup_record_save() - write what @r says. 0 or -errno. */
int cgroup_record_save(const struct cgroup_record *r);

/** cgroup_record_extend() - make cgroups for @controllers too. The container's processes are not moved. */
int cgroup_record_extend(const struct container *c, struct cgroup_record *r, unsigned controllers, struct error *err);

/**
 * cgroup_record_confirm() - after a change: 0 if the container still runs. Else what was made may have no owner any
 * more; it is removed. -ESRCH.
 */
int cgroup_record_confirm(const struct container *c, struct cgroup_record *r, struct error *err);

/** cgroup_limits_apply() - write the limits @l into @cg. @before: those in force, or NULL. */
int cgroup_limits_apply(const struct cgroup *cg, struct limits *l, const struct limits *before, struct error *err);

#endif
