/* SPDX-License-Identifier: Apache-2.0 */
/* docker's limits: what is refused, and what each version of cgroups is told. */
#include "runtime/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tap.h"

#define MIB 1048576LL

/* The plan as "controller/file=value" lines. */
static const char *plan(const struct limits *l, const struct limits *before, unsigned v2, struct buf *out)
{
	auto_limit_plan struct limit_plan p = LIMIT_PLAN_INIT;
	struct error err = ERROR_INIT;

	buf_done(out);
	*out = BUF_INIT;
	if (limit_plan_build(l, before, v2, &p, &err) < 0)
		buf_adds(out, err.msg);
	for (size_t i = 0; i < p.n; i++) {
		const struct limit_step *s = &p.v[i];

		buf_addf(out, "%s%s/%s=%s", i ? "\n" : "", cgroup_controller_name(s->controller), s->file, s->value);
		if (s->other_file)
			buf_addf(out, " or %s=%s", s->other_file, s->other_value);
		buf_adds(out, s->optional ? " if it can" : "");
	}
	return buf_str(out);
}

static void memory(void)
{
	struct limits l = { .memory = 64 * MIB, .memory_reservation = 32 * MIB };
	auto_buf struct buf out = BUF_INIT;

	EQ_STR(plan(&l, NULL, 0, &out), "memory/memory.limit_in_bytes=67108864\n"
					"memory/memory.memsw.limit_in_bytes=134217728 if it can\n"
					"memory/memory.soft_limit_in_bytes=33554432");
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "memory/memory.max=67108864\n"
						 "memory/memory.swap.max=67108864 if it can\n"
						 "memory/memory.low=33554432");
	l = (struct limits){ .memory = 64 * MIB, .memory_swap = 64 * MIB, .swappiness = 0, .has_swappiness = true,
			     .oom_kill_disable = true };
	EQ_STR(plan(&l, NULL, 0, &out), "memory/memory.limit_in_bytes=67108864\n"
					"memory/memory.memsw.limit_in_bytes=67108864\n"
					"memory/memory.swappiness=0\nmemory/memory.oom_control=1");
	OK(strstr(plan(&l, NULL, CGROUP_ALL, &out), "cannot give --memory-swappiness: this host's 'memory'"));
	l.has_swappiness = false;
	OK(strstr(plan(&l, NULL, CGROUP_ALL, &out), "cannot give --oom-kill-disable"));
	l.oom_kill_disable = false;
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "memory/memory.max=67108864\nmemory/memory.swap.max=0");
	l.memory_swap = -1;
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "memory/memory.max=67108864\nmemory/memory.swap.max=max if it can");
}

/* Version 1 refuses memory > memory and swap at any moment. */
static void memory_changes_in_order(void)
{
	struct limits small = { .memory = 64 * MIB }, big = { .memory = 256 * MIB };
	struct limits any = { .memory = MIB, .memory_swap = -1 };
	auto_buf struct buf out = BUF_INIT;

	EQ_STR(plan(&big, &small, 0, &out), "memory/memory.memsw.limit_in_bytes=536870912 if it can\n"
					    "memory/memory.limit_in_bytes=268435456");
	EQ_STR(plan(&small, &big, 0, &out), "memory/memory.limit_in_bytes=67108864\n"
					    "memory/memory.memsw.limit_in_bytes=134217728 if it can");
	EQ_STR(plan(&any, &small, 0, &out), "memory/memory.memsw.limit_in_bytes=-1 if it can\n"
					    "memory/memory.limit_in_bytes=1048576");
	EQ_STR(plan(&small, &any, 0, &out), "memory/memory.limit_in_bytes=67108864\n"
					    "memory/memory.memsw.limit_in_bytes=134217728 if it can");
}

static void processors(void)
{
	static const struct {
		int64_t shares;
		const char *weight;
	} weights[] = { { 2, "1" },	 { 512, "59" },	    { 1024, "100" },
			{ 2048, "174" }, { 262144, "10000" } };
	struct limits l = { .nano_cpus = 1500000000 };
	auto_buf struct buf out = BUF_INIT;

	EQ_STR(plan(&l, NULL, 0, &out), "cpu/cpu.cfs_period_us=100000\ncpu/cpu.cfs_quota_us=150000");
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "cpu/cpu.max=150000 100000");
	l = (struct limits){ .cpu_period = 50000 };
	EQ_STR(plan(&l, NULL, 0, &out), "cpu/cpu.cfs_period_us=50000");
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "cpu/cpu.max=max 50000");
	l = (struct limits){ .cpu_quota = -1 };
	EQ_STR(plan(&l, NULL, 0, &out),
	       "cpu/cpu.cfs_period_us=100000 if it can\ncpu/cpu.cfs_quota_us=-1 if it can");
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "cpu/cpu.max=max 100000 if it can");
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
		l = (struct limits){ .cpu_shares = weights[i].shares };
		OK(strncmp(plan(&l, NULL, CGROUP_ALL, &out), "cpu/cpu.weight=", 15) == 0);
		EQ_STR(buf_str(&out) + 15, weights[i].weight);
	}
}

static void others(void)
{
	auto_limits struct limits l = { .pids = 10, .blkio_weight = 500 };
	auto_buf struct buf out = BUF_INIT;

	EQ_INT(limits_throttle(&l, THROTTLE_READ_BPS, "/dev/a", 1), 0);
	EQ_INT(limits_throttle(&l, THROTTLE_WRITE_IOPS, "/dev/a", 0), 0);
	EQ_INT(limits_throttle(&l, THROTTLE_READ_BPS, "/dev/a", MIB), 0);
	EQ_INT(l.n_throttles, 2);
	l.throttles[0].dev = l.throttles[1].dev = makedev(7, 3);
	l.cpuset_cpus = strdup("0-1");
	EQ_STR(plan(&l, NULL, 0, &out), "cpuset/cpuset.cpus=0-1\npids/pids.max=10\n"
					"io/blkio.weight=500 or blkio.bfq.weight=500\n"
					"io/blkio.throttle.read_bps_device=7:3 1048576\n"
					"io/blkio.throttle.write_iops_device=7:3 0");
	EQ_STR(plan(&l, NULL, CGROUP_ALL, &out), "cpuset/cpuset.cpus=0-1\npids/pids.max=10\n"
						 "io/io.bfq.weight=500 or io.weight=4950\n"
						 "io/io.max=7:3 rbps=1048576\nio/io.max=7:3 wiops=max");
	EQ_INT(limits_controllers(&l),
	       CGROUP_BIT(CGROUP_CPUSET) | CGROUP_BIT(CGROUP_PIDS) | CGROUP_BIT(CGROUP_IO));
	l.pids = -1;
	OK(strstr(plan(&l, NULL, 0, &out), "pids/pids.max=max if it can"));
}

static void nothing_needs_nothing(void)
{
	auto_limits struct limits l = { .pids = -1, .cpu_quota = -1, .memory_swap = -1 };

	EQ_INT(limits_controllers(&l), 0);
	OK(limits_is_default(&l));
	l.host_cgroupns = true;
	OK(!limits_is_default(&l));
}

static void checks(void)
{
	static const struct limits bad[] = {
		{ .memory = MIB }, { .memory = 64 * MIB, .memory_swap = 32 * MIB }, { .memory_swap = MIB },
		{ .memory_reservation = MIB }, { .memory = 8 * MIB, .memory_reservation = 9 * MIB },
		{ .swappiness = 101, .has_swappiness = true }, { .nano_cpus = 4000000001 }, { .nano_cpus = 9999999 },
		{ .nano_cpus = 1000000000, .cpu_quota = 5000 }, { .nano_cpus = 1000000000, .cpu_period = 5000 },
		{ .cpu_shares = 1 }, { .cpu_shares = 262145 }, { .cpu_period = 999 }, { .cpu_period = 1000001 },
		{ .cpu_quota = 999 }, { .blkio_weight = 9 }, { .blkio_weight = 1001 },
	};
	static const char *const sets[] = { "", "x", "1-", "-1", "2-1", "1,", ",1", "1 2", "65536", "1\n" };
	static const char *const good_sets[] = { "0", "0-3,5", "1,2,3", "65535" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EQ_INT(limits_check(&bad[i], 4, NULL), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		auto_limits struct limits l = { .cpuset_cpus = strdup(sets[i]) };

		if (!OK(limits_check(&l, 4, NULL) == -EINVAL))
			printf("# %s\n", sets[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good_sets); i++) {
		auto_limits struct limits l = { .cpuset_mems = strdup(good_sets[i]), .nano_cpus = 4000000000 };

		EQ_INT(limits_check(&l, 4, NULL), 0);
	}
	OK(limits_set_has("0-3,5\n", "5,1-3"));
	OK(!limits_set_has("0-3,5\n", "3-5"));
	OK(!limits_set_has("", "0"));
}

static void record_comes_back(void)
{
	auto_limits struct limits l = {
		.memory = 64 * MIB, .memory_swap = -1, .memory_reservation = 8 * MIB, .swappiness = 0,
		.has_swappiness = true, .nano_cpus = 20000000, .cpu_shares = 2, .pids = -1, .blkio_weight = 10,
		.cpuset_cpus = strdup("0"), .cpuset_mems = strdup("0-1"), .cgroup_parent = strdup("/p"),
		.oom_kill_disable = true, .host_cgroupns = true,
	};
	auto_limits struct limits back = LIMITS_INIT, none = LIMITS_INIT;
	auto_buf struct buf first = BUF_INIT, second = BUF_INIT;
	struct jsonw w1 = JSONW_INIT(&first, 0), w2 = JSONW_INIT(&second, 0);
	auto_json struct json *j = NULL, *bad = NULL;

	EQ_INT(limits_throttle(&l, THROTTLE_READ_IOPS, "/dev/a", 7), 0);
	EQ_INT(limits_throttle(&l, THROTTLE_WRITE_BPS, "/dev/b", 8), 0);
	jsonw_object(&w1, NULL);
	limits_write(&l, &w1);
	jsonw_end(&w1);
	EQ_INT(json_parse(buf_str(&first), first.len, &j, NULL), 0);
	EQ_INT(limits_read(j, &back), 0);
	jsonw_object(&w2, NULL);
	limits_write(&back, &w2);
	jsonw_end(&w2);
	EQ_STR(buf_str(&second), buf_str(&first));
	EQ_INT(limits_read(NULL, &none), 0);
	OK(limits_is_default(&none) && !none.has_swappiness);
	EQ_INT(json_parse("{\"Memory\":1}", 12, &bad, NULL), 0);
	EQ_INT(limits_read(bad, &none), -EINVAL);
}

static void merges(void)
{
	auto_limits struct limits l = { .memory = 64 * MIB, .pids = 5, .cpuset_cpus = strdup("0") };
	auto_limits struct limits change = { .pids = -1, .nano_cpus = 1000000000, .cpuset_cpus = strdup("1") };

	EQ_INT(limits_merge(&l, &change), 0);
	EQ_INT(l.memory, 64 * MIB);
	EQ_INT(l.pids, -1);
	EQ_INT(l.nano_cpus, 1000000000);
	EQ_STR(l.cpuset_cpus, "1");
}

TAP_MAIN(memory, memory_changes_in_order, processors, others, nothing_needs_nothing, checks, record_comes_back, merges)
