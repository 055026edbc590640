/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From docker's limits, which are those of version 1, to what each version's files take. The conversions
 * are those of runc 1.3.2 and crun 1.23.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "runtime/limits.h"

#define DEFAULT_PERIOD 100000
#define NANO	       1000000000LL

void limit_plan_done(struct limit_plan *p)
{
	free(p->v);
	*p = LIMIT_PLAN_INIT;
}

/* What is being planned. There is always room for one step more. */
struct planner {
	const struct limits *l, *before;
	unsigned v2;
	struct limit_plan plan;
	struct error *err;
};

static bool is_v2(const struct planner *p, enum cgroup_controller c)
{
	return p->v2 & CGROUP_BIT(c);
}

PRINTF_LIKE(5, 6)
static struct limit_step *add(struct planner *p, enum cgroup_controller c, const char *option, const char *file,
			      const char *fmt, ...)
{
	struct limit_step *s = &p->plan.v[p->plan.n++];
	va_list ap;

	*s = (struct limit_step){ .controller = c, .option = option, .file = file };
	va_start(ap, fmt);
	(void)vsnprintf(s->value, sizeof(s->value), fmt, ap);
	va_end(ap);
	return s;
}

static int not_in_v2(const struct planner *p, const char *option, const char *what)
{
	(void)error_msg(p->err, EOPNOTSUPP,
			"cannot give %s: this host's 'memory' controller is of cgroup version 2, which has no %s",
			option, what);
	return error_hint(p->err, -EOPNOTSUPP, "leave the option out, or boot with the version 1 hierarchy");
}

static int plan_memory_v2(struct planner *p)
{
	const struct limits *l = p->l;
	int64_t total = limits_swap(l);

	if (l->has_swappiness)
		return not_in_v2(p, "--memory-swappiness", "swappiness");
	if (l->oom_kill_disable)
		return not_in_v2(p, "--oom-kill-disable", "way to switch the OOM killer off");
	if (l->memory < 0)
		add(p, CGROUP_MEMORY, "--memory", "memory.max", "max");
	else if (l->memory)
		add(p, CGROUP_MEMORY, "--memory", "memory.max", "%" PRId64, l->memory);
	if (total < 0)
		add(p, CGROUP_MEMORY, "--memory-swap", "memory.swap.max", "max")->optional = true;
	else if (total > 0)
		add(p, CGROUP_MEMORY, "--memory-swap", "memory.swap.max", "%" PRId64, total - l->memory)->optional =
			!l->memory_swap;
	if (l->memory_reservation)
		add(p, CGROUP_MEMORY, "--memory-reservation", "memory.low", "%" PRId64, l->memory_reservation);
	return 0;
}

static void add_swap_v1(struct planner *p, int64_t total)
{
	if (total)
		add(p, CGROUP_MEMORY, "--memory-swap", "memory.memsw.limit_in_bytes", "%" PRId64, total)->optional =
			p->l->memory_swap <= 0;
}

/* Version 1 wants memory ≤ memory and swap at each step: when both grow, the sum goes first. */
static int plan_memory_v1(struct planner *p)
{
	const struct limits *l = p->l;
	int64_t total = limits_swap(l), before = p->before ? limits_swap(p->before) : 0;
	bool swap_first = before > 0 && (total < 0 || total > before);

	if (swap_first)
		add_swap_v1(p, total);
	if (l->memory)
		add(p, CGROUP_MEMORY, "--memory", "memory.limit_in_bytes", "%" PRId64, l->memory);
	if (!swap_first)
		add_swap_v1(p, total);
	if (l->memory_reservation)
		add(p, CGROUP_MEMORY, "--memory-reservation", "memory.soft_limit_in_bytes", "%" PRId64,
		    l->memory_reservation);
	if (l->has_swappiness)
		add(p, CGROUP_MEMORY, "--memory-swappiness", "memory.swappiness", "%" PRId64, l->swappiness);
	if (l->oom_kill_disable)
		add(p, CGROUP_MEMORY, "--oom-kill-disable", "memory.oom_control", "1");
	return 0;
}

/* 2 … 1024 … 262144 become 1 … 100 … 10000: a quadratic function, in the logarithms, through these three. */
static unsigned weight_of_shares(int64_t shares)
{
	double l = log2((double)shares), exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;

	if (shares <= 2)
		return 1;
	return shares >= 262144 ? 10000 : (unsigned)ceil(pow(10, exponent));
}

static void plan_cpu(struct planner *p)
{
	const struct limits *l = p->l;
	int64_t period = l->cpu_period ? l->cpu_period : DEFAULT_PERIOD;
	int64_t quota = l->nano_cpus ? l->nano_cpus * DEFAULT_PERIOD / NANO : l->cpu_quota;
	const char *option = l->nano_cpus ? "--cpus" : l->cpu_quota ? "--cpu-quota" : "--cpu-period";
	bool v2 = is_v2(p, CGROUP_CPU);

	if (l->cpu_shares && v2)
		add(p, CGROUP_CPU, "--cpu-shares", "cpu.weight", "%u", weight_of_shares(l->cpu_shares));
	else if (l->cpu_shares)
		add(p, CGROUP_CPU, "--cpu-shares", "cpu.shares", "%" PRId64, l->cpu_shares);
	if (!quota && !l->cpu_period)
		return;
	if (v2 && quota > 0)
		add(p, CGROUP_CPU, option, "cpu.max", "%" PRId64 " %" PRId64, quota, period);
	else if (v2)
		add(p, CGROUP_CPU, option, "cpu.max", "max %" PRId64, period)->optional = !l->cpu_period;
	if (v2)
		return;
	add(p, CGROUP_CPU, option, "cpu.cfs_period_us", "%" PRId64, period)->optional = quota < 0 && !l->cpu_period;
	if (quota)
		add(p, CGROUP_CPU, option, "cpu.cfs_quota_us", "%" PRId64, MAX(quota, -1))->optional = quota < 0;
}

/* 10 … 1000 become 1 … 10000, where the scheduler is not BFQ, which has a file and a scale of its own. */
static void plan_weight(struct planner *p)
{
	int64_t weight = p->l->blkio_weight;
	bool v2 = is_v2(p, CGROUP_IO);
	struct limit_step *s = add(p, CGROUP_IO, "--blkio-weight", v2 ? "io.bfq.weight" : "blkio.weight",
				   "%" PRId64, weight);

	s->other_file = v2 ? "io.weight" : "blkio.bfq.weight";
	(void)snprintf(s->other_value, sizeof(s->other_value), "%" PRId64,
		       v2 ? 1 + (weight - 10) * 9999 / 990 : weight);
}

static void plan_throttle(struct planner *p, const struct throttle *t)
{
	static const struct {
		const char *option, *v1, *v2;
	} kinds[THROTTLE_KINDS] = {
		{ "--device-read-bps", "blkio.throttle.read_bps_device", "rbps" },
		{ "--device-write-bps", "blkio.throttle.write_bps_device", "wbps" },
		{ "--device-read-iops", "blkio.throttle.read_iops_device", "riops" },
		{ "--device-write-iops", "blkio.throttle.write_iops_device", "wiops" },
	};
	unsigned a = major(t->dev), b = minor(t->dev);

	if (!is_v2(p, CGROUP_IO))
		add(p, CGROUP_IO, kinds[t->kind].option, kinds[t->kind].v1, "%u:%u %" PRIu64, a, b, t->rate);
	else if (t->rate)
		add(p, CGROUP_IO, kinds[t->kind].option, "io.max", "%u:%u %s=%" PRIu64, a, b, kinds[t->kind].v2,
		    t->rate);
	else
		add(p, CGROUP_IO, kinds[t->kind].option, "io.max", "%u:%u %s=max", a, b, kinds[t->kind].v2);
}

static void plan_sets(struct planner *p)
{
	if (p->l->cpuset_cpus)
		add(p, CGROUP_CPUSET, "--cpuset-cpus", "cpuset.cpus", "%s", p->l->cpuset_cpus);
	if (p->l->cpuset_mems)
		add(p, CGROUP_CPUSET, "--cpuset-mems", "cpuset.mems", "%s", p->l->cpuset_mems);
}

int limit_plan_build(const struct limits *l, const struct limits *before, unsigned v2, struct limit_plan *ret,
		     struct error *err)
{
	struct planner p = { .l = l, .before = before, .v2 = v2, .err = err };
	int r;

	p.plan.v = calloc(LIMIT_STEPS_FIXED + l->n_throttles, sizeof(*p.plan.v));
	if (!p.plan.v)
		return error_set(err, ENOMEM, "cannot plan the limits");
	r = is_v2(&p, CGROUP_MEMORY) ? plan_memory_v2(&p) : plan_memory_v1(&p);
	if (r < 0) {
		limit_plan_done(&p.plan);
		return r;
	}
	plan_cpu(&p);
	plan_sets(&p);
	if (l->pids > 0)
		add(&p, CGROUP_PIDS, "--pids-limit", "pids.max", "%" PRId64, l->pids);
	else if (l->pids < 0)
		add(&p, CGROUP_PIDS, "--pids-limit", "pids.max", "max")->optional = true;
	if (l->blkio_weight)
		plan_weight(&p);
	for (size_t i = 0; i < l->n_throttles; i++)
		plan_throttle(&p, &l->throttles[i]);
	*ret = p.plan;
	return 0;
}
