/* SPDX-License-Identifier: Apache-2.0 */
#include "template/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/lock.h"
#include "store/records.h"
#include "sys/mountinfo.h"
#include "sys/nbd.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "template/fsmount.h"
#include "template/mountpath.h"

const char *mount_state_name(enum mount_state s)
{
	static const char *const names[] = {
		[MOUNT_STARTING] = "mounting",	 [MOUNT_MOUNTED] = "mounted",
		[MOUNT_RESTARTING] = "restarting", [MOUNT_DETACHED] = "detached",
		[MOUNT_FAILED] = "failed",	 [MOUNT_UNPUBLISHED] = "unpublished",
		[MOUNT_GONE] = "gone",
	};

	return names[s];
}

static bool is_alive(const struct mount_process *p)
{
	auto_close int fd = p->pid > 0 ? process_open(p->pid, p->start) : -ESRCH;

	/* Out of descriptors, out of memory: not knowing is no reason to call it dead. */
	return p->pid > 0 && fd != -ESRCH;
}

static void read_server(const struct store *s, const char *id, struct mount_server *ret)
{
	auto_close int dir = mount_record_dir(s, id);

	*ret = (struct mount_server){ .restarts = 0 };
	if (dir >= 0)
		(void)mount_server_read(dir, ret);
}

bool mount_is_held(const struct store *s, const char *id)
{
	auto_close int dir = mount_record_dir(s, id);
	auto_close int fd = dir < 0 ? dir : openat(dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && lock_is_taken(fd) != 0;
}

enum mount_state mount_state_of(const struct store *s, const struct mount_record *r,
				const char *mountinfo, bool held, struct mount_server *ret_server)
{
	bool seen = r->fs_device && mountinfo_find(mountinfo, r->path, r->fs_device, r->device) !=
					    MOUNTINFO_NONE;
	bool holder, server;

	read_server(s, r->id, ret_server);
	server = is_alive(&ret_server->server);
	holder = is_alive(&ret_server->holder);
	if (!server)
		ret_server->server = (struct mount_process){ .pid = 0 };
	if (held && !seen)
		return MOUNT_STARTING;
	/* The kernel alone serves it; but whoever made it may have been killed before it was done. */
	if (r->backend == BACKEND_LOOP && seen)
		return held || *r->mounted_at ? MOUNT_MOUNTED : MOUNT_FAILED;
	if (r->backend == BACKEND_LOOP)
		return MOUNT_GONE;
	if (!server && !holder && seen)
		return MOUNT_FAILED;
	if (!server && !holder)
		return *r->persist && *r->mounted_at ? MOUNT_UNPUBLISHED : MOUNT_GONE;
	if (!seen)
		return MOUNT_DETACHED;
	return server ? MOUNT_MOUNTED : MOUNT_RESTARTING;
}

static void kill_one(const struct mount_process *p)
{
	auto_close int fd = p->pid > 0 ? process_open(p->pid, p->start) : -ESRCH;
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return;
	(void)sys_pidfd_send_signal(fd, SIGKILL);
	while (poll(&wait, 1, -1) < 0 && errno == EINTR)
		continue;
}

/* As long as there is one: a holder that dies is replaced by its server, and the reverse. */
void mount_kill(const struct store *s, const char *id)
{
	struct mount_server v;

	do {
		read_server(s, id, &v);
		kill_one(&v.holder);
		kill_one(&v.server);
		read_server(s, id, &v);
	} while (is_alive(&v.holder) || is_alive(&v.server));
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The holder is the last to go. */
int mount_wait_gone(const struct store *s, const char *id, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;

	for (;;) {
		struct mount_server v;
		auto_close int fd = FD_NONE;
		int64_t left = end - now_ms();
		struct pollfd p;

		read_server(s, id, &v);
		if (!is_alive(&v.holder) && !is_alive(&v.server))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		fd = process_open(v.holder.pid, v.holder.start);
		p = (struct pollfd){ .fd = fd, .events = POLLIN };
		/* Without a holder for the moment: look again soon. */
		(void)poll(&p, 1, fd < 0 ? (int)MIN(left, 10) : (int)left);
	}
}

int mount_discard(const struct store *s, const struct mount_record *r, struct error *err)
{
	int n = r->backend == BACKEND_NBD || r->backend == BACKEND_AUTO ? nbd_find(r->id) : -ENOENT;

	/* First, or unmounting would wait for a server that will not come. */
	if (n >= 0)
		(void)nbd_disconnect((unsigned)n);
	/* Nobody can still save anything there, so it is taken out of sight even when it is in use. */
	n = r->fs_device ? device_unmount(r->path, r->fs_device, r->device, MNT_DETACH) : 0;

	if (n < 0)
		return error_set(err, n, "cannot unmount '%s'", r->path);
	mount_path_unmake(r->path, r->made);
	return mount_record_remove(s, r->id, err);
}

struct sweep {
	const struct store *s;
	unsigned flags;
	struct strv *findings; /* or NULL */
	struct error *err;
};

static int found(struct sweep *w, char *text)
{
	auto_free char *owned = text;

	if (!owned)
		return -ENOMEM;
	return w->findings ? strv_take(w->findings, take_ptr(owned)) : 0;
}

/* A record that can't be read: nobody knows what it is of. */
static int sweep_unreadable(struct sweep *w, const char *id)
{
	int r = found(w, str_format("the record of template mount %s can't be read", id));

	return r == 0 && (w->flags & MOUNT_SWEEP_GONE) ? mount_record_remove(w->s, id, w->err) : r;
}

/* With its lock held, so that what is seen of it holds until it is removed. */
static int sweep_one(struct sweep *w, const char *id)
{
	auto_close int lock = mount_record_hold(w->s, id, false);
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	auto_buf struct buf info = BUF_INIT;
	struct mount_server server;
	enum mount_state state;
	int n;

	if (lock == -EAGAIN)
		return 0;
	n = mount_record_read(w->s, id, &r, NULL);
	if (n < 0)
		return sweep_unreadable(w, id);
	n = mountinfo_read(&info);
	if (n < 0)
		return n;
	state = mount_state_of(w->s, &r, buf_str(&info), false, &server);
	if (state == MOUNT_FAILED) {
		n = found(w, str_format("the server of the template mount at '%s' is gone", r.path));
		return n == 0 && (w->flags & MOUNT_SWEEP_FAILED) ? mount_discard(w->s, &r, w->err) : n;
	}
	if (state == MOUNT_UNPUBLISHED)
		return found(w, str_format("unpublished changes of the template mount at '%s': "
					   "'berth umount' publishes them", r.path));
	if (state != MOUNT_GONE)
		return 0;
	n = found(w, str_format("remains of a template mount at '%s'", r.path));
	return n == 0 && (w->flags & MOUNT_SWEEP_GONE) ? mount_discard(w->s, &r, w->err) : n;
}

/* .<id> in STATE/mounts: half made or half removed, as nobody has the lock but we. */
static int sweep_hidden(struct sweep *w, int dir, const char *name)
{
	int r = found(w, str_format("a template mount's record that was never finished (%s)", name + 1));

	return r == 0 && (w->flags & MOUNT_SWEEP_GONE) ? tree_remove(dir, name) : r;
}

/* ROOT/mounts/<id>: its record may be in another RUN. */
static int sweep_data(struct sweep *w, int dir, const char *id)
{
	auto_free char *link = str_format("%s/record", id);
	struct stat st;
	int r;

	if (!link || fstatat(dir, link, &st, 0) == 0)
		return link ? 0 : -ENOMEM;
	r = found(w, str_format("the changes of template mount %s, which is no more", id));
	return r == 0 && (w->flags & MOUNT_SWEEP_GONE) ? tree_remove(dir, id) : r;
}

static int sweep_all(struct sweep *w)
{
	auto_close int state = record_run_dir(w->s, "mounts", w->err);
	auto_close int data = store_dir(w->s, "mounts", w->err);
	auto_strv struct strv records = STRV_INIT, dirs = STRV_INIT;
	int r = state < 0 ? state : data < 0 ? data : dir_list(state, &records);

	for (size_t i = 0; r == 0 && i < records.n; i++) {
		const char *name = records.v[i];

		if (id_is_valid(name))
			r = sweep_one(w, name);
		else if (name[0] == '.' && id_is_valid(name + 1))
			r = sweep_hidden(w, state, name);
	}
	if (r == 0)
		r = dir_list(data, &dirs);
	for (size_t i = 0; r == 0 && i < dirs.n; i++)
		r = sweep_data(w, data, dirs.v[i]);
	return r;
}

/* Whether there is anything to look at: whoever uses no templates pays for nothing. */
static bool has_none(const struct store *s)
{
	auto_free char *path = str_format("%s/mounts", s->state);
	auto_close int state = path ? dir_open(AT_FDCWD, path) : -ENOMEM;
	auto_close int data = dir_open(s->root_fd, "mounts");

	return state == -ENOENT && (data == -ENOENT || (data >= 0 && dir_is_empty(data) == 1));
}

int mount_sweep(const struct store *s, unsigned flags, struct strv *ret_findings, struct error *err)
{
	auto_close int lock = FD_NONE;
	struct sweep w = { .s = s, .flags = flags, .findings = ret_findings, .err = err };
	int r;

	if (has_none(s))
		return 0;
	lock = mount_records_lock(s, err);
	r = lock < 0 ? lock : sweep_all(&w);
	if (r < 0 && err && err->code == 0)
		return error_set(err, r, "cannot check the template mounts");
	return r;
}
