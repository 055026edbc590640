/* SPDX-License-Identifier: Apache-2.0 */
#include "template/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/lock.h"
#include "store/records.h"

static const char *const backend_names[] = {
	[BACKEND_AUTO] = "auto", [BACKEND_FUSE] = "fuse", [BACKEND_LOOP] = "loop", [BACKEND_NBD] = "nbd",
};

const char *backend_name(enum mount_backend b)
{
	return backend_names[b];
}

int backend_parse(const char *name, enum mount_backend *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(backend_names); i++) {
		if (STREQ(name, backend_names[i])) {
			*ret = (enum mount_backend)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* The strings of a record and their keys. */
static const struct {
	const char *key;
	size_t offset;
} strings[] = {
	{ "TemplateID", offsetof(struct mount_record, template_id) },
	{ "BuildID", offsetof(struct mount_record, build_id) },
	{ "MountPath", offsetof(struct mount_record, path) },
	{ "MadePath", offsetof(struct mount_record, made) },
	{ "Options", offsetof(struct mount_record, options) },
	{ "Persist", offsetof(struct mount_record, persist) },
	{ "Location", offsetof(struct mount_record, location) },
	{ "MountedAt", offsetof(struct mount_record, mounted_at) },
	{ "DevicePath", offsetof(struct mount_record, device) },
};

static char **string_of(const struct mount_record *r, size_t i)
{
	return (char **)((uintptr_t)r + strings[i].offset);
}

void mount_record_done(struct mount_record *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(*string_of(r, i));
	*r = MOUNT_RECORD_INIT;
}

int mount_records_lock(const struct store *s, struct error *err)
{
	auto_close int dir = record_run_dir(s, "mounts", err);
	auto_close int fd = FD_NONE;
	int r;

	if (dir < 0)
		return dir;
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	r = fd < 0 ? -errno : lock_take(fd, true, true);
	return r < 0 ? error_set(err, r, "cannot lock '%s/mounts/lock'", s->state) : take_fd(&fd);
}

int mount_record_ids(const struct store *s, struct strv *ret, struct error *err)
{
	auto_free char *path = str_format("%s/mounts", s->state);
	auto_close int dir = path ? dir_open(AT_FDCWD, path) : -ENOMEM;
	auto_strv struct strv names = STRV_INIT;
	int r = dir < 0 ? dir : dir_list(dir, &names);

	if (dir == -ENOENT)
		return 0;
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (id_is_valid(names.v[i]))
			r = strv_add(ret, names.v[i]);
	}
	return r < 0 ? error_set(err, r, "cannot read '%s/mounts'", s->state) : 0;
}

int mount_record_dir(const struct store *s, const char *id)
{
	auto_free char *path = str_format("%s/mounts/%s", s->state, id);

	return path ? dir_open(AT_FDCWD, path) : -ENOMEM;
}

char *mount_data_path(const struct store *s, const char *id, const char *name)
{
	return str_format("%s/mounts/%s%s%s", s->root, id, *name ? "/" : "", name);
}

static int write_record(int dir_fd, const struct mount_record *r)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 1);

	jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		jsonw_str(&w, strings[i].key, *string_of(r, i) ? *string_of(r, i) : "");
	jsonw_str(&w, "Backend", backend_name(r->backend));
	jsonw_bool(&w, "ReadOnly", r->read_only);
	jsonw_uint(&w, "DeviceSlot", r->slot);
	jsonw_uint(&w, "FsDevice", r->fs_device);
	jsonw_end(&w);
	if (buf_failed(&text))
		return -ENOMEM;
	return file_replace_at(dir_fd, "record.json", buf_str(&text), text.len, 0);
}

int mount_record_write(const struct store *s, const struct mount_record *r, struct error *err)
{
	auto_close int dir = mount_record_dir(s, r->id);
	int n = dir < 0 ? dir : write_record(dir, r);

	return n < 0 ? error_set(err, n, "cannot write the record of the mount at '%s'", r->path) : 0;
}

static int parse_record(const struct json *doc, struct mount_record *r)
{
	const char *backend = json_get_str(doc, "Backend");

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		const char *text = json_get_str(doc, strings[i].key);

		*string_of(r, i) = strdup(text ? text : "");
		if (!*string_of(r, i))
			return -ENOMEM;
	}
	r->read_only = json_bool(json_get(doc, "ReadOnly"), false);
	r->slot = (uint64_t)json_int(json_get(doc, "DeviceSlot"), 0);
	r->fs_device = (uint64_t)json_int(json_get(doc, "FsDevice"), 0);
	return backend ? backend_parse(backend, &r->backend) : -EINVAL;
}

int mount_record_read(const struct store *s, const char *id, struct mount_record *ret,
		      struct error *err)
{
	auto_mount_record struct mount_record record = MOUNT_RECORD_INIT;
	auto_close int dir = mount_record_dir(s, id);
	auto_json struct json *doc = NULL;
	int r = dir < 0 ? dir : json_read_at(dir, "record.json", &doc, NULL);

	if (r == 0)
		r = parse_record(doc, &record);
	if (r < 0)
		return error_set(err, r, "cannot read the record of mount '%s'", id);
	memcpy(record.id, id, ID_SIZE);
	*ret = record;
	record = MOUNT_RECORD_INIT;
	return 0;
}

static int open_lock(int dir_fd)
{
	int fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

int mount_record_hold(const struct store *s, const char *id, bool wait)
{
	auto_close int dir = mount_record_dir(s, id);
	auto_close int fd = dir < 0 ? dir : openat(dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int r;

	if (dir < 0 || fd < 0)
		return dir < 0 ? dir : -errno;
	r = lock_take(fd, true, wait);
	if (r < 0)
		return r;
	/* Whoever had it may have removed the mount. */
	return faccessat(dir, "record.json", F_OK, 0) < 0 ? -errno : take_fd(&fd);
}

/* ROOT/mounts/<id>, with the link by which one that is left over is told from one of another RUN. */
static int make_data_dir(const struct store *s, const char *id, struct error *err)
{
	auto_close int mounts = store_dir(s, "mounts", err);
	auto_free char *target = str_format("%s/mounts/%s", s->state, id);
	auto_close int dir = FD_NONE;
	int r = 0;

	if (mounts < 0)
		return mounts;
	dir = target ? dir_make_open(mounts, id, 0700) : -ENOMEM;
	if (dir < 0)
		r = dir;
	else if (symlinkat(target, dir, "record") < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot make '%s/mounts/%s'", s->root, id) : 0;
}

/* Under a hidden name until it is whole. Return: the lock. */
static int make_state_dir(int mounts, struct mount_record *r)
{
	auto_free char *hidden = str_format(".%s", r->id);
	auto_close int dir = hidden ? dir_make_open(mounts, hidden, 0700) : -ENOMEM;
	auto_close int lock = dir < 0 ? dir : open_lock(dir);
	int n = lock < 0 ? lock : lock_take(lock, true, false);

	if (n == 0)
		n = write_record(dir, r);
	if (n == 0 && renameat(mounts, hidden, mounts, r->id) < 0)
		n = -errno;
	if (n < 0 && hidden)
		(void)tree_remove(mounts, hidden);
	return n < 0 ? n : take_fd(&lock);
}

int mount_record_make(const struct store *s, struct mount_record *r, struct error *err)
{
	auto_close int mounts = record_run_dir(s, "mounts", err);
	auto_close int lock = FD_NONE;
	int n = mounts < 0 ? mounts : id_random(r->id);

	if (n == 0) {
		lock = make_state_dir(mounts, r);
		n = lock < 0 ? lock : 0;
	}
	if (n < 0)
		return error_set(err, n, "cannot make a record in '%s/mounts'", s->state);
	n = make_data_dir(s, r->id, err);
	if (n < 0) {
		(void)mount_record_remove(s, r->id, NULL);
		return n;
	}
	return take_fd(&lock);
}

/* The record last: what it speaks of must be gone before. */
int mount_record_remove(const struct store *s, const char *id, struct error *err)
{
	auto_close int data = store_dir(s, "mounts", err);
	auto_close int mounts = record_run_dir(s, "mounts", err);
	auto_free char *hidden = str_format(".%s", id);
	int r = data < 0 ? data : mounts < 0 ? mounts : hidden ? 0 : -ENOMEM;

	if (r == 0)
		r = tree_remove(data, id);
	if (r == 0 && renameat(mounts, id, mounts, hidden) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0)
		r = tree_remove(mounts, hidden);
	return r < 0 ? error_set(err, r, "cannot remove the record of mount '%s'", id) : 0;
}

static void write_process(struct jsonw *w, const char *key, const struct mount_process *p)
{
	jsonw_object(w, key);
	jsonw_int(w, "Pid", p->pid);
	jsonw_uint(w, "StartTime", p->start);
	jsonw_end(w);
}

static void read_process(const struct json *doc, struct mount_process *ret)
{
	ret->pid = (pid_t)json_int(json_get(doc, "Pid"), 0);
	ret->start = (uint64_t)json_int(json_get(doc, "StartTime"), 0);
}

int mount_server_read(int dir_fd, struct mount_server *ret)
{
	auto_json struct json *doc = NULL;
	int r = json_read_at(dir_fd, "server.json", &doc, NULL);

	*ret = (struct mount_server){ .restarts = 0 };
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	read_process(json_get(doc, "Holder"), &ret->holder);
	read_process(json_get(doc, "Server"), &ret->server);
	ret->restarts = (uint64_t)json_int(json_get(doc, "Restarts"), 0);
	return 0;
}

int mount_server_write(int dir_fd, const struct mount_server *v)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);

	jsonw_object(&w, NULL);
	write_process(&w, "Holder", &v->holder);
	write_process(&w, "Server", &v->server);
	jsonw_uint(&w, "Restarts", v->restarts);
	jsonw_end(&w);
	if (buf_failed(&text))
		return -ENOMEM;
	return file_replace_at(dir_fd, "server.json", buf_str(&text), text.len, 0);
}

struct mount_shared *mount_shared_map(int dir_fd, struct error *err)
{
	auto_close int fd = openat(dir_fd, "shared", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *map;

	if (fd < 0 || ftruncate(fd, sizeof(struct mount_shared)) < 0) {
		(void)error_set(err, errno, "cannot make a mount's shared file");
		return NULL;
	}
	map = mmap(NULL, sizeof(struct mount_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		(void)error_set(err, errno, "cannot map a mount's shared file");
		return NULL;
	}
	return map;
}
