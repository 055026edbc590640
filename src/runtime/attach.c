/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that come to a running container, and go.
 *
 * The record is changed first when one comes, and last when one goes: so a volume is never mounted
 * somewhere without a record that says so, whoever is killed when. What is then in the record and not in the
 * container is there at its next start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/path.h"
#include "mount/makefs.h"
#include "runtime/container.h"
#include "runtime/launch.h"
#include "runtime/user.h"
#include "sys/mountapi.h"
#include "sys/nsmount.h"
#include "volume/volume.h"

#define SHOWN_HOLDERS 5

/* A running container that nobody else attaches to or detaches from meanwhile. */
struct live {
	struct container c;
	int pidfd;   /* owned */
	int lock_fd; /* owned */
};

static void live_done(struct live *l)
{
	container_done(&l->c);
	fd_close(&l->pidfd);
	fd_close(&l->lock_fd);
}
DEFINE_AUTO(live, struct live, live_done)

static int live_open(const struct store *s, const char *what, struct live *l, struct error *err)
{
	int r = container_open(s, what, &l->c, err);

	if (r < 0)
		return r;
	l->lock_fd = dir_open(l->c.dir_fd, ".");
	if (l->lock_fd < 0 || flock(l->lock_fd, LOCK_EX) < 0)
		return error_set(err, errno, "cannot lock container '%s'", what);
	/* Somebody may have changed its mounts while we waited. */
	container_done(&l->c);
	l->c = CONTAINER_INIT;
	r = container_open(s, what, &l->c, err);
	if (r < 0)
		return r;
	l->pidfd = container_process(&l->c);
	return l->pidfd < 0 ? error_msg(err, ESRCH, "container %s is not running", what) : 0;
}

/* The time of the file is what containers are listed by: it stays what it was. */
static int rewrite_record(const struct container *c, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;
	int r = fstatat(c->dir_fd, "config.json", &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

	container_config_write(&c->config, &w);
	if (r == 0 && buf_failed(&out))
		r = -ENOMEM;
	if (r == 0)
		r = file_replace_at(c->dir_fd, "config.json", buf_str(&out), out.len, 0);
	times[1] = st.st_mtim;
	if (r == 0 && utimensat(c->dir_fd, "config.json", times, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot write the record of container '%s'", c->id) : 0;
}

static void drop_mount(struct mount_specs *list, size_t i)
{
	mount_spec_done(&list->v[i]);
	memmove(&list->v[i], &list->v[i + 1], (list->n - i - 1) * sizeof(*list->v));
	list->n--;
}

static int ensure_volume(const struct store *s, const struct mount_spec *m, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	struct volume_request req = { .name = m->source };
	int r = volume_open(s, m->source, &v, err);

	if (r == -ENOENT && !(m->flags & MOUNT_NOCREATE))
		r = volume_create(s, &req, &v, NULL, err);
	return r;
}

/* What can be given to a container that runs, and does not hide what it has. */
static int check(const struct container *c, const struct mount_spec *m, struct error *err)
{
	if (mount_spec_find(&c->config.mounts, m->target))
		return error_msg(err, EEXIST, "duplicate mount point: %s", m->target);
	if (m->type == MOUNT_VOLUME && !m->source)
		return error_msg(err, EINVAL, "a volume without a name can't be attached");
	if (m->exclude.n > 0 || (m->flags & MOUNT_VIEW))
		return error_msg(err, EINVAL, "'O' and 'exclude' are for containers that are to be started");
	return 0;
}

/* The detached mount of @m, as a container gets it at its start. */
static int open_mount(const struct store *s, const struct live *l, const struct mount_specs *specs,
		      struct launch *launch, struct error *err)
{
	auto_free char *volumes = str_format("%s/volumes", s->root);
	auto_free char *root = str_format("/proc/%ld/root", (long)l->c.state.pid);
	struct mount_plan_input in = { .specs = specs, .volumes_dir = volumes, .no_defaults = true };
	struct mount_user owner = { 0 };
	struct user u = { .home = "/" };
	int r;

	if (!volumes || !root)
		return error_set(err, ENOMEM, "cannot plan the mount");
	launch->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (launch->root_fd < 0)
		return error_set(err, errno, "cannot open the container's root");
	r = mount_plan_build(&in, &launch->plan, err);
	if (r == 0)
		r = container_open_sources(s, launch, err);
	if (r == 0 && mount_plan_has_owner(&launch->plan)) {
		r = user_look_up(launch->root_fd, l->c.config.user, &l->c.config.settings.groups, &u, err);
		owner = (struct mount_user){ u.uid, u.gid };
	}
	return r == 0 ? mount_plan_open(&launch->plan, owner, err) : r;
}

static int attach_in(const struct store *s, const struct live *l, const struct mount_specs *specs,
		     struct error *err)
{
	auto_launch struct launch launch = LAUNCH_INIT;
	struct mount_step *step;
	int r = open_mount(s, l, specs, &launch, err);

	if (r < 0)
		return r;
	if (launch.plan.n != 1 || !launch.plan.v)
		return error_msg(err, EINVAL, "one mount at a time can be attached, not %zu", launch.plan.n);
	step = &launch.plan.v[0];
	if (step->kind == MOUNT_KIND_LINK)
		return error_msg(err, EINVAL, "a link can't be attached");
	if (step->fd < 0)
		r = step->fd = mount_step_make_fs(step, err);
	if (r >= 0)
		r = ns_attach(l->pidfd, step->fd, step->target, step->is_dir, err);
	if (r == 0)
		container_give_instances(&launch, l->c.state.pid);
	return r;
}

int container_attach(const struct store *s, const char *what, const char *volume, struct error *err)
{
	auto_clean(live) struct live l = { .c = CONTAINER_INIT, .pidfd = FD_NONE, .lock_fd = FD_NONE };
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_close int lock = FD_NONE;
	struct mount_spec copy = { 0 };
	struct mount_specs *mounts = &l.c.config.mounts;
	int r = mount_parse_volume(volume, &specs, err);

	if (r == 0)
		r = live_open(s, what, &l, err);
	if (r == 0)
		r = check(&l.c, &specs.v[0], err);
	if (r < 0)
		return r;
	/* From finding the volume until the record says that it is used, nobody removes it. */
	lock = store_lock(s, false, err);
	r = lock < 0 ? lock : 0;
	if (r == 0 && specs.v[0].type == MOUNT_VOLUME)
		r = ensure_volume(s, &specs.v[0], err);
	if (r < 0)
		return r;
	if (mount_spec_copy(&specs.v[0], &copy) < 0 || mount_specs_take(mounts, &copy) < 0) {
		mount_spec_done(&copy);
		return error_set(err, ENOMEM, "cannot attach '%s'", volume);
	}
	r = rewrite_record(&l.c, err);
	fd_close(&lock);
	if (r < 0)
		return r;
	r = attach_in(s, &l, &specs, err);
	if (r < 0) {
		drop_mount(mounts, mounts->n - 1);
		(void)rewrite_record(&l.c, NULL);
	}
	return r;
}

/* ---- detach -------------------------------------------------------------------------------------- */

static uint64_t link_mount(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_PATH | O_CLOEXEC);

	return fd < 0 ? 0 : mount_id(fd);
}

/* Whether the process @pid works in the mount, or has something of it open. */
static bool holds(int proc, const char *pid, uint64_t id)
{
	static const char *const links[] = { "cwd", "root", "exe" };
	auto_close int dir = dir_open(proc, pid), fds = dir < 0 ? FD_NONE : dir_open(dir, "fd");
	auto_strv struct strv names = STRV_INIT;

	for (size_t i = 0; dir >= 0 && i < ARRAY_SIZE(links); i++) {
		if (link_mount(dir, links[i]) == id)
			return true;
	}
	if (fds < 0 || dir_list(fds, &names) < 0)
		return false;
	strv_for_each(i, &names) {
		if (link_mount(fds, names.v[i]) == id)
			return true;
	}
	return false;
}

static void name_holder(int proc, const char *pid, struct buf *out)
{
	auto_free char *path = str_format("%s/comm", pid);
	auto_buf struct buf comm = { .limit = 64 };

	if (path)
		(void)file_read_at(proc, path, &comm);
	buf_addf(out, "%s%s (%.*s)", out->len ? ", " : "", pid, (int)strcspn(buf_str(&comm), "\n"),
		 buf_str(&comm));
}

/* A mount belongs to one mount namespace: only processes in it can be in the mount. */
static int refuse_busy(const struct live *l, const char *target, uint64_t id, struct error *err)
{
	auto_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free char *own = str_format("%ld/ns/mnt", (long)l->c.state.pid);
	auto_strv struct strv names = STRV_INIT;
	auto_buf struct buf list = BUF_INIT;
	struct stat ns, st;
	size_t n = 0;
	int r = proc < 0 || !own || fstatat(proc, own, &ns, 0) < 0 ? -errno : dir_list(proc, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *link = str_format("%s/ns/mnt", names.v[i]);

		if (strspn(names.v[i], "0123456789") != strlen(names.v[i]) || !link ||
		    fstatat(proc, link, &st, 0) < 0 || st.st_ino != ns.st_ino ||
		    !holds(proc, names.v[i], id))
			continue;
		if (n++ < SHOWN_HOLDERS)
			name_holder(proc, names.v[i], &list);
	}
	if (r < 0)
		return error_set(err, r, "cannot look who uses '%s'", target);
	if (n == 0)
		return 0;
	r = error_msg(err, EBUSY, "'%s' is in use by process %s%s", target, buf_str(&list),
		      n > SHOWN_HOLDERS ? " and more" : "");
	return error_hint(err, r, "--force takes it out of sight; they keep it until they end");
}

static int find_mount(const struct container *c, const char *what, size_t *ret, struct error *err)
{
	auto_free char *clean = path_clean(what);

	for (size_t i = 0; clean && i < c->config.mounts.n; i++) {
		if (STREQ(c->config.mounts.v[i].target, clean)) {
			*ret = i;
			return 0;
		}
	}
	return error_msg(err, ENOENT, "container %.12s has no mount on '%s'", c->id, what);
}

int container_detach(const struct store *s, const char *what, const char *path, bool force,
		     struct error *err)
{
	auto_clean(live) struct live l = { .c = CONTAINER_INIT, .pidfd = FD_NONE, .lock_fd = FD_NONE };
	auto_close int place = FD_NONE;
	const char *target;
	uint64_t id;
	size_t i = 0;
	int r = live_open(s, what, &l, err);

	if (r == 0)
		r = find_mount(&l.c, path, &i, err);
	if (r < 0)
		return r;
	target = l.c.config.mounts.v[i].target;
	place = ns_open_mount(l.pidfd, target, err);
	/* In the record and not in the container: an attach was interrupted. */
	if (place < 0 && place != -ENOENT)
		return place;
	if (place >= 0) {
		id = mount_id(place);
		fd_close(&place);
		r = force ? 0 : refuse_busy(&l, target, id, err);
		if (r == 0)
			r = ns_detach(l.pidfd, target, id, err);
	}
	if (r < 0)
		return r;
	drop_mount(&l.c.config.mounts, i);
	return rewrite_record(&l.c, err);
}
