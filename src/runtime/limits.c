/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define MIN_MEMORY	((int64_t)6 << 20)
#define NANO		1000000000LL
#define MIN_SHARES	2
#define MAX_SHARES	262144
#define MIN_PERIOD	1000
#define MAX_PERIOD	1000000
#define MAX_SET		65536 /* processors and memory nodes */

void limits_done(struct limits *l)
{
	for (size_t i = 0; i < l->n_throttles; i++)
		free(l->throttles[i].path);
	free(l->throttles);
	free(l->cpuset_cpus);
	free(l->cpuset_mems);
	free(l->cgroup_parent);
	*l = LIMITS_INIT;
}

static int set_text(char **to, const char *from)
{
	char *copy = strdup(from);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

int limits_throttle(struct limits *l, enum throttle_kind kind, const char *path, uint64_t rate)
{
	struct throttle *v;
	char *copy;

	for (size_t i = 0; i < l->n_throttles; i++) {
		if (l->throttles[i].kind == kind && STREQ(l->throttles[i].path, path)) {
			l->throttles[i].rate = rate;
			return 0;
		}
	}
	v = array_room(l->throttles, l->n_throttles, sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->throttles = v;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	v[l->n_throttles++] = (struct throttle){ .kind = kind, .path = copy, .rate = rate };
	return 0;
}

static void merge_numbers(struct limits *l, const struct limits *c)
{
	const struct {
		int64_t *to, from;
	} numbers[] = {
		{ &l->memory, c->memory },
		{ &l->memory_swap, c->memory_swap },
		{ &l->memory_reservation, c->memory_reservation },
		{ &l->cpu_shares, c->cpu_shares },
		{ &l->cpu_quota, c->cpu_quota },
		{ &l->cpu_period, c->cpu_period },
		{ &l->nano_cpus, c->nano_cpus },
		{ &l->pids, c->pids },
		{ &l->blkio_weight, c->blkio_weight },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i].from)
			*numbers[i].to = numbers[i].from;
	}
	if (c->has_swappiness)
		l->swappiness = c->swappiness;
	l->has_swappiness |= c->has_swappiness;
	l->oom_kill_disable |= c->oom_kill_disable;
	l->host_cgroupns |= c->host_cgroupns;
}

int limits_merge(struct limits *l, const struct limits *change)
{
	int r = 0;

	merge_numbers(l, change);
	if (change->cpuset_cpus)
		r = set_text(&l->cpuset_cpus, change->cpuset_cpus);
	if (r == 0 && change->cpuset_mems)
		r = set_text(&l->cpuset_mems, change->cpuset_mems);
	if (r == 0 && change->cgroup_parent)
		r = set_text(&l->cgroup_parent, change->cgroup_parent);
	for (size_t i = 0; r == 0 && i < change->n_throttles; i++) {
		const struct throttle *t = &change->throttles[i];

		r = limits_throttle(l, t->kind, t->path, t->rate);
	}
	return r;
}

int limits_copy(struct limits *to, const struct limits *from)
{
	limits_done(to);
	return limits_merge(to, from);
}

int64_t limits_swap(const struct limits *l)
{
	return l->memory_swap || !l->memory ? l->memory_swap : 2 * l->memory;
}

static int check_memory(const struct limits *l, struct error *err)
{
	if (l->memory && l->memory < MIN_MEMORY)
		return error_msg(err, EINVAL, "minimum memory limit allowed is 6MB");
	if (l->memory && l->memory_swap > 0 && l->memory_swap < l->memory)
		return error_msg(err, EINVAL,
				 "minimum memoryswap limit should be larger than memory limit, see usage");
	if (!l->memory && l->memory_swap > 0)
		return error_msg(err, EINVAL,
				 "you should always set the memory limit when using memoryswap limit, see usage");
	if (l->has_swappiness && (l->swappiness < 0 || l->swappiness > 100))
		return error_msg(err, EINVAL, "invalid value: %" PRId64 ", valid memory swappiness range is 0-100",
				 l->swappiness);
	if (l->memory_reservation && l->memory_reservation < MIN_MEMORY)
		return error_msg(err, EINVAL, "minimum memory reservation allowed is 6MB");
	if (l->memory && l->memory < l->memory_reservation)
		return error_msg(
			err, EINVAL,
			"minimum memory limit can not be less than memory reservation limit, see usage");
	return 0;
}

static int check_cpu(const struct limits *l, unsigned n_cpus, struct error *err)
{
	if (l->nano_cpus && l->cpu_period)
		return error_msg(err, EINVAL, "conflicting options: --cpus and --cpu-period cannot both be set");
	if (l->nano_cpus && l->cpu_quota)
		return error_msg(err, EINVAL, "conflicting options: --cpus and --cpu-quota cannot both be set");
	if (l->nano_cpus && (l->nano_cpus < NANO / 100 || l->nano_cpus > n_cpus * NANO))
		return error_msg(err, EINVAL,
				 "range of CPUs is from 0.01 to %u.00, as there are only %u CPUs available", n_cpus,
				 n_cpus);
	if (l->cpu_shares && (l->cpu_shares < MIN_SHARES || l->cpu_shares > MAX_SHARES))
		return error_msg(err, EINVAL, "the %s allowed cpu-shares is %d",
				 l->cpu_shares < MIN_SHARES ? "minimum" : "maximum",
				 l->cpu_shares < MIN_SHARES ? MIN_SHARES : MAX_SHARES);
	if (l->cpu_period && (l->cpu_period < MIN_PERIOD || l->cpu_period > MAX_PERIOD))
		return error_msg(
			err, EINVAL,
			"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
	if (l->cpu_quota > 0 && l->cpu_quota < MIN_PERIOD)
		return error_msg(err, EINVAL, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	return 0;
}

/* The first range of a set "0-3,5": what follows it, or NULL if it is none. */
static const char *next_range(const char *p, unsigned long *from, unsigned long *to)
{
	char *end;

	if (*p < '0' || *p > '9')
		return NULL;
	*from = *to = strtoul(p, &end, 10);
	if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
		*to = strtoul(end + 1, &end, 10);
	if (*to < *from || *to >= MAX_SET || (*end && *end != '\n' && (end[0] != ',' || !end[1])))
		return NULL;
	return *end ? end + 1 : end;
}

static bool set_has(const char *set, unsigned long wanted)
{
	unsigned long from = 0, to = 0;

	for (const char *p = set; p && *p;) {
		p = next_range(p, &from, &to);
		if (p && wanted >= from && wanted <= to)
			return true;
	}
	return false;
}

bool limits_set_has(const char *all, const char *some)
{
	unsigned long from = 0, to = 0;

	for (const char *p = some; p && *p;) {
		p = next_range(p, &from, &to);
		for (unsigned long i = from; p && i <= to; i++) {
			if (!set_has(all, i))
				return false;
		}
	}
	return true;
}

static int check_set(const char *text, const char *what, struct error *err)
{
	unsigned long from = 0, to = 0;
	const char *p = text;

	while (p && *p)
		p = next_range(p, &from, &to);
	if (text && (!p || !*text || strpbrk(text, "\n") || strlen(text) >= LIMIT_VALUE_MAX))
		return error_msg(err, EINVAL, "invalid value %s for cpuset %s", text, what);
	return 0;
}

int limits_check(const struct limits *l, unsigned n_cpus, struct error *err)
{
	int r = check_memory(l, err);

	if (r == 0)
		r = check_cpu(l, n_cpus, err);
	if (r == 0)
		r = check_set(l->cpuset_cpus, "cpus", err);
	if (r == 0)
		r = check_set(l->cpuset_mems, "mems", err);
	if (r == 0 && l->blkio_weight && (l->blkio_weight < 10 || l->blkio_weight > 1000))
		r = error_msg(err, EINVAL, "range of blkio weight is from 10 to 1000");
	if (r == 0 && l->cgroup_parent && strpbrk(l->cgroup_parent, "\n "))
		r = error_msg(err, EINVAL, "invalid cgroup parent '%s'", l->cgroup_parent);
	return r;
}

bool limits_is_default(const struct limits *l)
{
	return limits_controllers(l) == 0 && !l->cgroup_parent && !l->host_cgroupns;
}

unsigned limits_controllers(const struct limits *l)
{
	const struct {
		bool needed;
		enum cgroup_controller c;
	} list[] = {
		{ l->memory || l->memory_swap > 0 || l->memory_reservation || l->has_swappiness || l->oom_kill_disable,
		  CGROUP_MEMORY },
		{ l->nano_cpus || l->cpu_shares || l->cpu_quota > 0 || l->cpu_period, CGROUP_CPU },
		{ l->cpuset_cpus || l->cpuset_mems, CGROUP_CPUSET },
		{ l->pids > 0, CGROUP_PIDS },
		{ l->blkio_weight || l->n_throttles, CGROUP_IO },
	};
	unsigned bits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		bits |= list[i].needed ? CGROUP_BIT(list[i].c) : 0;
	return bits;
}
