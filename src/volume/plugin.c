/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each request of the protocol does. Who has a volume mounted is a file for each ID, STATE/plugin/NAME/ID, made
 * before the mount: so it does not matter whether the server that unmounts is the one that mounted.
 */
#include "volume/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "volume/internal.h"

#define HOLDS	"plugin"
#define ID_MAX	128
#define ID_NONE "none" /* of a caller that gives none */

/* STATE/plugin, locked: no two mount or unmount at once. */
static int holds_lock(const struct store *s, int *ret_dir, struct error *err)
{
	auto_free char *path = str_format("%s/" HOLDS, s->state);
	auto_close int dir = FD_NONE;
	int lock;

	if (!path)
		return error_set(err, ENOMEM, "cannot lock the plugin's mounts");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make '%s'", path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	lock = dir < 0 ? -errno : volume_lock(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock '%s'", path);
	*ret_dir = take_fd(&dir);
	return lock;
}

static int need_name(const struct json *q, const char **ret, struct error *err)
{
	int r = json_need_str(q, "Name", ret, err);

	return r < 0 ? r : volume_name_check(*ret, err);
}

/* An ID becomes a file's name. */
static int get_id(const struct json *q, const char **ret, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:";
	const char *id = json_get_str(q, "ID");

	*ret = id && *id ? id : ID_NONE;
	if (strlen(*ret) > ID_MAX || (*ret)[0] == '.' || strspn(*ret, allowed) != strlen(*ret))
		return error_msg(err, EINVAL, "invalid ID '%.140s'", *ret);
	return 0;
}

static bool is_served(const struct store *s, const char *name)
{
	auto_free char *path = str_format("%s/" HOLDS "/%s", s->state, name);

	return path && access(path, F_OK) == 0;
}

int volume_check_served(const struct store *s, const char *action, const char *name, struct error *err)
{
	if (!is_served(s, name))
		return 0;
	return error_status(err,
			    error_msg(err, EBUSY, "%s %s: volume is in use by way of the volume plugin", action, name),
			    2);
}

/* Only the path of what is there now: a file system that nobody has mounted has none yet. */
static void add_mountpoint(const struct store *s, const struct volume *v, struct jsonw *w)
{
	jsonw_str(w, "Mountpoint", !volume_is_backed(v) || is_served(s, v->name) ? v->mountpoint : "");
}

static void add_volume(const struct store *s, const struct volume *v, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_str(w, "Name", v->name);
	add_mountpoint(s, v, w);
	jsonw_str(w, "CreatedAt", v->created);
	jsonw_object(w, "Status");
	jsonw_end(w);
	jsonw_end(w);
}

static int do_activate(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	(void)s, (void)q, (void)err;
	jsonw_array(w, "Implements");
	jsonw_str(w, NULL, "VolumeDriver");
	jsonw_end(w);
	return 0;
}

static int do_capabilities(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	(void)s, (void)q, (void)err;
	jsonw_object(w, "Capabilities");
	jsonw_str(w, "Scope", "local");
	jsonw_end(w);
	return 0;
}

static int do_create(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_strv struct strv options = STRV_INIT;
	struct volume_request req = { .options = &options };
	int r = need_name(q, &req.name, err);

	(void)w;
	if (r < 0)
		return r;
	json_for_each(o, json_get(q, "Opts")) {
		const char *key = json_key(o), *value = json_str(o);
		auto_free char *option = key && value ? str_format("%s=%s", key, value) : NULL;

		if (!option)
			return error_msg(err, EINVAL, "option '%.64s' is no string", key ? key : "");
		if (strv_set_env(&options, option) < 0)
			return error_set(err, ENOMEM, "cannot create volume '%s'", req.name);
	}
	return volume_create(s, &req, &v, NULL, err);
}

static int do_remove(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	const char *name = NULL;
	int r = need_name(q, &name, err);

	(void)w;
	return r < 0 ? r : volume_remove(s, name, false, err);
}

/* The last one that has it takes it away. Whether it was the last: its directory of IDs can be removed. */
static int let_go(const struct store *s, int dir, const char *name, const char *id, struct error *err)
{
	auto_free char *file = str_format("%s/%s", name, id);

	if (!file)
		return error_set(err, ENOMEM, "cannot unmount volume '%s'", name);
	if (unlinkat(dir, file, 0) < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot unmount volume '%s'", name);
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return 0;
	return volume_host_unmount(s, name, err);
}

static int hold(int dir, const char *name, const char *id, struct error *err)
{
	auto_free char *file = str_format("%s/%s", name, id);
	auto_close int fd = FD_NONE;

	if (!file || (mkdirat(dir, name, 0700) < 0 && errno != EEXIST))
		return error_set(err, errno, "cannot record the mount of volume '%s'", name);
	fd = openat(dir, file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? error_set(err, errno, "cannot record the mount of volume '%s'", name) : 0;
}

/* The mount of a client that is written down as having the volume; it is no more if that fails. */
static int mount_held(const struct store *s, int dir, const char *name, const char *id, struct jsonw *w,
		      struct error *err)
{
	auto_free char *path = NULL;
	int r = volume_host_mount(s, name, &path, err);

	if (r < 0)
		(void)let_go(s, dir, name, id, NULL);
	else
		jsonw_str(w, "Mountpoint", path);
	return MIN(r, 0);
}

static int do_mount(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	/* Shared with whoever mounts; nobody removes the volume meanwhile. */
	auto_close int store = store_lock(s, /* exclusive= */ false, err);
	auto_close int dir = FD_NONE, lock = FD_NONE;
	const char *name = NULL, *id = NULL;
	int r = store < 0 ? store : need_name(q, &name, err);

	if (r == 0)
		r = get_id(q, &id, err);
	if (r == 0)
		r = volume_open(s, name, &v, err);
	if (r < 0)
		return r;
	lock = holds_lock(s, &dir, err);
	r = lock < 0 ? lock : hold(dir, name, id, err);
	if (r < 0)
		return r;
	return mount_held(s, dir, name, id, w, err);
}

static int do_unmount(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = FD_NONE, lock = FD_NONE;
	const char *name = NULL, *id = NULL;
	int r = need_name(q, &name, err);

	(void)w;
	if (r == 0)
		r = get_id(q, &id, err);
	if (r == 0)
		r = volume_open(s, name, &v, err);
	if (r < 0)
		return r;
	lock = holds_lock(s, &dir, err);
	return lock < 0 ? lock : let_go(s, dir, name, id, err);
}

static int do_get(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	const char *name = NULL;
	int r = need_name(q, &name, err);

	if (r == 0)
		r = volume_open(s, name, &v, err);
	if (r == 0)
		add_volume(s, &v, w, "Volume");
	return r;
}

static int do_path(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	const char *name = NULL;
	int r = need_name(q, &name, err);

	if (r == 0)
		r = volume_open(s, name, &v, err);
	if (r == 0)
		add_mountpoint(s, &v, w);
	return r;
}

static int do_list(const struct store *s, const struct json *q, struct jsonw *w, struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	int r = volume_names(s, &names, err);

	(void)q;
	if (r < 0)
		return r;
	jsonw_array(w, "Volumes");
	strv_for_each(i, &names) {
		auto_volume struct volume v = VOLUME_INIT;

		/* Removed meanwhile, or damaged: `system check` tells. */
		if (volume_open(s, names.v[i], &v, NULL) == 0)
			add_volume(s, &v, w, NULL);
	}
	jsonw_end(w);
	return 0;
}

static const struct {
	const char *path;
	int (*run)(const struct store *s, const struct json *q, struct jsonw *w, struct error *err);
} requests[] = {
	{ "/Plugin.Activate", do_activate },	 { "/VolumeDriver.Capabilities", do_capabilities },
	{ "/VolumeDriver.Create", do_create },	 { "/VolumeDriver.Remove", do_remove },
	{ "/VolumeDriver.Mount", do_mount },	 { "/VolumeDriver.Unmount", do_unmount },
	{ "/VolumeDriver.Get", do_get },	 { "/VolumeDriver.Path", do_path },
	{ "/VolumeDriver.List", do_list },
};

/* A failure's answer, in place of what was written so far. */
static int answer_error(struct buf *out, int status, const char *message)
{
	struct jsonw w = JSONW_INIT(out, 0);

	buf_truncate(out, 0);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "Err", message);
	jsonw_end(&w);
	return status;
}

int plugin_answer(const struct store *s, const char *path, size_t path_len, const char *body, size_t body_len,
		  struct buf *out)
{
	auto_json struct json *q = NULL;
	struct error err = ERROR_INIT;
	struct jsonw w = JSONW_INIT(out, 0);
	size_t i = 0;

	while (i < ARRAY_SIZE(requests) &&
	       (strlen(requests[i].path) != path_len || memcmp(requests[i].path, path, path_len) != 0))
		i++;
	if (i == ARRAY_SIZE(requests))
		return answer_error(out, 404, "no such request");
	if (body_len > 0 && json_parse(body, body_len, &q, &err) < 0)
		return answer_error(out, 400, err.msg);
	jsonw_object(&w, NULL);
	if (requests[i].run(s, q, &w, &err) < 0)
		return answer_error(out, 500, err.msg);
	jsonw_str(&w, "Err", "");
	jsonw_end(&w);
	return buf_failed(out) ? 500 : 200;
}
