/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/path.h"
#include "sys/mountapi.h"

#define SHM		    "/dev/shm"
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
	free(s->idmap);
	free(s->upper);
	free(s->work);
	free(s->link);
	strv_done(&s->options);
	strv_done(&s->exclude);
	strv_done(&s->devices);
	device_nodes_done(&s->nodes);
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
	struct mount_step *v = array_room(p->v, p->n, sizeof(*v));

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
	if (mount_spec_find(in->specs, d->target) || (in->no_shm && STREQ(d->target, SHM)))
		return false;
	/* What belongs to a namespace of the host's can't be mounted by who is root in a user namespace alone. */
	if (in->userns && ((d->kind == MOUNT_KIND_CGROUP && in->host_cgroupns) ||
			   (d->kind == MOUNT_KIND_MQUEUE && in->host_ipc)))
		return false;
	return d->kind != MOUNT_KIND_CGROUP || in->cgroup2;
}

/* Instead of a new one, what is mounted there on the host. */
static int take_hosts(struct mount_step *s, bool recursive)
{
	s->kind = MOUNT_KIND_TREE;
	s->recursive = recursive;
	s->source = strdup(s->target);
	strv_done(&s->options);
	return s->source ? 0 : -ENOMEM;
}

/* In a user namespace no device nodes can be made, there may be no group of terminals, and no /sys but the host's. */
static int adapt_to_userns(const struct mount_plan_input *in, struct mount_step *s)
{
	s->host_nodes = s->kind == MOUNT_KIND_DEV;
	if (s->kind == MOUNT_KIND_DEVPTS && in->no_tty_group)
		strv_unset_env(&s->options, "gid");
	return s->kind == MOUNT_KIND_SYSFS && in->host_network ? take_hosts(s, true) : 0;
}

static int adapt_default(const struct mount_plan_input *in, struct mount_step *s)
{
	if (in->userns && adapt_to_userns(in, s) < 0)
		return -ENOMEM;
	if (in->privileged && (s->kind == MOUNT_KIND_SYSFS || s->kind == MOUNT_KIND_CGROUP))
		s->attr &= ~ATTR_RDONLY;
	/* /dev/mqueue is the namespace's anyway, whoever mounts it. */
	if (in->host_ipc && STREQ(s->target, SHM))
		return take_hosts(s, false);
	if (in->shm_size && STREQ(s->target, SHM)) {
		auto_free char *size = str_format("size=%llu", (unsigned long long)in->shm_size);

		return size ? strv_set_env(&s->options, size) : -ENOMEM;
	}
	if (s->kind != MOUNT_KIND_DEV)
		return 0;
	s->all_devices = in->privileged && !in->userns;
	return in->devices ? strv_copy(&s->devices, in->devices->v) : 0;
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
		if (split_options(defaults[i].options, &s->options) < 0 || adapt_default(in, s) < 0)
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
		{ MOUNT_NOATIME, 0, ATTR_NOATIME },
	};
	static const uint64_t by_type[MOUNT_TYPE_COUNT] = {
		[MOUNT_BIND] = ATTR_NODEV,	      [MOUNT_VOLUME] = NOSUID_NODEV,
		[MOUNT_TMPFS] = NOSUID_NODEV_NOEXEC,  [MOUNT_RAMFS] = NOSUID_NODEV_NOEXEC,
		[MOUNT_IMAGE] = NOSUID_NODEV,	      [MOUNT_DEVPTS] = ATTR_NOSUID | ATTR_NOEXEC,
	};
	uint64_t attr = by_type[m->type];

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

/* "volume data", "image debian": for messages where there is no path. */
static int set_source(const struct mount_plan_input *in, const struct mount_spec *m,
		      struct mount_step *s)
{
	if (m->type == MOUNT_VOLUME)
		s->source = str_format("%s/%s/_data", in->volumes_dir, m->source);
	else
		s->source = strdup(m->source);
	if (m->subpath)
		s->subpath = strdup(m->subpath);
	return s->source && (s->subpath || !m->subpath) ? 0 : -ENOMEM;
}

/* Where a view is written to: the user's directories, the volume that keeps it, or the container's own. */
static int set_view(const struct mount_plan_input *in, const struct mount_spec *m,
		    struct mount_step *s, size_t index)
{
	s->view = true;
	s->view_is_kept = m->upper || m->keep;
	if (m->upper) {
		s->upper = strdup(m->upper);
		s->work = strdup(m->work);
	} else if (m->keep) {
		s->upper = str_format("%s/%s/_data", in->volumes_dir, m->keep);
		s->work = str_format("%s/%s/work", in->volumes_dir, m->keep);
	} else {
		s->upper = str_format("%s/%zu/upper", in->views_dir, index);
		s->work = str_format("%s/%zu/work", in->views_dir, index);
	}
	return s->upper && s->work ? 0 : -ENOMEM;
}

static int set_tree(const struct mount_plan_input *in, const struct mount_spec *m,
		    struct mount_step *s, size_t index)
{
	int r = set_source(in, m, s);

	s->mapped = m->flags & MOUNT_IDMAP;
	s->no_dereference = m->flags & MOUNT_NO_DEREFERENCE;
	if (r == 0 && m->idmap) {
		s->idmap = strdup(m->idmap);
		r = s->idmap ? 0 : -ENOMEM;
	}
	if (r == 0 && (m->flags & MOUNT_VIEW))
		r = set_view(in, m, s, index);
	return r == 0 ? strv_copy(&s->exclude, m->exclude.v) : r;
}

static enum mount_kind kind_of(const struct mount_spec *m)
{
	switch (m->type) {
	case MOUNT_TMPFS:
		return MOUNT_KIND_TMPFS;
	case MOUNT_RAMFS:
		return MOUNT_KIND_RAMFS;
	case MOUNT_DEVPTS:
		return MOUNT_KIND_DEVPTS;
	default:
		return MOUNT_KIND_TREE;
	}
}

static int add_user_mount(const struct mount_plan_input *in, size_t index, struct mount_plan *p)
{
	const struct mount_spec *m = &in->specs->v[index];
	struct mount_step *s = add_step(p, kind_of(m), m->target);

	if (!s)
		return -ENOMEM;
	s->by_user = true;
	s->spec = m;
	s->attr = user_attr(m);
	if (in->privileged && !(m->flags & MOUNT_NODEV))
		s->attr &= ~ATTR_NODEV;
	s->attr_top_only = m->flags & MOUNT_RO_TOP_ONLY;
	s->allow_devices = m->flags & MOUNT_DEV;
	s->create_source = m->flags & MOUNT_CREATE_SOURCE;
	s->recursive = m->type == MOUNT_BIND && !(m->flags & (MOUNT_NONRECURSIVE | MOUNT_VIEW));
	s->propagation = m->propagation;
	s->copy_up = m->flags & MOUNT_COPYUP;
	s->owned = m->flags & MOUNT_OWNED;
	return s->kind == MOUNT_KIND_TREE ? set_tree(in, m, s, index)
					  : add_tmpfs_options(m, &s->options);
}

bool mount_plan_has_owner(const struct mount_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].owned)
			return true;
	}
	return false;
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

/* What has files when the container does not run. */
static bool is_volume(const struct mount_spec *m)
{
	return m->type == MOUNT_BIND || m->type == MOUNT_VOLUME || m->type == MOUNT_IMAGE;
}

int mount_plan_build(const struct mount_plan_input *in, struct mount_plan *ret, struct error *err)
{
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;
	int r = in->no_defaults || in->volumes_only ? 0 : add_defaults(in, &p);

	for (size_t i = 0; r == 0 && i < in->specs->n; i++) {
		if (!in->volumes_only || is_volume(&in->specs->v[i]))
			r = add_user_mount(in, i, &p);
	}
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
		[MOUNT_KIND_LINK] = "link",   [MOUNT_KIND_RAMFS] = "ramfs",
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
	jsonw_str(w, "Upper", s->upper);
	jsonw_str(w, "Idmap", s->owned ? "U" : s->idmap);
	jsonw_strv(w, "Exclude", &s->exclude);
	jsonw_end(w);
}
