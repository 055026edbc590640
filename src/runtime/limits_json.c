/* SPDX-License-Identifier: Apache-2.0 */
/* struct limits as members of docker's HostConfig, and back. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/limits.h"

static const char *const throttle_keys[THROTTLE_KINDS] = {
	[THROTTLE_READ_BPS] = "BlkioDeviceReadBps",
	[THROTTLE_WRITE_BPS] = "BlkioDeviceWriteBps",
	[THROTTLE_READ_IOPS] = "BlkioDeviceReadIOps",
	[THROTTLE_WRITE_IOPS] = "BlkioDeviceWriteIOps",
};

static void write_throttles(const struct limits *l, enum throttle_kind kind, struct jsonw *w)
{
	jsonw_array(w, throttle_keys[kind]);
	for (size_t i = 0; i < l->n_throttles; i++) {
		if (l->throttles[i].kind != kind)
			continue;
		jsonw_object(w, NULL);
		jsonw_str(w, "Path", l->throttles[i].path);
		jsonw_uint(w, "Rate", l->throttles[i].rate);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static const char *text(const char *s)
{
	return s ? s : "";
}

void limits_write(const struct limits *l, struct jsonw *w)
{
	jsonw_int(w, "CpuShares", l->cpu_shares);
	jsonw_int(w, "Memory", l->memory);
	jsonw_int(w, "NanoCpus", l->nano_cpus);
	jsonw_str(w, "CgroupnsMode", l->host_cgroupns ? "host" : "private");
	jsonw_str(w, "CgroupParent", text(l->cgroup_parent));
	jsonw_int(w, "BlkioWeight", l->blkio_weight);
	for (int kind = 0; kind < THROTTLE_KINDS; kind++)
		write_throttles(l, kind, w);
	jsonw_int(w, "CpuPeriod", l->cpu_period);
	jsonw_int(w, "CpuQuota", l->cpu_quota);
	jsonw_str(w, "CpusetCpus", text(l->cpuset_cpus));
	jsonw_str(w, "CpusetMems", text(l->cpuset_mems));
	jsonw_int(w, "MemoryReservation", l->memory_reservation);
	jsonw_int(w, "MemorySwap", l->memory_swap);
	if (l->has_swappiness)
		jsonw_int(w, "MemorySwappiness", l->swappiness);
	else
		jsonw_null(w, "MemorySwappiness");
	jsonw_bool(w, "OomKillDisable", l->oom_kill_disable);
	if (l->pids)
		jsonw_int(w, "PidsLimit", l->pids);
	else
		jsonw_null(w, "PidsLimit");
}

static int read_throttles(const struct json *object, struct limits *l)
{
	for (int kind = 0; kind < THROTTLE_KINDS; kind++) {
		json_for_each(t, json_get(object, throttle_keys[kind])) {
			const char *path = json_get_str(t, "Path");
			int64_t rate = json_int(json_get(t, "Rate"), -1);
			int r = path && rate >= 0 ? limits_throttle(l, kind, path, (uint64_t)rate) : -EINVAL;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int read_text(const struct json *object, const char *key, char **ret)
{
	const char *s = json_get_str(object, key);

	*ret = s && *s ? strdup(s) : NULL;
	return *ret || !s || !*s ? 0 : -ENOMEM;
}

int limits_read(const struct json *object, struct limits *ret)
{
	auto_limits struct limits l = LIMITS_INIT;
	const struct {
		const char *key;
		int64_t *to;
	} numbers[] = {
		{ "CpuShares", &l.cpu_shares }, { "Memory", &l.memory }, { "NanoCpus", &l.nano_cpus },
		{ "BlkioWeight", &l.blkio_weight }, { "CpuPeriod", &l.cpu_period }, { "CpuQuota", &l.cpu_quota },
		{ "MemoryReservation", &l.memory_reservation }, { "MemorySwap", &l.memory_swap },
		{ "MemorySwappiness", &l.swappiness }, { "PidsLimit", &l.pids },
	};
	const char *cgroupns = json_get_str(object, "CgroupnsMode");
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		*numbers[i].to = json_int(json_get(object, numbers[i].key), 0);
	l.has_swappiness = json_number(json_get(object, "MemorySwappiness"));
	l.oom_kill_disable = json_bool(json_get(object, "OomKillDisable"), false);
	l.host_cgroupns = cgroupns && STREQ(cgroupns, "host");
	r = read_text(object, "CgroupParent", &l.cgroup_parent);
	if (r == 0)
		r = read_text(object, "CpusetCpus", &l.cpuset_cpus);
	if (r == 0)
		r = read_text(object, "CpusetMems", &l.cpuset_mems);
	if (r == 0)
		r = read_throttles(object, &l);
	if (r == 0)
		r = limits_check(&l, UINT_MAX, NULL);
	if (r < 0)
		return r;
	limits_done(ret);
	*ret = l;
	l = LIMITS_INIT;
	return 0;
}
