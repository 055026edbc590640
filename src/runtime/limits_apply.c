/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what the plan of the limits says. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "runtime/cgroups.h"

static int find_devices(struct limits *l, struct error *err)
{
	for (size_t i = 0; i < l->n_throttles; i++) {
		struct throttle *t = &l->throttles[i];
		struct stat st;

		if (stat(t->path, &st) < 0)
			return error_set(err, errno, "cannot limit the device '%s'", t->path);
		if (!S_ISBLK(st.st_mode))
			return error_msg(err, ENOTBLK, "cannot limit the device '%s': it is not a block device",
					 t->path);
		t->dev = st.st_rdev;
	}
	return 0;
}

/* What the directory above lets its children have. */
static int available(const struct cgroup_dir *d, const char *file, struct buf *out)
{
	auto_free char *name = str_format("%s.effective", file);
	auto_free char *above = strndup(d->path, (size_t)(strrchr(d->path, '/') - d->path));
	struct cgroup_dir up = { .path = above };

	return above && name ? cgroup_read(&up, d->v2 ? name : file, out) : -ENOMEM;
}

/* Version 2 takes a processor that is not there, and then gives all: docker refuses. */
static int check_set(const struct cgroup_dir *d, const struct limit_step *s, struct error *err)
{
	auto_buf struct buf all = BUF_INIT;
	bool cpus = STREQ(s->file, "cpuset.cpus");

	if (s->controller != CGROUP_CPUSET || available(d, s->file, &all) < 0 ||
	    limits_set_has(buf_str(&all), s->value))
		return 0;
	return error_msg(err, EINVAL, "requested %s are not available - requested %s, available: %.*s",
			 cpus ? "CPUs" : "memory nodes", s->value, (int)strcspn(buf_str(&all), "\n"), buf_str(&all));
}

static int explain(const struct limit_step *s, int r, struct error *err)
{
	const char *name = cgroup_controller_name(s->controller);

	if (r == -ENOENT) {
		(void)error_msg(err, EOPNOTSUPP, "cannot give %s: this host's '%s' cgroup controller has no '%s'",
				s->option, name, s->other_file ? s->other_file : s->file);
		return error_hint(err, -EOPNOTSUPP, "%s",
				  s->controller == CGROUP_IO ?
					  "it needs the BFQ scheduler or the io.cost policy" :
					  "this kernel was built or booted without it; leave the option out");
	}
	(void)error_set(err, r, "cannot give %s: the '%s' cgroup controller does not take '%s' in '%s'", s->option,
			name, s->value, s->file);
	if (r == -EBUSY && s->controller == CGROUP_MEMORY)
		return error_hint(err, r, "the container uses more than that");
	return r == -ENODEV ? error_hint(err, r, "name the whole device, not a partition of it") : r;
}

static int take_step(const struct cgroup *cg, const struct limit_step *s, struct error *err)
{
	const struct cgroup_dir *d = cgroup_find(cg, s->controller);
	int r = d ? check_set(d, s, err) : -ENOENT;

	if (r < 0 && d)
		return r;
	if (d)
		r = cgroup_write(d, s->file, s->value);
	if (d && r == -ENOENT && s->other_file)
		r = cgroup_write(d, s->other_file, s->other_value);
	if (s->optional && (r == -ENOENT || r == -EOPNOTSUPP))
		return 0;
	return r < 0 ? explain(s, r, err) : 0;
}

int cgroup_limits_apply(const struct cgroup *cg, struct limits *l, const struct limits *before, struct error *err)
{
	auto_limit_plan struct limit_plan plan = LIMIT_PLAN_INIT;
	unsigned v2 = 0;
	int r = find_devices(l, err);

	for (size_t i = 0; i < cg->n; i++)
		v2 |= cg->v[i].v2 ? cg->v[i].controllers : 0;
	if (r == 0)
		r = limit_plan_build(l, before, v2, &plan, err);
	for (size_t i = 0; r == 0 && i < plan.n; i++)
		r = take_step(cg, &plan.v[i], err);
	return r;
}
