/* SPDX-License-Identifier: Apache-2.0 */
#include "template/busy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/path.h"
#include "sys/mountinfo.h"

#define MAX_NAMED 8 /* more than these are counted only */

static bool is_on(int dir, const char *name, uint64_t device)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && st.st_dev == device;
}

static bool has_open_file(int process, uint64_t device)
{
	auto_close int dir = dir_open(process, "fd");
	auto_strv struct strv names = STRV_INIT;

	if (dir < 0 || dir_list(dir, &names) < 0)
		return false;
	strv_for_each(i, &names) {
		if (is_on(dir, names.v[i], device))
			return true;
	}
	return false;
}

/* Lines of maps: "START-END PERMS OFFSET MAJ:MIN INODE PATH", the device in two or more hex digits each. */
static bool has_mapping(int process, uint64_t device)
{
	auto_buf struct buf text = BUF_INIT;
	auto_free char *want = str_format(" %02x:%02x ", major((dev_t)device), minor((dev_t)device));

	return want && file_read_at(process, "maps", &text) == 0 && strstr(buf_str(&text), want);
}

static bool is_using(int process, uint64_t device)
{
	return is_on(process, "cwd", device) || is_on(process, "root", device) ||
	       is_on(process, "exe", device) || has_open_file(process, device) ||
	       has_mapping(process, device);
}

static void add_process(struct buf *out, int process, const char *pid)
{
	auto_buf struct buf name = BUF_INIT;

	(void)file_read_at(process, "comm", &name);
	buf_truncate(&name, strcspn(buf_str(&name), "\n"));
	buf_addf(out, "%spid %s (%s)", out->len ? ", " : "", pid, buf_str(&name));
}

static void add_processes(struct buf *out, uint64_t device)
{
	auto_close int proc = dir_open(AT_FDCWD, "/proc");
	auto_strv struct strv names = STRV_INIT;
	unsigned n = 0;
	uint64_t pid;

	if (proc < 0 || dir_list(proc, &names) < 0)
		return;
	strv_for_each(i, &names) {
		auto_close int process = parse_u64(names.v[i], INT32_MAX, &pid) == 0
						 ? dir_open(proc, names.v[i])
						 : FD_NONE;

		if (process >= 0 && is_using(process, device) && n++ < MAX_NAMED)
			add_process(out, process, names.v[i]);
	}
	if (n > MAX_NAMED)
		buf_addf(out, " and %u others", n - MAX_NAMED);
}

static void add_mounts(struct buf *out, const char *path)
{
	auto_buf struct buf info = BUF_INIT;
	auto_strv struct strv points = STRV_INIT;

	if (mountinfo_read(&info) < 0 || mountinfo_points(buf_str(&info), &points) < 0)
		return;
	strv_for_each(i, &points) {
		if (path_is_inside(points.v[i], path) && !STREQ(points.v[i], path))
			buf_addf(out, "%s'%s' is mounted in it", out->len ? ", " : "", points.v[i]);
	}
}

void busy_describe(struct buf *out, const char *path, uint64_t fs_device)
{
	add_processes(out, fs_device);
	add_mounts(out, path);
}
