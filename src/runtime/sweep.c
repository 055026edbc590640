/* SPDX-License-Identifier: Apache-2.0 */
/* What killed processes left among the containers. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/lock.h"
#include "runtime/container.h"
#include "runtime/destroy.h"
#include "runtime/names.h"
#include "runtime/record.h"

struct sweep {
	const struct store *s;
	bool repair;
	struct strv *findings;
	struct error *err;
};

static int found(struct sweep *w, const char *fmt, const char *what)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return strv_take(w->findings, str_format(fmt, what));
#pragma GCC diagnostic pop
}

/* Whether somebody holds the lock of the directory; one without a lock yet is a moment old or abandoned. */
static bool is_locked(int dir, const char *name)
{
	auto_free char *path = str_format("%s/lock", name);
	auto_close int fd = path ? openat(dir, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : FD_NONE;

	return fd >= 0 && lock_is_taken(fd) != 0;
}

/* containers/.<id>: half made. The exclusive store lock, which its maker needs shared, is held here. */
static int sweep_half_made(struct sweep *w, int dir, const char *name)
{
	int r;

	if (is_locked(dir, name))
		return 0;
	r = found(w, "container %s was never finished", name + 1);
	return r == 0 && w->repair ? object_discard(w->s, dir, name, w->err) : r;
}

static int sweep_container(struct sweep *w, int dir, const char *id)
{
	auto_container struct container c = CONTAINER_INIT;
	struct error err = ERROR_INIT;
	int r = container_open(w->s, id, &c, &err);

	if (r == -ENOENT && faccessat(dir, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (r < 0) {
		r = found(w, "container record that cannot be read: %s", err.msg);
		return r == 0 && w->repair && !is_locked(dir, id)
			       ? object_discard(w->s, dir, id, w->err)
			       : r;
	}
	if (!c.config.remove || c.state.status == CONTAINER_RUNNING || is_locked(dir, id))
		return 0;
	/* "created" without a supervisor may be waiting for `berth start`. */
	if (c.state.status == CONTAINER_CREATED)
		return 0;
	r = found(w, "container %s was to be removed when it ended", id);
	if (r < 0 || !w->repair)
		return r;
	r = container_lock(&c, false, w->err);
	return r == 0 ? container_destroy(w->s, &c, true, w->err) : 0;
}

static int sweep_name(struct sweep *w, const char *name)
{
	auto_free char *path = NULL, *hidden = NULL;
	char id[ID_SIZE];
	struct stat st;
	int r;

	if (name_lookup(w->s, name, id) == 0) {
		path = str_format("containers/%s", id);
		hidden = str_format("containers/.%s", id);
		if (!path || !hidden)
			return -ENOMEM;
		if (fstatat(w->s->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    fstatat(w->s->root_fd, hidden, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return 0;
	}
	r = found(w, "name %s belongs to no container", name);
	if (r == 0 && w->repair) {
		auto_close int names = store_dir(w->s, "names", w->err);

		if (names < 0)
			return names;
		return unlinkat(names, name, 0) < 0 && errno != ENOENT
			       ? error_set(w->err, errno, "cannot remove the name '%s'", name)
			       : 0;
	}
	return r;
}

static int sweep_all(struct sweep *w)
{
	auto_close int dir = containers_dir(w->s, w->err), names_dir = FD_NONE, lock = FD_NONE;
	auto_strv struct strv entries = STRV_INIT, names = STRV_INIT;
	int r = dir < 0 ? dir : dir_list(dir, &entries);

	if (r < 0)
		return r;
	strv_for_each(i, &entries) {
		r = id_is_valid(entries.v[i]) ? sweep_container(w, dir, entries.v[i]) : 0;
		if (r < 0)
			return r;
	}
	/* Nobody is making a container while the lock is held exclusively. */
	lock = store_lock(w->s, true, w->err);
	names_dir = lock < 0 ? lock : store_dir(w->s, "names", w->err);
	r = names_dir < 0 ? names_dir : dir_list(names_dir, &names);
	for (size_t i = 0; r == 0 && i < entries.n; i++) {
		if (entries.v[i][0] == '.')
			r = sweep_half_made(w, dir, entries.v[i]);
	}
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = sweep_name(w, names.v[i]);
	return r;
}

int container_sweep(const struct store *s, bool repair, struct strv *ret_findings,
		    struct error *err)
{
	struct error inner = ERROR_INIT;
	struct sweep w = { .s = s, .repair = repair, .findings = ret_findings, .err = &inner };
	int r = sweep_all(&w);

	if (r < 0 && inner.code == 0)
		return error_set(err, r, "cannot check the containers");
	if (r < 0 && err)
		*err = inner;
	return r;
}
