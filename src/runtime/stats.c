/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/cgroups.h"
#include "sys/pidns.h"

#define NANO	    1000000000ULL
#define FILE_MAX    ((size_t)1 << 20)
#define STAT_UTIME   14
#define STAT_CSTIME  17
#define STAT_THREADS 20

static int read_text(const char *path, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_read_all(fd, out);
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

/* The number after the first @key at the start of a line; false if there is none. */
static bool number_after(const char *text, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = next_line(line)) {
		if (strncmp(line, key, n) == 0) {
			*ret = strtoull(line + n, NULL, 10);
			return true;
		}
	}
	return false;
}

/* ---- from cgroups ------------------------------------------------------------------------------------------ */

static void cgroup_cpu(const struct cgroup *cg, struct container_stats *st)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_CPUACCT);
	int r = d ? cgroup_get(d, d->v2 ? "cpu.stat" : "cpuacct.usage", d->v2 ? "usage_usec" : NULL, &st->cpu_ns)
		  : -ENOENT;

	if (r == 0 && d && d->v2)
		st->cpu_ns *= 1000;
	st->has_cpu = r == 0;
}

/* Without the file pages that nobody uses now, as docker counts. */
static void cgroup_memory(const struct cgroup *cg, struct container_stats *st)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_MEMORY);
	uint64_t inactive = 0, limit = UINT64_MAX;

	if (!d || cgroup_get(d, d->v2 ? "memory.current" : "memory.usage_in_bytes", NULL, &st->memory) < 0)
		return;
	(void)cgroup_get(d, "memory.stat", d->v2 ? "inactive_file" : "total_inactive_file", &inactive);
	(void)cgroup_get(d, d->v2 ? "memory.max" : "memory.limit_in_bytes", NULL, &limit);
	st->memory -= MIN(inactive, st->memory);
	st->memory_limit = MIN(limit, st->memory_limit);
	st->has_memory = true;
}

static void cgroup_pids(const struct cgroup *cg, struct container_stats *st)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_PIDS);

	st->has_pids = d && cgroup_get(d, "pids.current", NULL, &st->pids) == 0;
}

/* "8:0 rbytes=1 wbytes=2 …" in version 2, "8:0 Read 1" and "8:0 Write 2" in version 1, a line for each device. */
static void cgroup_io(const struct cgroup *cg, struct container_stats *st)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_IO);
	const char *const words[] = { d && d->v2 ? " rbytes=" : " Read ", d && d->v2 ? " wbytes=" : " Write " };
	uint64_t *const sums[] = { &st->io_read, &st->io_written };
	auto_buf struct buf text = { .limit = FILE_MAX };

	if (!d || cgroup_read(d, d->v2 ? "io.stat" : "blkio.throttle.io_service_bytes_recursive", &text) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (const char *p = buf_str(&text); (p = strstr(p, words[i])); p++)
			*sums[i] += strtoull(p + strlen(words[i]), NULL, 10);
	}
	st->has_io = true;
}

/* ---- from processes ---------------------------------------------------------------------------------------- */

struct usage {
	uint64_t ticks, threads, memory, read, written;
};

/* Fields 14 to 17 and 20 of proc(5)'s stat: own time and that of children that have been waited for; threads. */
static void add_stat(const char *text, struct usage *u)
{
	/* The command name, field 2, may hold anything, parentheses too: count from its last one. */
	const char *p = strrchr(text, ')');

	for (int field = 2; p && field <= STAT_THREADS; field++) {
		uint64_t n = field >= STAT_UTIME ? strtoull(p, NULL, 10) : 0;

		if (field >= STAT_UTIME && field <= STAT_CSTIME)
			u->ticks += n;
		if (field == STAT_THREADS)
			u->threads += n;
		p = strchr(p + 1, ' ');
	}
}

static void add_process(const char *pid, struct usage *u)
{
	static const char *const files[] = { "stat", "smaps_rollup", "io" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_buf struct buf text = { .limit = FILE_MAX };
		char path[64];
		uint64_t n = 0;

		(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, files[i]);
		/* It may end at any time. */
		if (read_text(path, &text) < 0)
			continue;
		if (i == 0)
			add_stat(buf_str(&text), u);
		if (number_after(buf_str(&text), "Pss:", &n))
			u->memory += n * 1024;
		if (number_after(buf_str(&text), "read_bytes:", &n))
			u->read += n;
		if (number_after(buf_str(&text), "write_bytes:", &n))
			u->written += n;
	}
}

/* What the cgroups did not say. */
static void sum_processes(pid_t pid, struct container_stats *st)
{
	auto_strv struct strv pids = STRV_INIT;
	struct usage u = { 0 };
	long hz = sysconf(_SC_CLK_TCK);

	if (pidns_processes(pid, &pids) < 0)
		return;
	strv_for_each(i, &pids)
		add_process(pids.v[i], &u);
	if (!st->has_cpu)
		st->cpu_ns = u.ticks * (NANO / (uint64_t)MAX(hz, 1));
	if (!st->has_memory)
		st->memory = u.memory;
	if (!st->has_pids)
		st->pids = u.threads;
	if (!st->has_io) {
		st->io_read = u.read;
		st->io_written = u.written;
	}
	st->has_cpu = st->has_memory = st->has_pids = st->has_io = true;
}

/* All interfaces of its network namespace but the loopback. */
static void read_network(pid_t pid, struct container_stats *st)
{
	auto_buf struct buf text = { .limit = FILE_MAX };
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/net/dev", (long)pid);
	if (read_text(path, &text) < 0)
		return;
	for (const char *line = buf_str(&text); line && *line; line = next_line(line)) {
		size_t n = strcspn(line, "\n:");
		const char *name = line + strspn(line, " ");
		char *p;

		if (line[n] != ':' || strncmp(name, "lo:", 3) == 0)
			continue;
		st->received += strtoull(line + n + 1, &p, 10);
		/* Sent bytes are the ninth number. */
		for (int i = 0; i < 7; i++)
			(void)strtoull(p, &p, 10);
		st->sent += strtoull(p, &p, 10);
	}
	st->has_network = true;
}

static uint64_t host_memory(void)
{
	auto_buf struct buf text = { .limit = FILE_MAX };
	uint64_t kib = 0;

	if (read_text("/proc/meminfo", &text) == 0)
		(void)number_after(buf_str(&text), "MemTotal:", &kib);
	return kib * 1024;
}

static void read_running(const struct container *c, struct container_stats *st)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;

	st->memory_limit = host_memory();
	if (container_cgroups(c->dir_fd, &cg) == 0) {
		cgroup_cpu(&cg, st);
		cgroup_memory(&cg, st);
		cgroup_pids(&cg, st);
		cgroup_io(&cg, st);
	}
	if (!st->has_cpu || !st->has_memory || !st->has_pids || !st->has_io)
		sum_processes(c->state.pid, st);
	if (c->config.network == NETWORK_HOST)
		st->has_network = true;
	else
		read_network(c->state.pid, st);
}

int container_stats(const struct store *s, const char *what, struct container_stats *ret, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	struct container_stats st = { .running = false };
	struct timespec now;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	memcpy(st.id, c.id, ID_SIZE);
	(void)snprintf(st.name, sizeof(st.name), "%s", c.config.name);
	st.running = c.state.status == CONTAINER_RUNNING || c.state.status == CONTAINER_PAUSED;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	st.time_ns = (uint64_t)now.tv_sec * NANO + (uint64_t)now.tv_nsec;
	if (st.running)
		read_running(&c, &st);
	*ret = st;
	return 0;
}
