/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/path.h"
#include "sys/process.h"

#define FILE_NAME      "cgroup"
#define FILE_MAX       ((size_t)64 << 10)
#define DEFAULT_PARENT "/berth"

void cgroup_entry_done(struct cgroup_entry *e)
{
	fd_close(&e->v2_fd);
	for (size_t i = 0; i < e->n; i++)
		fd_close(&e->v1_fds[i]);
	e->n = 0;
}

int cgroup_entry_join(const struct cgroup_entry *e, bool own_namespace, struct error *err)
{
	if (!cgroup_entry_any(e))
		return 0;
	for (size_t i = 0; i < e->n; i++) {
		if (write(e->v1_fds[i], "0", 1) != 1)
			return error_set(err, errno, "cannot join the container's cgroup");
	}
	if (own_namespace && unshare(CLONE_NEWCGROUP) < 0)
		return error_set(err, errno, "cannot make a cgroup namespace");
	return 0;
}

static int open_entry(const struct cgroup *cg, struct cgroup_entry *e, struct error *err)
{
	for (size_t i = 0; i < cg->n; i++) {
		auto_free char *procs = path_join(cg->v[i].path, "cgroup.procs");
		int fd = FD_NONE;

		if (cg->v[i].v2)
			fd = e->v2_fd = open(cg->v[i].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		else if (procs)
			fd = e->v1_fds[e->n++] = open(procs, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return error_set(err, procs ? errno : ENOMEM, "cannot open the cgroup '%s'", cg->v[i].path);
	}
	return 0;
}

/* ---- the record -------------------------------------------------------------------------------------------- */

void cgroup_record_done(struct cgroup_record *r)
{
	cgroup_done(&r->cg);
	fd_close(&r->fd);
}

static int record_read(int fd, struct cgroup_record *ret)
{
	auto_buf struct buf text = { .limit = FILE_MAX };
	int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, &text);
	const char *p = buf_str(&text);
	char *end;

	if (r < 0)
		return r;
	cgroup_done(&ret->cg);
	ret->holder = 0;
	if (strncmp(p, "held ", 5) == 0) {
		ret->holder = (pid_t)strtol(p + 5, &end, 10);
		ret->holder_start = strtoull(end, &end, 10);
		p = *end == '\n' ? end + 1 : "";
	}
	return cgroup_parse(p, &ret->cg);
}

int cgroup_record_save(const struct cgroup_record *r)
{
	auto_buf struct buf text = BUF_INIT;

	/* Of one width, so that lines stay where they are: killed between the two calls, the old ones' end is there. */
	buf_addf(&text, "held %010ld %020llu\n", (long)r->holder, (unsigned long long)r->holder_start);
	cgroup_format(&r->cg, &text);
	if (buf_failed(&text))
		return -ENOMEM;
	if (pwrite(r->fd, buf_str(&text), text.len, 0) != (ssize_t)text.len)
		return -EIO;
	return ftruncate(r->fd, (off_t)text.len) < 0 ? -errno : 0;
}

/* Open and lock the file, again if it was removed in between. Return: descriptor or -errno. */
static int open_locked(int record_fd, bool create)
{
	for (;;) {
		auto_close int fd = openat(record_fd, FILE_NAME,
					   O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
		struct stat st;
		int r = fd < 0 ? -errno : lock_take(fd, true, true);

		if (r < 0)
			return r;
		if (fstat(fd, &st) < 0)
			return -errno;
		if (st.st_nlink > 0)
			return take_fd(&fd);
	}
}

static int not_running(const struct container *c, struct error *err)
{
	return error_msg(err, ESRCH, "container %s is not running", c->id);
}

static bool runs(const struct container *c)
{
	auto_close int pidfd = container_process(c);

	return pidfd >= 0;
}

int cgroup_record_lock(const struct container *c, bool create, struct cgroup_record *ret, struct error *err)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r;

	if (!runs(c))
		return not_running(c, err);
	rec.fd = open_locked(c->dir_fd, create);
	r = rec.fd < 0 ? rec.fd : record_read(rec.fd, &rec);
	if (r < 0)
		return error_set(err, r, "cannot lock the cgroup of container %s", c->id);
	*ret = rec;
	rec = CGROUP_RECORD_INIT;
	return 0;
}

/* What @all has more than @known. Borrows the paths. */
static struct cgroup news(const struct cgroup *all, const struct cgroup *known)
{
	struct cgroup cg = CGROUP_INIT;

	for (size_t i = known->n; i < all->n; i++)
		cg.v[cg.n++] = all->v[i];
	return cg;
}

static int copy_cgroup(const struct cgroup *from, struct cgroup *to)
{
	auto_buf struct buf text = BUF_INIT;

	cgroup_format(from, &text);
	return buf_failed(&text) ? -ENOMEM : cgroup_parse(buf_str(&text), to);
}

static const char *parent_or_default(const struct limits *l)
{
	return l->cgroup_parent ? l->cgroup_parent : DEFAULT_PARENT;
}

int cgroup_record_extend(const struct container *c, struct cgroup_record *rec, unsigned controllers,
			 struct error *err)
{
	auto_cgroup_host struct cgroup_host host = CGROUP_HOST_INIT;
	auto_cgroup struct cgroup before = CGROUP_INIT;
	struct cgroup added;
	int r = cgroup_host_read(&host, err);

	if (r == 0 && copy_cgroup(&rec->cg, &before) < 0)
		r = error_set(err, ENOMEM, "cannot make a cgroup");
	if (r == 0)
		r = cgroup_place(&host, parent_or_default(&c->config.limits), c->id, controllers, &rec->cg, err);
	if (r == 0) {
		r = cgroup_record_save(rec);
		r = r < 0 ? error_set(err, r, "cannot record the container's cgroup") : 0;
	}
	if (r == 0)
		r = cgroup_make(&rec->cg, err);
	if (r == 0)
		return 0;
	added = news(&rec->cg, &before);
	(void)cgroup_remove(&added);
	cgroup_done(&rec->cg);
	rec->cg = before;
	before = CGROUP_INIT;
	(void)cgroup_record_save(rec);
	return r;
}

/* Remove what the locked record names, and the record. What can't be removed keeps its record: somebody comes again. */
static int record_end(int record_fd, struct cgroup_record *rec)
{
	int r = cgroup_remove(&rec->cg);

	if (r == 0)
		(void)unlinkat(record_fd, FILE_NAME, 0);
	return r;
}

int cgroup_record_confirm(const struct container *c, struct cgroup_record *rec, struct error *err)
{
	if (runs(c))
		return 0;
	(void)record_end(c->dir_fd, rec);
	return not_running(c, err);
}

/* ---- the life of a container ------------------------------------------------------------------------------- */

/* --cgroup-parent is for the limits that others have set up there: of any controller. */
static unsigned needed(const struct cgroup_host *h, const struct limits *l)
{
	unsigned bits = limits_controllers(l);

	for (size_t i = 0; l->cgroup_parent && i < h->n; i++)
		bits |= h->v[i].controllers;
	return bits;
}

static bool wants_cgroup(const struct limits *l)
{
	return limits_controllers(l) || l->cgroup_parent;
}

int container_cgroup_check(const struct limits *l, struct error *err)
{
	auto_cgroup_host struct cgroup_host host = CGROUP_HOST_INIT;
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	int r = wants_cgroup(l) ? cgroup_host_read(&host, err) : 0;

	return r == 0 && wants_cgroup(l)
		       ? cgroup_place(&host, parent_or_default(l), "x", needed(&host, l), &cg, err)
		       : r;
}

static int start(const struct container *c, struct cgroup_record *rec, struct cgroup_entry *ret, struct error *err)
{
	auto_cgroup_host struct cgroup_host host = CGROUP_HOST_INIT;
	auto_limits struct limits limits = LIMITS_INIT;
	int r = cgroup_host_read(&host, err);

	if (r == 0)
		r = cgroup_place(&host, parent_or_default(&c->config.limits), c->id,
				 needed(&host, &c->config.limits), &rec->cg, err);
	if (r == 0) {
		r = cgroup_record_save(rec);
		r = r < 0 ? error_set(err, r, "cannot record the container's cgroup") : 0;
	}
	if (r == 0)
		r = cgroup_make(&rec->cg, err);
	if (r == 0 && limits_copy(&limits, &c->config.limits) < 0)
		r = error_set(err, ENOMEM, "cannot set the limits");
	if (r == 0)
		r = cgroup_limits_apply(&rec->cg, &limits, NULL, err);
	return r == 0 ? open_entry(&rec->cg, ret, err) : r;
}

int container_cgroup_start(const struct container *c, struct cgroup_entry *ret, struct error *err)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	auto_cgroup_entry struct cgroup_entry entry = CGROUP_ENTRY_INIT;
	int r;

	if (!wants_cgroup(&c->config.limits))
		return 0;
	/* What an earlier run left, if it could not be removed then. */
	r = cgroup_record_remove(c->dir_fd, err);
	if (r < 0)
		return r;
	rec.fd = open_locked(c->dir_fd, true);
	if (rec.fd < 0)
		return error_set(err, rec.fd, "cannot record the container's cgroup");
	r = start(c, &rec, &entry, err);
	if (r < 0) {
		(void)record_end(c->dir_fd, &rec);
		return r;
	}
	*ret = entry;
	entry = CGROUP_ENTRY_INIT;
	return 0;
}

static bool oom_happened(const struct cgroup *cg)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_MEMORY);
	uint64_t n = 0;

	return d && cgroup_get(d, d->v2 ? "memory.events" : "memory.oom_control", "oom_kill", &n) == 0 && n > 0;
}

static int end(int record_fd, bool *ret_oom, struct error *err)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r;

	rec.fd = open_locked(record_fd, false);
	if (rec.fd == -ENOENT)
		return 0;
	r = rec.fd < 0 ? rec.fd : record_read(rec.fd, &rec);
	if (r == 0) {
		*ret_oom = oom_happened(&rec.cg);
		r = record_end(record_fd, &rec);
	}
	return r < 0 ? error_set(err, r, "cannot remove the container's cgroup") : 0;
}

int container_cgroup_end(struct container *c, struct error *err)
{
	return end(c->dir_fd, &c->state.oom_killed, err);
}

int cgroup_record_remove(int record_fd, struct error *err)
{
	bool ignored = false;

	return end(record_fd, &ignored, err);
}

int container_cgroups(int record_fd, struct cgroup *ret)
{
	auto_close int fd = openat(record_fd, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;
	int r = fd >= 0 ? record_read(fd, &rec) : errno == ENOENT ? 0 : -errno;

	if (r < 0)
		return r;
	*ret = rec.cg;
	rec.cg = CGROUP_INIT;
	return 0;
}

bool container_cgroup_oom(const struct container *c)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;

	return container_cgroups(c->dir_fd, &cg) == 0 && oom_happened(&cg);
}

int container_cgroup_enter(int record_fd, struct error *err)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	int r = container_cgroups(record_fd, &cg);

	if (r == 0)
		r = cgroup_add(&cg, 0);
	return r < 0 ? error_set(err, r, "cannot join the container's cgroup") : 0;
}

void container_cgroup_thaw(const struct container *c)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;

	if (container_cgroups(c->dir_fd, &cg) == 0)
		(void)cgroup_thaw(&cg);
}

static bool holder_is_gone(const struct cgroup_record *rec)
{
	auto_close int pidfd = rec->holder ? process_open(rec->holder, rec->holder_start) : FD_NONE;

	return rec->holder && pidfd == -ESRCH;
}

/* A `commit` was killed while it held the container still. */
static void release(const struct container *c)
{
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;

	if (cgroup_record_lock(c, false, &rec, NULL) < 0 || !holder_is_gone(&rec))
		return;
	(void)cgroup_thaw(&rec.cg);
	rec.holder = 0;
	(void)cgroup_record_save(&rec);
}

void container_cgroup_settle(struct container *c)
{
	auto_close int fd = openat(c->dir_fd, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_cgroup_record struct cgroup_record rec = CGROUP_RECORD_INIT;

	if (fd < 0)
		return;
	if (c->state.status != CONTAINER_RUNNING) {
		/* With its lock, for else somebody might start it now; who has the lock looks after it. */
		if (container_lock(c, false, NULL) < 0)
			return;
		if (c->state.status != CONTAINER_RUNNING)
			(void)cgroup_record_remove(c->dir_fd, NULL);
		fd_close(&c->lock_fd);
		return;
	}
	if (record_read(fd, &rec) < 0)
		return;
	if (holder_is_gone(&rec))
		release(c);
	if (cgroup_is_frozen(&rec.cg))
		c->state.status = CONTAINER_PAUSED;
}
