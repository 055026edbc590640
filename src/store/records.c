/* SPDX-License-Identifier: Apache-2.0 */
#include "store/records.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/id.h"

#define LINK "record"

/* Where the link in @dir leads, or NULL. */
static char *read_link(int dir)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, LINK, target, sizeof(target) - 1);

	if (n <= 0 || target[0] != '/')
		return NULL;
	target[n] = '\0';
	return str_format("%s", target);
}

static int open_record(const struct store *s, const char *id, char **ret_path)
{
	auto_free char *path = str_format("%s/containers/%s", s->root, id);
	auto_close int dir = path ? dir_open(AT_FDCWD, path) : -ENOMEM;

	if (dir < 0)
		return dir;
	if (faccessat(dir, "config.json", F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		free(path);
		path = read_link(dir);
		fd_close(&dir);
		dir = path ? dir_open(AT_FDCWD, path) : -ENOENT;
	}
	if (dir >= 0 && ret_path)
		*ret_path = take_ptr(path);
	return take_fd(&dir);
}

int record_open(const struct store *s, const char *id, char **ret_path, struct error *err)
{
	int fd = open_record(s, id, ret_path);

	if (fd == -ENOENT)
		return error_msg(err, ENOENT, "no such container: %s", id);
	return fd < 0 ? error_set(err, fd, "cannot open the record of container '%s'", id) : fd;
}

int record_ids(const struct store *s, struct strv *ret, struct error *err)
{
	auto_close int dir = store_dir(s, "containers", err);
	auto_strv struct strv names = STRV_INIT, ids = STRV_INIT;
	int r = dir < 0 ? dir : dir_list(dir, &names);

	if (dir < 0)
		return dir;
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_close int record = id_is_valid(names.v[i]) ? open_record(s, names.v[i], NULL)
								: FD_NONE;

		if (record >= 0)
			r = strv_add(&ids, names.v[i]);
	}
	if (r < 0)
		return error_set(err, r, "cannot read '%s/containers'", s->root);
	strv_done(ret);
	*ret = ids;
	ids = STRV_INIT;
	return 0;
}

int record_run_dir(const struct store *s, const char *which, struct error *err)
{
	auto_free char *path = str_format("%s/%s", s->state, which);
	int fd = path ? dir_open(AT_FDCWD, path) : -ENOMEM;

	if (fd == -ENOENT) {
		int r = dir_make(path, 0700);

		fd = r < 0 ? r : dir_open(AT_FDCWD, path);
	}
	return fd < 0 ? error_set(err, fd, "cannot open '%s/%s'", s->state, which) : fd;
}

int record_link(const struct store *s, int dir_fd, const char *id)
{
	auto_free char *path = str_format("%s/containers/%s", s->state, id);

	if (!path)
		return -ENOMEM;
	return symlinkat(path, dir_fd, LINK) < 0 ? -errno : 0;
}
