/* SPDX-License-Identifier: Apache-2.0 */
/* `berth update`: other limits for a container, at once where it runs; another --restart. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cgroups.h"
#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/restart.h"
#include "sys/cgroup.h"

#define MAX_ROUNDS 1000 /* of a container that forks while its processes are collected */

static int merge(const struct container *c, const struct limits *change, unsigned n_cpus, struct limits *ret,
		 struct error *err)
{
	const struct limits *l = &c->config.limits;
	int r;

	if (change->memory && !change->memory_swap && l->memory_swap > 0 && change->memory > l->memory_swap)
		return error_msg(err, EINVAL,
				 "memory limit should be smaller than already set memoryswap limit, update the "
				 "memoryswap at the same time");
	r = limits_copy(ret, l);
	if (r == 0)
		r = limits_merge(ret, change);
	if (r < 0)
		return error_set(err, r, "cannot update container '%s'", c->id);
	return limits_check(ret, n_cpus, err);
}

/* What takes back the change from @from to @to, as far as the kernel has a value for "no limit". */
static int reverse(const struct limits *from, const struct limits *to, struct limits *ret)
{
	int r = limits_copy(ret, from);

	if (to->memory && !from->memory)
		ret->memory = ret->memory_swap = -1;
	if (to->pids && !from->pids)
		ret->pids = -1;
	if ((to->nano_cpus || to->cpu_quota) && !from->nano_cpus && !from->cpu_quota)
		ret->cpu_quota = -1;
	if (to->cpu_shares && !from->cpu_shares)
		ret->cpu_shares = 1024;
	return r;
}

/* Children of members are members: once a round finds none, all are in. */
static int gather(const struct cgroup *cg, pid_t pid)
{
	int moved = 1;

	for (int i = 0; moved > 0 && i < MAX_ROUNDS; i++)
		moved = cgroup_gather(cg, pid);
	return moved < 0 ? moved : 0;
}

static int update_running(const struct container *c, struct cgroup_record *rec, struct limits *wanted,
			  struct error *err)
{
	auto_limits struct limits back = LIMITS_INIT;
	size_t n = rec->cg.n;
	int r = cgroup_record_extend(c, rec, limits_controllers(wanted), err);

	if (r < 0)
		return r;
	r = cgroup_limits_apply(&rec->cg, wanted, &c->config.limits, err);
	if (r < 0) {
		if (reverse(&c->config.limits, wanted, &back) == 0)
			(void)cgroup_limits_apply(&rec->cg, &back, wanted, NULL);
		return r;
	}
	if (rec->cg.n > n) {
		r = gather(&rec->cg, c->state.pid);
		if (r == -EXDEV)
			return error_msg(err, EOPNOTSUPP,
					 "cannot limit container %s while it runs: it shares berth's PID namespace",
					 c->id);
		if (r < 0 && r != -ESRCH)
			return error_set(err, r, "cannot move container %s into its cgroup", c->id);
	}
	return cgroup_record_confirm(c, rec, err);
}

static int check_restart(const struct container *c, const char *text, struct restart_policy *ret, struct error *err)
{
	bool attended = container_is_active(c) && !c->state.detached;
	int r = restart_policy_parse(text, ret, err);

	if (r < 0 || ret->kind == RESTART_NO)
		return r;
	if (c->config.remove)
		return error_msg(err, EINVAL, "Restart policy cannot be updated because AutoRemove is enabled for the "
				 "container");
	if (attended)
		return error_msg(err, EINVAL, "--restart %s: a container in the foreground is not restarted", text);
	return 0;
}

void container_update_reload(struct container *c)
{
	struct restart_policy policy;
	auto_json struct json *j = NULL;

	if (json_read_at(c->dir_fd, "config.json", &j, NULL) < 0)
		return;
	(void)limits_read(json_get(j, "Limits"), &c->config.limits);
	if (restart_policy_read(json_get(j, "RestartPolicy"), &policy) == 0)
		c->config.restart = policy;
}

/* Takes what is in @wanted. */
static int save(struct container *c, struct limits *wanted, const struct restart_policy *policy, struct error *err)
{
	limits_done(&c->config.limits);
	c->config.limits = *wanted;
	*wanted = LIMITS_INIT;
	c->config.restart = *policy;
	return container_config_save(c, err);
}

int container_update(const struct store *s, const char *what, const struct limits *change, unsigned n_cpus,
		     const char *restart, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	auto_limits struct limits wanted = LIMITS_INIT;
	struct restart_policy policy = { 0 };
	int r = container_open(s, what, &c, err);
	bool runs;

	if (r < 0)
		return r;
	/* One at a time: while it runs its supervisor has the container's lock, and this one is for the others. */
	runs = c.state.status == CONTAINER_RUNNING || c.state.status == CONTAINER_PAUSED;
	r = runs ? cgroup_record_lock(&c, true, &rec, err) : container_lock(&c, false, err);
	if (r == 0)
		r = container_config_load(&c, err);
	if (r == 0)
		r = merge(&c, change, n_cpus, &wanted, err);
	policy = c.config.restart;
	if (r == 0 && restart)
		r = check_restart(&c, restart, &policy, err);
	if (r == 0 && !(limits_is_default(&wanted) && limits_is_default(&c.config.limits)))
		r = runs ? update_running(&c, &rec, &wanted, err) : container_cgroup_check(&wanted, err);
	if (r == 0)
		r = save(&c, &wanted, &policy, err);
	if (r == 0)
		container_event(s, &c, "update", NULL);
	return r;
}
