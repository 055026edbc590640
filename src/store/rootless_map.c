/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ids there are in an ordinary user's namespace. A map of more than one's own id takes privilege; newuidmap(1)
 * and newgidmap(1), of the package uidmap, have it and see to it that it is only what the administrator gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/strv.h"
#include "store/rootless_internal.h"
#include "store/subid.h"
#include "sys/userns.h"

#define FILE_LIMIT ((size_t)4 << 20)

/* A file that is not there, or not to be read, says nothing. */
static void read_file(const char *path, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fd_read_all(fd, out) < 0)
		buf_truncate(out, 0);
}

static void find_ids(struct id_ranges *uids, struct id_ranges *gids)
{
	auto_buf struct buf passwd = { .limit = FILE_LIMIT };
	auto_buf struct buf subuid = { .limit = FILE_LIMIT }, subgid = { .limit = FILE_LIMIT };
	auto_free char *name = NULL;

	read_file("/etc/subuid", &subuid);
	read_file("/etc/subgid", &subgid);
	if (subuid.len || subgid.len) {
		read_file("/etc/passwd", &passwd);
		name = subid_user_name(buf_str(&passwd), getuid());
	}
	subid_map(buf_str(&subuid), name, getuid(), getuid(), uids);
	subid_map(buf_str(&subgid), name, getuid(), getgid(), gids);
}

/* In PATH as the user has it; the program itself checks who asks for what. */
static char *find_program(const char *name)
{
	static const char usual[] = "/usr/bin:/bin:/usr/sbin:/sbin";
	const char *path = getenv("PATH");

	for (const char *p = path && *path ? path : usual; *p;) {
		size_t n = strcspn(p, ":");
		auto_free char *full = str_format("%.*s/%s", (int)n, p, name);

		if (full && *p == '/' && access(full, X_OK) == 0)
			return take_ptr(full);
		p += n + (p[n] == ':');
	}
	return NULL;
}

static int add_ranges(const struct id_ranges *ranges, struct strv *argv)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ranges->n; i++) {
		r = strv_take(argv, str_format("%u", ranges->v[i].on_disk));
		if (r == 0)
			r = strv_take(argv, str_format("%u", ranges->v[i].seen));
		if (r == 0)
			r = strv_take(argv, str_format("%u", ranges->v[i].count));
	}
	return r;
}

static int start_program(const char *name, pid_t pid, const struct id_ranges *ranges, struct child *ret,
			 struct error *err)
{
	auto_free char *path = find_program(name);
	auto_strv struct strv argv = STRV_INIT;

	if (!path) {
		(void)error_msg(err, ENOENT, "cannot map your subordinate ids: there is no %s", name);
		return error_hint(err, -ENOENT, "as root: apt-get install uidmap; without a line in /etc/subuid and "
						"/etc/subgid it is not needed");
	}
	if (strv_add(&argv, name) < 0 || strv_take(&argv, str_format("%ld", (long)pid)) < 0 ||
	    add_ranges(ranges, &argv) < 0)
		return error_set(err, ENOMEM, "cannot map your ids");
	return child_spawn(ret, path, argv.v, -1, -1, NULL, err);
}

static int finish_program(const char *name, struct child *c, struct error *err)
{
	int r = child_wait(c, err);

	if (r == 0)
		return 0;
	(void)error_msg(err, EPERM, "cannot map your subordinate ids: %s failed", name);
	return error_hint(err, -EPERM, "it must be set-user-ID root, and /etc/subuid and /etc/subgid must give the "
				       "ranges that they have to you");
}

/* Both at once: each takes half a millisecond to start. */
static int map_by_programs(pid_t pid, const struct id_ranges *uids, const struct id_ranges *gids,
			   struct error *err)
{
	auto_child struct child for_uids = CHILD_INIT, for_gids = CHILD_INIT;
	int r = start_program("newuidmap", pid, uids, &for_uids, err);

	if (r == 0)
		r = start_program("newgidmap", pid, gids, &for_gids, err);
	if (r == 0)
		r = finish_program("newuidmap", &for_uids, err);
	return r == 0 ? finish_program("newgidmap", &for_gids, err) : r;
}

/* One id each: without privilege no group may be dropped either, for its members may have less than others. */
static int map_own(pid_t pid, const struct id_ranges *uids, const struct id_ranges *gids, struct error *err)
{
	auto_free char *path = str_format("/proc/%ld/setgroups", (long)pid);
	auto_close int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : FD_NONE;
	int r = fd < 0 ? -errno : fd_write_all(fd, "deny", 4);

	if (r == 0)
		r = userns_write_map(pid, "uid_map", uids);
	if (r == 0)
		r = userns_write_map(pid, "gid_map", gids);
	return r < 0 ? error_set(err, r, "cannot map your ids") : 0;
}

int rootless_map(pid_t pid, struct error *err)
{
	struct id_ranges uids, gids;

	find_ids(&uids, &gids);
	if (uids.n > 1 && gids.n > 1)
		return map_by_programs(pid, &uids, &gids, err);
	uids.n = gids.n = 1;
	return map_own(pid, &uids, &gids, err);
}
