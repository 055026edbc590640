/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "sys/mountapi.h"

#define NOSUID_NODEV	    (ATTR_NOSUID | ATTR_NODEV)
#define NOSUID_NODEV_NOEXEC (NOSUID_NODEV | ATTR_NOEXEC)

/* What every container gets; docker's flags. */
struct default_mount {
	enum mount_kind kind;
	const char *target;
	uint64_t attr;
	const char *options; /* comma-separated */
};

static const struct default_mount defaults[] = {
	{ MOUNT_KIND_PROC, "/proc", NOSUID_NODEV_NOEXEC, "" },
	{ MOUNT_KIND_DEV, "/dev", ATTR_NOSUID | ATTR_STRICTATIME, "mode=755,size=65536k" },
	{ MOUNT_KIND_SYSFS, "/sys", NOSUID_NODEV_NOEXEC | ATTR_RDONLY, "" },
	{ MOUNT_KIND_CGROUP, "/sys/fs/cgroup", NOSUID_NODEV_NOEXEC | ATTR_RDONLY, "" },
	{ MOUNT_KIND_DEVPTS, "/dev/pts", ATTR_NOSUID | ATTR_NOEXEC,
	  "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ MOUNT_KIND_TMPFS, "/dev/shm", NOSUID_NODEV_NOEXEC, "mode=1777,size=65536k" },
	{ MOUNT_KIND_MQUEUE, "/dev/mqueue", NOSUID_NODEV_NOEXEC, "" },
};

static const char *const etc_files[] = { "resolv.conf", "hostname", "hosts" };

static void step_done(struct mount_step *s)
{
	free(s->target);
	free(s->source);
	free(s->subpath);
	strv_done(&s->options);
	fd_close(&s->fd);
}

void mount_plan_done(struct mount_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		step_done(&p->v[i]);
	free(p->v);
	*p = MOUNT_PLAN_INIT;
}

/* Room for one more step, zeroed but for its descriptor; NULL without memory. */
static struct mount_step *add_step(struct mount_plan *p, enum mount_kind kind, const char *target)
{
	struct mount_step *v = realloc(p->v, (p->n + 1) * sizeof(*v));

	if (!v)
		return NULL;
	p->v = v;
	v[p->n] = (struct mount_step){ .kind = kind, .fd = FD_NONE, .is_dir = true };
	v[p->n].target = strdup(target);
	return v[p->n].target ? &v[p->n++] : NULL;
}

static int split_options(const char *text, struct strv *ret)
{
	while (*text) {
		size_t n = strcspn(text, ",");
		int r = strv_take(ret, strndup(text, n));

		if (r < 0)
			return r;
		text += n + (text[n] == ',');
	}
	return 0;
}

static bool wanted(const struct default_mount *d, const struct mount_plan_input *in)
{
	if (mount_spec_find(in->specs, d->target))
		return false;
	return d->kind != MOUNT_KIND_CGROUP || in->cgroup2;
}

static int add_defaults(const struct mount_plan_input *in, struct mount_plan *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		struct mount_step *s;

		if (!wanted(&defaults[i], in))
			continue;
		s = add_step(p, defaults[i].kind, defaults[i].target);
		if (!s)
			return -ENOMEM;
		s->attr = defaults[i].attr;
		if (split_options(defaults[i].options, &s->options) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(etc_files); i++) {
		auto_free char *target = path_join("/etc", etc_files[i]);
		struct mount_step *s;

		if (!target)
			return -ENOMEM;
		if (mount_spec_find(in->specs, target))
			continue;
		s = add_step(p, MOUNT_KIND_TREE, target);
		if (!s)
			return -ENOMEM;
		s->source = path_join(in->files_dir, etc_files[i]);
		if (!s->source)
			return -ENOMEM;
	}
	return 0;
}

/*
 * Attributes that the user's words give. nosuid and nodev are the default of volumes and nodev that of
 * host directories: a container has no device cgroup here, so no mount lets it open a device unless its
 * user says "dev" (docs/architecture.md, "Devices").
 */
static uint64_t user_attr(const struct mount_spec *m)
{
	static const struct {
		unsigned set, clear;
		uint64_t attr;
	} words[] = {
		{ MOUNT_RO, MOUNT_RW, ATTR_RDONLY },
		{ MOUNT_NOSUID, MOUNT_SUID, ATTR_NOSUID },
		{ MOUNT_NODEV, MOUNT_DEV, ATTR_NODEV },
		{ MOUNT_NOEXEC, MOUNT_EXEC, ATTR_NOEXEC },
	};
	uint64_t attr = m->type == MOUNT_BIND	 ? ATTR_NODEV
			: m->type == MOUNT_TMPFS ? NOSUID_NODEV_NOEXEC
						 : NOSUID_NODEV;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (m->flags & words[i].set)
			attr |= words[i].attr;
		if (m->flags & words[i].clear)
			attr &= ~words[i].attr;
	}
	return attr;
}

static int add_tmpfs_options(const struct mount_spec *m, struct strv *options)
{
	int r = 0;

	if (m->tmpfs_size > 0)
		r = strv_take(options, str_format("size=%llu", (unsigned long long)m->tmpfs_size));
	if (r == 0 && m->has_tmpfs_mode)
		r = strv_take(options, str_format("mode=%o", m->tmpfs_mode));
	for (size_t i = 0; r == 0 && i < m->tmpfs_options.n; i++)
		r = strv_add(options, m->tmpfs_options.v[i]);
	return r;
}

static int set_source(const struct mount_plan_input *in, const struct mount_spec *m,
		      struct mount_step *s)
{
	if (m->type == MOUNT_BIND)
		s->source = strdup(m->source);
	else
		s->source = str_format("%s/%s/_data", in->volumes_dir, m->source);
	if (m->subpath)
		s->subpath = strdup(m->subpath);
	return s->source && (s->subpath || !m->subpath) ? 0 : -ENOMEM;
}

static int add_user_mount(const struct mount_plan_input *in, const struct mount_spec *m,
			  struct mount_plan *p)
{
	enum mount_kind kind = m->type == MOUNT_TMPFS ? MOUNT_KIND_TMPFS : MOUNT_KIND_TREE;
	struct mount_step *s = add_step(p, kind, m->target);

	if (!s)
		return -ENOMEM;
	s->by_user = true;
	s->attr = user_attr(m);
	s->attr_top_only = m->flags & MOUNT_RO_TOP_ONLY;
	s->allow_devices = m->flags & MOUNT_DEV;
	s->create_source = m->flags & MOUNT_CREATE_SOURCE;
	s->recursive = m->type == MOUNT_BIND && !(m->flags & MOUNT_NONRECURSIVE);
	s->propagation = m->propagation;
	return kind == MOUNT_KIND_TMPFS ? add_tmpfs_options(m, &s->options) : set_source(in, m, s);
}

struct sort_key {
	size_t depth, index;
};

static int compare_keys(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Parents before children; the order of the command line (and of the defaults, first) among equals. */
static int sort_by_depth(struct mount_plan *p)
{
	auto_free struct sort_key *keys = calloc(p->n + 1, sizeof(*keys));
	auto_free struct mount_step *sorted = calloc(p->n + 1, sizeof(*sorted));

	if (!keys || !sorted)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++)
		keys[i] = (struct sort_key){ path_depth(p->v[i].target), i };
	qsort(keys, p->n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < p->n; i++)
		sorted[i] = p->v[keys[i].index];
	if (p->n)
		memcpy(p->v, sorted, p->n * sizeof(*sorted));
	return 0;
}

int mount_plan_build(const struct mount_plan_input *in, struct mount_plan *ret, struct error *err)
{
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;
	int r = add_defaults(in, &p);

	for (size_t i = 0; r == 0 && i < in->specs->n; i++)
		r = add_user_mount(in, &in->specs->v[i], &p);
	if (r == 0)
		r = sort_by_depth(&p);
	if (r < 0)
		return error_set(err, r, "cannot plan the container's mounts");
	*ret = p;
	p = MOUNT_PLAN_INIT;
	return 0;
}

void mount_step_json(const struct mount_step *s, struct jsonw *w)
{
	static const char *const kinds[] = {
		[MOUNT_KIND_TREE] = "bind",   [MOUNT_KIND_TMPFS] = "tmpfs",
		[MOUNT_KIND_DEV] = "dev",     [MOUNT_KIND_PROC] = "proc",
		[MOUNT_KIND_SYSFS] = "sysfs", [MOUNT_KIND_CGROUP] = "cgroup2",
		[MOUNT_KIND_MQUEUE] = "mqueue", [MOUNT_KIND_DEVPTS] = "devpts",
	};

	jsonw_object(w, NULL);
	jsonw_str(w, "Type", kinds[s->kind]);
	jsonw_str(w, "Target", s->target);
	jsonw_str(w, "Source", s->source);
	jsonw_bool(w, "ReadOnly", s->attr & ATTR_RDONLY);
	jsonw_bool(w, "NoSuid", s->attr & ATTR_NOSUID);
	jsonw_bool(w, "NoDev", s->attr & ATTR_NODEV);
	jsonw_bool(w, "NoExec", s->attr & ATTR_NOEXEC);
	jsonw_bool(w, "Recursive", s->recursive);
	jsonw_str(w, "Propagation", mount_propagation_name(s->propagation));
	jsonw_strv(w, "Options", &s->options);
	jsonw_end(w);
}
