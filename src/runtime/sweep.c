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
#include "store/records.h"

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

/* Whether somebody holds the lock of the record @name in @dir; one without a lock file is abandoned. */
static bool is_locked(int dir, const char *name)
{
	auto_free char *path = str_format("%s/lock", name);
	auto_close int fd = path ? openat(dir, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : FD_NONE;

	return fd >= 0 && lock_is_taken(fd) != 0;
}

/* .<id>: half made, or half removed. */
static int find_hidden(struct sweep *w, int dir, const char *name, struct strv *ret)
{
	int r;

	if (is_locked(dir, name))
		return 0;
	r = found(w, "container %s was never finished", name + 1);
	return r == 0 ? strv_add(ret, name) : r;
}

/* Without a record: its maker was killed, its --rm was interrupted, or the machine was restarted. */
static int sweep_layer(struct sweep *w, const char *id)
{
	auto_close int record = record_open(w->s, id, NULL, NULL);
	int r;

	if (record != -ENOENT)
		return 0;
	r = found(w, "the writable layer of container %s, which is no more", id);
	return r == 0 && w->repair ? container_layer_remove(w->s, id) : r;
}

/* Opening a container puts its state right, and removes it where its supervisor should have. */
static int sweep_container(struct sweep *w, const char *id)
{
	auto_container struct container c = CONTAINER_INIT;
	struct error err = ERROR_INIT;
	int r = container_open(w->s, id, &c, &err);

	/* What can't be read is somebody's all the same: it is named, and left to a person. */
	return r < 0 && r != -ENOENT ? found(w, "%s", err.msg) : 0;
}

/* Whether container @id is called something else: it was being renamed when berth was killed. */
static bool is_called_otherwise(const struct store *s, const char *id, const char *name)
{
	auto_container struct container c = CONTAINER_INIT;

	return container_load(s, id, &c, NULL) == 0 && !STREQ(c.config.name, name);
}

static int sweep_name(struct sweep *w, int names, const char *name)
{
	char id[ID_SIZE];
	int r;

	if (name_lookup(w->s, name, id) == 0 && name_is_known(w->s, id) &&
	    !is_called_otherwise(w->s, id, name))
		return 0;
	r = found(w, "name %s belongs to no container", name);
	if (r < 0 || !w->repair)
		return r;
	return unlinkat(names, name, 0) < 0 && errno != ENOENT
		       ? error_set(w->err, errno, "cannot remove the name '%s'", name)
		       : 0;
}

static int sweep_names(struct sweep *w, int dir)
{
	auto_strv struct strv names = STRV_INIT;
	int r = dir < 0 ? dir : dir_list(dir, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = sweep_name(w, dir, names.v[i]);
	return r;
}

static int find_hidden_in(struct sweep *w, int dir, struct strv *ret)
{
	auto_strv struct strv names = STRV_INIT;
	int r = dir_list(dir, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (names.v[i][0] == '.' && id_is_valid(names.v[i] + 1))
			r = find_hidden(w, dir, names.v[i], ret);
	}
	return r;
}

/*
 * Found with the store locked exclusively, when nobody is making a container; removed without, since
 * removing their volumes takes that lock. Nobody can take them up again in between.
 */
static int sweep_hidden(struct sweep *w, int dir)
{
	auto_strv struct strv hidden = STRV_INIT;
	auto_close int lock = store_lock(w->s, true, w->err);
	int r = lock < 0 ? lock : dir < 0 ? dir : find_hidden_in(w, dir, &hidden);

	fd_close(&lock);
	for (size_t i = 0; r == 0 && w->repair && i < hidden.n; i++)
		r = hidden_record_remove(w->s, dir, hidden.v[i], w->err);
	return r;
}

/* With the store locked exclusively: nobody is making a container meanwhile. */
static int sweep_remains(struct sweep *w)
{
	auto_close int dir = containers_dir(w->s, w->err);
	auto_close int names = store_dir(w->s, "names", w->err);
	auto_close int run_names = record_run_dir(w->s, "names", w->err);
	auto_strv struct strv ids = STRV_INIT;
	int r = dir < 0 ? dir : dir_list(dir, &ids);
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		if (id_is_valid(ids.v[i]))
			r = sweep_layer(w, ids.v[i]);
	}
	if (r == 0)
		r = sweep_names(w, names);
	return r == 0 ? sweep_names(w, run_names) : r;
}

static int sweep_all(struct sweep *w)
{
	auto_close int dir = containers_dir(w->s, w->err), run = record_run_dir(w->s, "containers", w->err);
	auto_strv struct strv ids = STRV_INIT;
	auto_close int lock = FD_NONE;
	int r = record_ids(w->s, &ids, w->err);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = sweep_container(w, ids.v[i]);
	if (r == 0)
		r = sweep_hidden(w, dir);
	if (r == 0)
		r = sweep_hidden(w, run);
	if (r < 0)
		return r;
	lock = store_lock(w->s, true, w->err);
	return lock < 0 ? lock : sweep_remains(w);
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
