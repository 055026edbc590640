/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `berth cp`. A running container's files are seen as it sees them, through its root; those of one that does not run
 * through an overlay of its own with its volumes, in a mount namespace that ends with this process.
 */
#include "runtime/cp.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "runtime/container.h"
#include "runtime/entry.h"
#include "runtime/launch.h"
#include "runtime/record.h"
#include "runtime/transfer.h"
#include "store/archive.h"
#include "sys/mountapi.h"
#include "sys/root.h"

#define MAX_LINKS   40
#define WAIT_MS	    10
#define WAIT_MAX_MS 60000

/* One end of the copy: a path on the host, or in a container's root. */
struct end {
	const char *path;
	int root; /* borrowed; FD_NONE: the host */
	const char *container;
};

static int end_open(const struct end *e, const char *path, int flags)
{
	int fd;

	if (e->root >= 0)
		return root_open(e->root, path, flags);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int end_error(const struct end *e, const char *path, int r, struct error *err)
{
	if (e->root >= 0 && r == -ENOENT)
		return error_msg(err, r, "could not find the file %s in container %s", path, e->container);
	if (e->root >= 0)
		return error_set(err, r, "cannot open '%s:%s'", e->container, path);
	return error_set(err, r, "cannot open '%s'", path);
}

/* ---- the container's files ---- */

struct view {
	struct container c;
	int root; /* owned */
};

#define VIEW_INIT ((struct view){ .c = CONTAINER_INIT, .root = FD_NONE })

static void view_done(struct view *v)
{
	fd_close(&v->root);
	container_done(&v->c);
	*v = VIEW_INIT;
}
DEFINE_AUTO(view, struct view, view_done)
#define auto_view auto_clean(view)

static int private_namespace(int root, struct mount_plan *volumes, struct error *err)
{
	auto_close int slash = FD_NONE;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(err, errno, "cannot make a mount namespace");
	slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = slash < 0 ? -errno : mount_attach(root, slash);
	if (r < 0)
		return error_set(err, r, "cannot attach the container's root");
	return mount_plan_attach(volumes, root, err);
}

/* As docker, with its volumes mounted, and filled as they would be at its start. Nobody can start it meanwhile. */
static int view_stopped(const struct store *s, struct view *v, struct error *err)
{
	auto_launch struct launch l = LAUNCH_INIT;
	int r = container_lock(&v->c, false, err);

	if (r < 0)
		return r;
	r = v->root = container_root(s, &v->c, err);
	if (r < 0)
		return r;
	l.root_fd = fcntl(v->root, F_DUPFD_CLOEXEC, 3);
	if (l.root_fd < 0)
		return error_set(err, errno, "cannot open the container's root");
	r = container_open_mounts(s, &v->c, true, &l, err);
	if (r == 0)
		r = private_namespace(v->root, &l.plan, err);
	if (r == 0 && v->c.config.read_only) {
		r = mount_attr_change(v->root, ATTR_RDONLY, 0, 0, false);
		if (r < 0)
			return error_set(err, r, "cannot make the root read-only");
	}
	return r;
}

/*
 * Who else has the container is either running it by now, and then its files are seen as those of any running one, or
 * copying or changing something, and then soon done.
 */
static int view_open(const struct store *s, const char *what, struct view *v, struct error *err)
{
	for (int waited = 0;; waited += WAIT_MS) {
		auto_close int pidfd = FD_NONE;
		int r = container_open(s, what, &v->c, err);

		if (r < 0)
			return r;
		pidfd = container_process(&v->c);
		if (pidfd >= 0) {
			r = v->root = entry_root(v->c.state.pid, pidfd);
			return r < 0 ? error_set(err, r, "cannot open the root of container %s", what) : 0;
		}
		r = view_stopped(s, v, err);
		if (r != -EBUSY || waited >= WAIT_MAX_MS)
			return r;
		view_done(v);
		(void)poll(NULL, 0, WAIT_MS);
	}
}

/* ---- the source ---- */

struct source {
	struct cp_source info;
	int fd; /* owned; O_PATH */
	char *name; /* owned */
};

static void source_done(struct source *s)
{
	fd_close(&s->fd);
	free(s->name);
}
DEFINE_AUTO(source, struct source, source_done)
#define auto_source auto_clean(source)

/* What it is called: the last component, or for ".." the directory's own name. */
static char *name_of(const char *path, int fd)
{
	auto_free char *clean = path_clean(path);
	char link[48], real[PATH_MAX];
	ssize_t n;

	if (clean && !STREQ(path_base(clean), "..") && path_base(clean)[0])
		return strdup(path_base(clean));
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n < 0)
		return NULL;
	real[n] = '\0';
	return strdup(path_base(real)[0] ? path_base(real) : ".");
}

static int source_open(const struct end *e, bool follow, struct source *ret, struct error *err)
{
	struct stat st;
	int r = ret->fd = end_open(e, e->path, O_PATH | (follow ? 0 : O_NOFOLLOW));

	if (r < 0)
		return end_error(e, e->path, r, err);
	if (fstat(ret->fd, &st) < 0)
		return end_error(e, e->path, -errno, err);
	ret->info = (struct cp_source){ S_ISDIR(st.st_mode), cp_is_contents(e->path) };
	ret->name = name_of(e->path, ret->fd);
	return ret->name ? 0 : error_set(err, ENOMEM, "cannot copy '%s'", e->path);
}

/* ---- the target ---- */

struct target {
	struct cp_target info;
	int fd;	    /* owned; if it exists */
	int parent; /* owned */
	char *name; /* owned; in the parent */
};

static void target_done(struct target *t)
{
	fd_close(&t->fd);
	fd_close(&t->parent);
	free(t->name);
}
DEFINE_AUTO(target, struct target, target_done)
#define auto_target auto_clean(target)

/* If @path is a link in @e, what it leads to, seen from where it is: a new path. NULL with *@ret_r 0 if it is none. */
static char *read_link(const struct end *e, const char *path, int *ret_r)
{
	auto_close int fd = end_open(e, path, O_PATH | O_NOFOLLOW);
	auto_free char *dir = NULL;
	char text[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof(text) - 1);
	const char *base = path_base(path);
	char *joined;

	*ret_r = 0;
	if (n < 0)
		return NULL;
	text[n] = '\0';
	dir = base > path ? strndup(path, (size_t)(base - path)) : strdup(".");
	joined = text[0] == '/' ? strdup(text) : dir ? path_join(dir, text) : NULL;
	*ret_r = joined ? 0 : -ENOMEM;
	return joined;
}

/* The path without links at its end, so that its last component can be replaced. */
static int follow_links(const struct end *e, char **path, struct error *err)
{
	int r = 0;

	for (int i = 0; i < MAX_LINKS; i++) {
		char *next = read_link(e, *path, &r);

		if (!next)
			return r < 0 ? error_set(err, r, "cannot follow '%s'", e->path) : 0;
		free(*path);
		*path = next;
	}
	return error_set(err, ELOOP, "cannot follow '%s'", e->path);
}

/* Without the slashes and the "/." that say that it is a directory. */
static char *without_tail(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && (path[n - 1] == '/' || (path[n - 1] == '.' && path[n - 2] == '/')))
		n--;
	return strndup(path, n);
}

static int open_parent(const struct end *e, const char *path, struct target *t, struct error *err)
{
	const char *base = path_base(path);
	auto_free char *dir = base > path ? strndup(path, (size_t)(base - path)) : strdup(".");

	t->name = strdup(base);
	if (!dir || !t->name)
		return error_set(err, ENOMEM, "cannot copy to '%s'", e->path);
	t->parent = end_open(e, dir, O_PATH | O_DIRECTORY);
	return t->parent < 0 ? end_error(e, dir, t->parent, err) : 0;
}

static int target_open(const struct end *e, struct target *t, struct error *err)
{
	auto_free char *path = without_tail(e->path);
	struct stat st;
	int r = path ? follow_links(e, &path, err) : error_set(err, ENOMEM, "cannot copy");

	if (r < 0)
		return r;
	assert(path);
	t->info.asserted = cp_asserts_directory(e->path);
	t->fd = end_open(e, path, O_PATH);
	if (t->fd < 0 && t->fd != -ENOENT)
		return end_error(e, e->path, t->fd, err);
	if (t->fd >= 0) {
		if (fstat(t->fd, &st) < 0)
			return end_error(e, e->path, -errno, err);
		t->info.exists = true;
		t->info.is_dir = S_ISDIR(st.st_mode);
		if (!t->info.is_dir && !S_ISREG(st.st_mode))
			return error_msg(err, EINVAL, "destination '%s' must be a directory or a regular file",
					 e->path);
	}
	return t->info.is_dir ? 0 : open_parent(e, path, t, err);
}

/* ---- the copy ---- */

static int copy(const struct end *from, const struct end *to, bool follow, struct transfer *t,
		struct error *err)
{
	auto_source struct source source = { .fd = FD_NONE };
	auto_target struct target target = { .fd = FD_NONE, .parent = FD_NONE };
	int r = source_open(from, follow, &source, err);

	if (r == 0)
		r = target_open(to, &target, err);
	if (r < 0)
		return r;
	r = cp_decide(&source.info, &target.info, err);
	if (r < 0)
		return error_prefix(err, r, "cannot copy '%s' to '%s'", from->path, to->path);
	t->top = r == CP_AS ? target.parent : target.fd;
	if (r == CP_CONTENTS)
		return transfer_contents(t, source.fd, err);
	return transfer_put(t, source.fd, r == CP_AS ? target.name : source.name, err);
}

/*
 * A tar archive is unpacked where nobody else can reach it, and then copied as any other tree. Before the container is
 * looked at: what comes through a pipe may come from another cp of the same one.
 */
static int copy_archive_in(const struct store *s, const struct copy_request *req, struct transfer *t,
			   struct error *err)
{
	auto_view struct view v = VIEW_INIT;
	auto_scratch struct scratch scratch = SCRATCH_INIT;
	auto_target struct target target = { .fd = FD_NONE, .parent = FD_NONE };
	struct end to = { .path = req->inside, .container = req->container };
	char id[ID_SIZE];
	int r = container_find(s, req->container, id, err);

	if (r == 0)
		r = scratch_make(s, &scratch, err);
	if (r == 0)
		r = archive_unpack(s, scratch.fd, err);
	if (r == 0)
		r = view_open(s, id, &v, err);
	if (r < 0)
		return r;
	to.root = v.root;
	r = target_open(&to, &target, err);
	if (r < 0)
		return r;
	if (!target.info.is_dir)
		return error_msg(err, ENOTDIR, "destination \"%s:%s\" must be a directory", to.container,
				 to.path);
	t->top = target.fd;
	return transfer_contents(t, scratch.fd, err);
}

static int collect(const struct store *s, const struct copy_request *req, int scratch,
		   struct transfer *t, struct error *err)
{
	auto_view struct view v = VIEW_INIT;
	auto_source struct source source = { .fd = FD_NONE };
	struct end from = { .path = req->inside, .container = req->container };
	int r = view_open(s, req->container, &v, err);

	if (r < 0)
		return r;
	from.root = v.root;
	r = source_open(&from, req->follow, &source, err);
	if (r < 0)
		return r;
	t->top = scratch;
	return source.info.contents ? transfer_contents(t, source.fd, err)
				    : transfer_put(t, source.fd, source.name, err);
}

/* The other way round: what is archived does not change while it is, and nobody waits for who reads it. */
static int copy_archive_out(const struct store *s, const struct copy_request *req,
			    struct transfer *t, struct error *err)
{
	auto_scratch struct scratch scratch = SCRATCH_INIT;
	int r = scratch_make(s, &scratch, err);

	if (r == 0)
		r = collect(s, req, scratch.fd, t, err);
	return r == 0 ? archive_pack(s, scratch.fd, STDOUT_FILENO, err) : r;
}

static int copy_files(const struct store *s, const struct copy_request *req, struct transfer *t,
		      struct error *err)
{
	auto_view struct view v = VIEW_INIT;
	struct end inside = { .path = req->inside, .container = req->container };
	struct end host = { .path = req->host, .root = FD_NONE };
	int r = view_open(s, req->container, &v, err);

	if (r < 0)
		return r;
	inside.root = v.root;
	return req->to_container ? copy(&host, &inside, req->follow, t, err)
				 : copy(&inside, &host, req->follow, t, err);
}

int container_copy(const struct store *s, const struct copy_request *req,
		   unsigned long long *ret_bytes, struct error *err)
{
	auto_transfer struct transfer t = TRANSFER_INIT;
	bool archive = STREQ(req->host, "-");
	int r;

	/* Into a container as docker: numbers are kept. Out of it they are the caller's, and nobody gets more by it. */
	t.flags = req->to_container || archive || req->archive ? TRANSFER_OWNER : TRANSFER_MODEST;
	if (!archive)
		r = copy_files(s, req, &t, err);
	else
		r = req->to_container ? copy_archive_in(s, req, &t, err)
				      : copy_archive_out(s, req, &t, err);
	*ret_bytes = t.bytes;
	return r;
}
