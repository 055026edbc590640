/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may use at most, as docker's options and HostConfig keys say it, and the plan: which
 * files of which cgroup controller get which value. All pure; runtime/cgroups.h does what the plan says.
 */
#ifndef BERTH_RUNTIME_LIMITS_H
#define BERTH_RUNTIME_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/jsonw.h"
#include "sys/cgroup.h"

enum throttle_kind { THROTTLE_READ_BPS, THROTTLE_WRITE_BPS, THROTTLE_READ_IOPS, THROTTLE_WRITE_IOPS, THROTTLE_KINDS };

struct throttle {
	enum throttle_kind kind;
	char *path; /* owned; of a block device */
	uint64_t rate;
	dev_t dev; /* what @path was when the container was started; not in the record */
};

/* 0 or NULL is "not given" throughout, but where it says otherwise. All pointers owned. */
struct limits {
	int64_t memory, memory_swap, memory_reservation; /* bytes; -1: any amount; memory_swap includes memory */
	int64_t swappiness;				 /* if has_swappiness */
	int64_t nano_cpus, cpu_shares, cpu_quota, cpu_period;
	int64_t pids; /* -1: any number */
	int64_t blkio_weight;
	char *cpuset_cpus, *cpuset_mems, *cgroup_parent;
	struct throttle *throttles;
	size_t n_throttles;
	bool has_swappiness, oom_kill_disable, host_cgroupns;
};

#define LIMITS_INIT ((struct limits){ 0 })

void limits_done(struct limits *l);
DEFINE_AUTO(limits, struct limits, limits_done)
#define auto_limits auto_clean(limits)

/** limits_copy() - 0 or -ENOMEM. */
int limits_copy(struct limits *to, const struct limits *from);

/** limits_throttle() - add one, or replace that of the same kind and device. 0 or -ENOMEM. */
int limits_throttle(struct limits *l, enum throttle_kind kind, const char *path, uint64_t rate);

/** limits_merge() - `berth update`: what is given in @change replaces what is in @l. */
int limits_merge(struct limits *l, const struct limits *change);

/**
 * limits_check() - docker's minimums and contradictions, in its words.
 * @n_cpus: of this host
 */
int limits_check(const struct limits *l, unsigned n_cpus, struct error *err);

/** limits_swap() - memory and swap together, by default as much of each. -1: any amount; 0: no limit. */
int64_t limits_swap(const struct limits *l);

/** limits_set_has() - whether the set "0-3,5" @all has every member of @some. Both are well-formed. */
bool limits_set_has(const char *all, const char *some);

/** limits_controllers() - CGROUP_BIT()s of what is needed to give them; 0 for a container without a cgroup. */
unsigned limits_controllers(const struct limits *l);

/** limits_write() - as members of docker's HostConfig. limits_read() - from such an object. */
void limits_write(const struct limits *l, struct jsonw *w);
int limits_read(const struct json *object, struct limits *ret);

/** limits_is_default() - whether nothing at all was given. */
bool limits_is_default(const struct limits *l);

#define LIMIT_VALUE_MAX 256

struct limit_step {
	enum cgroup_controller controller;
	const char *file;	 /* static */
	const char *option;	 /* static; what the user calls it */
	char value[LIMIT_VALUE_MAX];
	bool optional;		 /* no failure without that controller or file: not asked for by name, or no limit */
	const char *other_file;	 /* static; where there is no @file, or NULL */
	char other_value[24];
};

#define LIMIT_STEPS_FIXED 16

struct limit_plan {
	struct limit_step *v; /* owned */
	size_t n;
};

#define LIMIT_PLAN_INIT ((struct limit_plan){ 0 })

void limit_plan_done(struct limit_plan *p);
DEFINE_AUTO(limit_plan, struct limit_plan, limit_plan_done)
#define auto_limit_plan auto_clean(limit_plan)

/**
 * limit_plan_build() - what has to be written, in order.
 * @before: what is in force, or NULL in a new cgroup: version 1 takes memory and swap in one order only
 * @v2: CGROUP_BIT()s of the controllers that version 2 has here
 *
 * Return: 0; -EOPNOTSUPP if the version at hand has no such limit; -ENOMEM.
 */
int limit_plan_build(const struct limits *l, const struct limits *before, unsigned v2, struct limit_plan *ret,
		     struct error *err);

#endif
