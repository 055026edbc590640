/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pause.h"

#include <errno.h>
#include <unistd.h>

#include "runtime/cgroups.h"
#include "runtime/container.h"
#include "runtime/event.h"
#include "sys/process.h"

static int freeze(const struct container *c, struct cgroup_record *rec, struct error *err)
{
	int r = cgroup_record_extend(c, rec, CGROUP_BIT(CGROUP_FREEZER), err);

	if (r < 0)
		return error_prefix(err, r, "cannot pause container %s", c->id);
	r = cgroup_freeze(&rec->cg, c->state.pid);
	if (r == 0)
		return cgroup_record_confirm(c, rec, err);
	(void)cgroup_thaw(&rec->cg);
	if (r == -EXDEV)
		return error_msg(err, EOPNOTSUPP, "cannot pause container %s: it shares berth's PID namespace", c->id);
	return cgroup_record_confirm(c, rec, err) < 0 ? -ESRCH
						      : error_set(err, r, "cannot pause container %s", c->id);
}

int pause_begin(const struct container *c, struct pause *ret, struct error *err)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r = cgroup_record_lock(c, true, &rec, err);

	if (r < 0 || cgroup_is_frozen(&rec.cg))
		return r;
	rec.holder = getpid();
	r = process_start_time(rec.holder, &rec.holder_start);
	if (r < 0)
		return error_set(err, r, "cannot pause container %s", c->id);
	r = freeze(c, &rec, err);
	if (r == 0) {
		*ret = (struct pause){ c };
	} else {
		rec.holder = 0;
		(void)cgroup_record_save(&rec);
	}
	return r;
}

void pause_done(struct pause *p)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;

	if (!p->c)
		return;
	if (cgroup_record_lock(p->c, false, &rec, NULL) == 0 && rec.holder == getpid()) {
		(void)cgroup_thaw(&rec.cg);
		rec.holder = 0;
		(void)cgroup_record_save(&rec);
	}
	*p = PAUSE_INIT;
}

int container_pause(const struct store *s, const char *what, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r = container_open(s, what, &c, err);

	if (r == 0)
		r = cgroup_record_lock(&c, true, &rec, err);
	if (r < 0)
		return r;
	if (cgroup_is_frozen(&rec.cg))
		return error_msg(err, EBUSY, "container %s is already paused", what);
	r = freeze(&c, &rec, err);
	if (r == 0)
		container_event(s, &c, "pause", NULL);
	return r;
}

int container_unpause(const struct store *s, const char *what, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	if (c.state.status == CONTAINER_PAUSED)
		r = cgroup_record_lock(&c, false, &rec, err);
	if (r < 0)
		return r;
	if (rec.fd < 0 || !cgroup_is_frozen(&rec.cg))
		return error_msg(err, EINVAL, "container %s is not paused", what);
	r = cgroup_thaw(&rec.cg);
	if (r < 0)
		return error_set(err, r, "cannot unpause container %s", what);
	container_event(s, &c, "unpause", NULL);
	return 0;
}
