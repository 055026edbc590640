/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: Theory of operation
 *
 * A manager holds no mounts. What is mounted is known by the records (template/record.h), which any process reads;
 * a manager only remembers which of them it made itself. What takes long, or can hang for as long as a server far
 * away likes, is done by the helper berth-template: it can be waited for with a deadline, and be killed.
 *
 * A path is claimed by a record, made while STATE/mounts/lock is held; the rest is done with that mount's own lock.
 */
#include "berth/template.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

#include "base/child.h"
#include "base/name.h"
#include "base/path.h"
#include "sys/mountinfo.h"
#include "template/busy.h"
#include "template/fsmount.h"
#include "template/location.h"
#include "template/loopback.h"
#include "template/manager_internal.h"
#include "template/mountopts.h"
#include "template/mountpath.h"
#include "template/sweep.h"

#define DEFAULT_ROOT "/var/lib/berth"
#define DEFAULT_RUN  "/run/berth"
#define GONE_MS	     10000 /* how long an unmounted device may take to go; what is left then, others clear */

static const char *or_env(const char *value, const char *variable, const char *otherwise)
{
	const char *env = value && *value ? value : getenv(variable);

	return env && *env ? env : otherwise;
}

/* Struct error is what berth uses inside; callers see their own, which stays as it is. */
int manager_error(struct berth_error *to, int r, const struct error *from)
{
	if (!to || r >= 0)
		return r;
	to->code = -r;
	(void)snprintf(to->message, sizeof(to->message), "%s", from->msg[0] ? from->msg : strerror(-r));
	(void)snprintf(to->hint, sizeof(to->hint), "%s", from->hint);
	return r;
}

static PRINTF_LIKE(3, 4) void manager_log(const struct berth_manager *m, enum berth_log_level level,
					  const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!m->log)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	m->log(level, text, m->log_context);
}

static int new_manager(const struct berth_manager_options *o, struct berth_manager **ret,
		       struct error *err)
{
	struct berth_manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return error_set(err, ENOMEM, "cannot make a mount manager");
	*m = (struct berth_manager){ .store = STORE_INIT,
				     .lock = PTHREAD_MUTEX_INITIALIZER,
				     .unmount_at_close = o->unmount_at_close,
				     .pool_size = o->pool_size,
				     .log = o->log,
				     .log_context = o->log_context,
				     .storage = strdup(o->storage ? o->storage : "") };
	r = m->storage ? store_open(&m->store, or_env(o->root, "BERTH_ROOT", DEFAULT_ROOT),
				    or_env(o->run, "BERTH_RUN", DEFAULT_RUN), err)
		       : error_set(err, ENOMEM, "cannot make a mount manager");
	if (r < 0) {
		free(m->storage);
		free(m);
		return r;
	}
	*ret = m;
	return 0;
}

int berth_manager_new(const struct berth_manager_options *options, struct berth_manager **ret,
		      struct berth_error *err)
{
	struct berth_manager_options o = { .size = sizeof(o) };
	struct error e = ERROR_INIT;
	int r;

	/* A caller that was built with an older header has a shorter struct: the rest is 0. */
	if (options)
		memcpy(&o, options, MIN(options->size, sizeof(o)));
	r = new_manager(&o, ret, &e);
	return manager_error(err, r, &e);
}

/* ---- which mounts this manager made ---- */

static int pool_take(struct berth_manager *m, struct error *err)
{
	bool full;

	(void)pthread_mutex_lock(&m->lock);
	full = m->pool_size && m->used >= m->pool_size;
	m->used += !full;
	(void)pthread_mutex_unlock(&m->lock);
	return full ? error_msg(err, EMFILE, "all %u mounts of the pool are in use", m->pool_size) : 0;
}

static void pool_give(struct berth_manager *m)
{
	(void)pthread_mutex_lock(&m->lock);
	m->used--;
	(void)pthread_mutex_unlock(&m->lock);
}

static int own_add(struct berth_manager *m, const char *id)
{
	int r;

	(void)pthread_mutex_lock(&m->lock);
	r = strv_add(&m->own, id);
	(void)pthread_mutex_unlock(&m->lock);
	return r;
}

static void own_remove(struct berth_manager *m, const char *id)
{
	(void)pthread_mutex_lock(&m->lock);
	strv_for_each(i, &m->own) {
		if (!STREQ(m->own.v[i], id))
			continue;
		free(m->own.v[i]);
		memmove(&m->own.v[i], &m->own.v[i + 1], (m->own.n - i) * sizeof(*m->own.v));
		m->own.n--;
		m->used--;
		break;
	}
	(void)pthread_mutex_unlock(&m->lock);
}

/* ---- mounting ---- */

/* It becomes a part of object names, and of messages. */
static int check_id(const char *what, const char *id, struct error *err)
{
	if (!id || !*id)
		return error_msg(err, EINVAL, "the %s is missing", what);
	return name_is_valid(id) ? 0 : error_msg(err, EINVAL, "invalid %s '%s'", what, id);
}

/* Written down as an URL: a server that is started later, or by others, finds the same. */
static int find_location(const struct berth_manager *m, char **ret, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_free char *dir = path_join(m->store.root, "templates");
	int r;

	if (!dir)
		return error_set(err, ENOMEM, "cannot find the templates");
	r = *m->storage ? template_location_parse(m->storage, &l, err)
			: template_location_from_env(dir, &l, err);
	if (r == 0)
		*ret = take_ptr(l.url);
	return r;
}

static int set(char **to, const char *value)
{
	free(*to);
	*to = strdup(value ? value : "");
	return *to ? 0 : -ENOMEM;
}

static int check_options(const struct berth_mount_options *o, struct error *err)
{
	int n = check_id("template", o->template_id, err);

	if (n == 0)
		n = check_id("build", o->build_id, err);
	if (n == 0 && o->persist && *o->persist)
		n = check_id("new build", o->persist, err);
	if (n == 0 && !o->path)
		n = error_msg(err, EINVAL, "the mount path is missing");
	return n;
}

static int fill_record(const struct berth_manager *m, const struct berth_mount_options *o,
		       struct mount_record *r, struct error *err)
{
	auto_mount_options struct mount_options parsed = MOUNT_OPTIONS_INIT;
	int n = check_options(o, err);

	if (n == 0)
		n = mount_path_check(o->path, &r->path, err);
	if (n == 0)
		n = mount_options_parse(o->options, &parsed, err);
	if (n < 0)
		return n;
	if (o->backend && backend_parse(o->backend, &r->backend) < 0)
		return error_msg(err, EINVAL, "unknown back end '%s': auto, fuse, loop or nbd",
				 o->backend);
	r->read_only = o->read_only || parsed.read_only;
	if (r->read_only && o->persist && *o->persist)
		return error_msg(err, EINVAL, "what is mounted read-only has no changes to persist");
	if (r->backend == BACKEND_LOOP && o->persist && *o->persist)
		return error_msg(err, EINVAL, "the back end 'loop' can't persist changes");
	if (set(&r->template_id, o->template_id) < 0 || set(&r->build_id, o->build_id) < 0 ||
	    set(&r->options, o->options) < 0 || set(&r->persist, o->persist) < 0)
		return error_set(err, ENOMEM, "cannot mount");
	return find_location(m, &r->location, err);
}

/* Whether @path may be mounted on beside the mount @other. */
static int check_beside(const struct store *s, const char *path, const struct mount_record *other,
			const char *mountinfo, struct error *err)
{
	bool below = path_is_inside(path, other->path), above = path_is_inside(other->path, path);
	struct mount_server server;

	if (!below && !above)
		return 0;
	if (below && above) { /* the same path */
		auto_close int lock = mount_record_hold(s, other->id, false);

		if (mount_state_of(s, other, mountinfo, lock < 0, &server) == MOUNT_FAILED && lock >= 0)
			return mount_discard(s, other, err);
		return error_msg(err, EEXIST,
				 "cannot mount on '%s': template '%s', build '%s' is mounted there",
				 path, other->template_id, other->build_id);
	}
	return error_msg(err, EINVAL,
			 "cannot mount on '%s': template '%s' is mounted at '%s', which is %s it", path,
			 other->template_id, other->path, below ? "above" : "inside");
}

/*
 * A directory that was made for another mount is removed by whichever is unmounted last: then it is empty, and not
 * before.
 */
static int share_made(struct mount_record *r, const struct mount_record *other)
{
	if (!*other->made || !path_is_inside(r->path, other->made))
		return 0;
	if (r->made && strlen(r->made) <= strlen(other->made))
		return 0;
	return set(&r->made, other->made);
}

static int check_others(const struct store *s, struct mount_record *r, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	auto_buf struct buf info = BUF_INIT;
	int n = mount_record_ids(s, &ids, err);

	if (n == 0 && mountinfo_read(&info) < 0)
		n = error_set(err, EIO, "cannot read the mount table");
	if (n == 0)
		n = mount_path_missing(r->path, &r->made, err);
	for (size_t i = 0; n == 0 && i < ids.n; i++) {
		auto_mount_record struct mount_record other = MOUNT_RECORD_INIT;

		if (mount_record_read(s, ids.v[i], &other, NULL) < 0)
			continue;
		n = check_beside(s, r->path, &other, buf_str(&info), err);
		if (n == 0 && share_made(r, &other) < 0)
			n = error_set(err, ENOMEM, "cannot mount");
	}
	return n;
}

/* Return: descriptor that holds the new mount's lock, or -errno. */
static int claim(const struct store *s, struct mount_record *r, struct error *err)
{
	auto_close int lock = mount_records_lock(s, err);
	int n = lock < 0 ? lock : check_others(s, r, err);

	return n < 0 ? n : mount_record_make(s, r, err);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the helper has closed its pipe, which it does by ending. */
static int wait_helper(const struct child *c, const struct berth_mount_options *o, struct error *err)
{
	int64_t end = now_ms() + o->deadline_ms;

	for (;;) {
		struct pollfd p[] = { { .fd = c->error_fd, .events = POLLIN },
				      { .fd = o->cancel_fd > 0 ? o->cancel_fd : -1, .events = POLLIN } };
		int64_t left = o->deadline_ms ? MAX(end - now_ms(), 0) : -1;
		int n = poll(p, ARRAY_SIZE(p), (int)left);

		if (n < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for the helper");
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0 && p[1].revents)
			return error_msg(err, ECANCELED, "cannot mount '%s': cancelled", o->build_id);
		if (n == 0)
			return error_msg(err, ETIMEDOUT, "cannot mount '%s': not done within %u ms",
					 o->build_id, o->deadline_ms);
	}
}

static int run_helper(const struct berth_manager *m, const struct mount_record *r, char *verb, int target,
		      const struct berth_mount_options *o, struct error *err)
{
	char name[] = "berth-template", id[ID_SIZE];
	char *const argv[] = { name, verb, m->store.root, m->store.run, id, NULL };
	const int fds[] = { target, -1 };
	auto_free char *path = helper_path("berth-template", err);
	auto_child struct child c = CHILD_INIT;
	int n;

	if (!path)
		return -ENOENT;
	memcpy(id, r->id, ID_SIZE);
	n = child_spawn(&c, path, argv, -1, -1, fds, err);
	if (n < 0)
		return n;
	n = wait_helper(&c, o, err);
	if (n == 0)
		return child_wait(&c, err);
	/* It may wait for the server in the kernel, where no signal reaches it: end that first. */
	mount_kill(&m->store, r->id);
	return n;
}

/* By the fastest back end that serves: a complete image needs none of what the others cost. */
static int mount_by(const struct berth_manager *m, struct mount_record *r, int target,
		    const struct berth_mount_options *o, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char verb[] = "serve";

	if (r->backend == BACKEND_LOOP)
		return loopback_mount(&m->store, r, target, err);
	if (r->backend == BACKEND_AUTO && !*r->persist) {
		if (loopback_mount(&m->store, r, target, &ignored) == 0)
			return 0;
		manager_log(m, BERTH_LOG_DEBUG, "no plain loop device: %s", ignored.msg);
		/* Nothing is left of that attempt but what it wrote down. */
		r->backend = BACKEND_AUTO;
		r->fs_device = r->slot = 0;
		if (set(&r->device, "") < 0 || mount_record_write(&m->store, r, err) < 0)
			return -ENOMEM;
	}
	return run_helper(m, r, verb, target, o, err);
}

static int mount_claimed(const struct berth_manager *m, struct mount_record *r,
			 const struct berth_mount_options *o, struct error *err)
{
	auto_close int target = mount_path_open(r->path, err);
	int n = target < 0 ? target : mount_by(m, r, target, o, err);

	if (n == 0)
		return 0;
	fd_close(&target);
	(void)mount_wait_gone(&m->store, r->id, GONE_MS);
	mount_kill(&m->store, r->id);
	/* The helper has written to it. If the holder has removed it, what is known here is enough. */
	{
		auto_mount_record struct mount_record now = MOUNT_RECORD_INIT;

		(void)mount_discard(&m->store,
				    mount_record_read(&m->store, r->id, &now, NULL) == 0 ? &now : r,
				    NULL);
	}
	return n;
}

static int do_mount(struct berth_manager *m, const struct berth_mount_options *o,
		    struct berth_mount **ret, struct error *err)
{
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	auto_close int lock = FD_NONE;
	int n = fill_record(m, o, &r, err);

	if (n == 0)
		n = mount_sweep(&m->store, MOUNT_SWEEP_GONE, NULL, err);
	if (n < 0)
		return n;
	lock = claim(&m->store, &r, err);
	if (lock < 0)
		return lock;
	n = mount_claimed(m, &r, o, err);
	if (n == 0)
		n = own_add(m, r.id);
	if (n < 0)
		return n;
	manager_log(m, BERTH_LOG_INFO, "mounted template '%s', build '%s' on '%s'", r.template_id,
		    r.build_id, r.path);
	return ret ? mount_info_load(m, r.id, ret, err) : 0;
}

int berth_mount_template(struct berth_manager *manager, const struct berth_mount_options *options,
			 struct berth_mount **ret, struct berth_error *err)
{
	struct berth_mount_options o = { .size = sizeof(o) };
	struct error e = ERROR_INIT;
	int r;

	memcpy(&o, options, MIN(options->size, sizeof(o)));
	r = pool_take(manager, &e);
	if (r == 0) {
		r = do_mount(manager, &o, ret, &e);
		if (r < 0)
			pool_give(manager);
	}
	return manager_error(err, r, &e);
}

/* ---- unmounting ---- */

static int busy_error(const struct mount_record *r, struct error *err)
{
	auto_buf struct buf who = BUF_INIT;
	int n;

	busy_describe(&who, r->path, r->fs_device);
	n = error_msg(err, EBUSY, "cannot unmount '%s': it is in use%s%s", r->path, who.len ? " by " : "",
		      buf_str(&who));
	return error_hint(err, n, "end these, or: berth umount --lazy %s", r->path);
}

/* What was changed becomes the build that was asked for. It is kept until it has. */
static int publish(const struct berth_manager *m, const struct mount_record *r, struct error *err)
{
	const struct berth_mount_options forever = { .deadline_ms = 0 };
	char verb[] = "publish";
	int n = run_helper(m, r, verb, -1, &forever, err);

	if (n < 0)
		return error_hint(err, error_prefix(err, n, "cannot publish what was changed in '%s'", r->path),
				  "the changes are kept: berth umount %s tries again, with --discard it drops them",
				  r->path);
	manager_log(m, BERTH_LOG_INFO, "published '%s' as build '%s'", r->path, r->persist);
	return 0;
}

/* It is not seen any more; nobody may still be serving it. */
static int finish_unmount(struct berth_manager *m, const struct mount_record *r, unsigned flags,
			  struct error *err)
{
	int n = *r->persist && !(flags & BERTH_UNMOUNT_DISCARD) ? publish(m, r, err) : 0;

	if (n == 0)
		n = mount_discard(&m->store, r, err);
	if (n == 0)
		own_remove(m, r->id);
	return n;
}

static enum mount_state state_now(const struct berth_manager *m, const struct mount_record *r)
{
	auto_buf struct buf info = BUF_INIT;
	struct mount_server server;

	return mountinfo_read(&info) < 0
		       ? MOUNT_MOUNTED
		       : mount_state_of(&m->store, r, buf_str(&info), false, &server);
}

static int unmount_held(struct berth_manager *m, const struct mount_record *r, unsigned flags,
			struct error *err)
{
	bool lazy = flags & BERTH_UNMOUNT_LAZY;
	enum mount_state state = state_now(m, r);
	int n;

	/* Nobody will write back what was not written yet: waiting for it would be in vain. */
	if (state == MOUNT_FAILED && (!*r->persist || (flags & BERTH_UNMOUNT_DISCARD)))
		return finish_unmount(m, r, flags | BERTH_UNMOUNT_DISCARD, err);
	if (state == MOUNT_FAILED)
		return error_hint(err, error_msg(err, EIO, "cannot publish what was changed in '%s': its server "
						 "died, and something may not have been written", r->path),
				  "drop the changes: berth umount --discard %s", r->path);
	n = device_unmount(r->path, r->fs_device, r->device, lazy ? MNT_DETACH : 0);
	if (n == -EBUSY)
		return busy_error(r, err);
	if (n < 0)
		return error_set(err, n, "cannot unmount '%s'", r->path);
	mount_path_unmake(r->path, r->made);
	manager_log(m, BERTH_LOG_INFO, "unmounted '%s'", r->path);
	/* Used still: the holder does the rest when the last file is closed. */
	if (mount_wait_gone(&m->store, r->id, lazy ? 0 : GONE_MS) < 0) {
		own_remove(m, r->id);
		return 0;
	}
	return finish_unmount(m, r, flags, err);
}

static int unmount_id(struct berth_manager *m, const char *id, unsigned flags, struct error *err)
{
	auto_close int lock = mount_record_hold(&m->store, id, true);
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	int n;

	if (lock < 0)
		return error_set(err, lock, "cannot lock the record of mount '%s'", id);
	n = mount_record_read(&m->store, id, &r, err);
	return n < 0 ? n : unmount_held(m, &r, flags, err);
}

/* The mount that is seen on @path, or else the last that was. Return: 0, -ENOENT, -errno. */
static int find_path(const struct store *s, const char *path, char ret_id[ID_SIZE], struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	auto_buf struct buf info = BUF_INIT;
	bool found = false;
	int r = mount_record_ids(s, &ids, err);

	if (r == 0 && mountinfo_read(&info) < 0)
		r = error_set(err, EIO, "cannot read the mount table");
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		auto_mount_record struct mount_record record = MOUNT_RECORD_INIT;
		struct mount_server server;

		if (mount_record_read(s, ids.v[i], &record, NULL) < 0 || !STREQ(record.path, path))
			continue;
		if (mount_state_of(s, &record, buf_str(&info), false, &server) == MOUNT_DETACHED)
			continue;
		memcpy(ret_id, ids.v[i], ID_SIZE);
		found = true;
	}
	if (r == 0 && !found)
		return error_msg(err, ENOENT, "no template is mounted on '%s'", path);
	return r;
}

int manager_find(struct berth_manager *m, const char *path, char ret_id[ID_SIZE], struct error *err)
{
	auto_free char *clean = path_absolute(path);
	int r;

	if (!clean)
		return error_set(err, ENOMEM, "cannot look for '%s'", path);
	r = mount_sweep(&m->store, MOUNT_SWEEP_GONE, NULL, err);
	return r == 0 ? find_path(&m->store, clean, ret_id, err) : r;
}

static int unmount_path(struct berth_manager *m, const char *path, unsigned flags, struct error *err)
{
	char id[ID_SIZE];
	int r = manager_find(m, path, id, err);

	return r == 0 ? unmount_id(m, id, flags, err) : r;
}

int berth_unmount_template(struct berth_manager *manager, const char *path, unsigned flags,
			   struct berth_error *err)
{
	struct error e = ERROR_INIT;
	int r = unmount_path(manager, path, flags, &e);

	return manager_error(err, r, &e);
}

/* The first failure counts, the others are said. */
static int keep_first(const struct berth_manager *m, int first, int r, struct error *err,
		      const struct error *e)
{
	if (r >= 0)
		return first;
	if (first == 0) {
		*err = *e;
		return r;
	}
	manager_log(m, BERTH_LOG_WARNING, "%s", e->msg);
	return first;
}

static int unmount_all(struct berth_manager *m, unsigned flags, struct error *err)
{
	struct berth_mounts *list = NULL;
	int r = mount_list_load(m, &list, err), first = 0;

	if (r < 0)
		return r;
	for (unsigned i = berth_mounts_count(list); i-- > 0;) {
		const struct berth_mount *mount = berth_mounts_get(list, i);
		struct error e = ERROR_INIT;

		if (STREQ(berth_mount_text(mount, BERTH_MOUNT_STATE), "detached"))
			continue;
		r = unmount_id(m, berth_mount_text(mount, BERTH_MOUNT_ID), flags, &e);
		/* Somebody else was faster. */
		first = keep_first(m, first, r == -ENOENT ? 0 : r, err, &e);
	}
	berth_mounts_free(list);
	return first;
}

int berth_unmount_all(struct berth_manager *manager, unsigned flags, struct berth_error *err)
{
	struct error e = ERROR_INIT;
	int r = unmount_all(manager, flags, &e);

	return manager_error(err, r, &e);
}

int berth_manager_close(struct berth_manager *manager, struct berth_error *err)
{
	struct error e = ERROR_INIT;
	int r = 0;

	if (!manager)
		return 0;
	for (size_t i = manager->own.n; manager->unmount_at_close && i-- > 0;) {
		struct error one = ERROR_INIT;
		auto_free char *id = strdup(manager->own.v[i]);
		int n = id ? unmount_id(manager, id, 0, &one) : -ENOMEM;

		r = keep_first(manager, r, n == -ENOENT ? 0 : n, &e, &one);
	}
	strv_done(&manager->own);
	store_done(&manager->store);
	(void)pthread_mutex_destroy(&manager->lock);
	free(manager->storage);
	free(manager);
	return manager_error(err, r, &e);
}

int berth_list_mounts(struct berth_manager *manager, struct berth_mounts **ret,
		      struct berth_error *err)
{
	struct error e = ERROR_INIT;
	int r = mount_list_load(manager, ret, &e);

	return manager_error(err, r, &e);
}
