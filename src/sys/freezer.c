/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/freezer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/fs.h"

#define CGROUP2_MAGIC	0x63677270
#define PREFIX		"berth-"
#define MAX_ROUNDS	1000 /* of a container that forks while its processes are collected */

/* Where a freezer can be: v2 alone, v2 beside v1 (its freezer needs no controller), v1. */
static const struct {
	const char *dir;
	bool v2;
} hierarchies[] = {
	{ "/sys/fs/cgroup", true },
	{ "/sys/fs/cgroup/unified", true },
	{ "/sys/fs/cgroup/freezer", false },
};

static const char *find_hierarchy(bool *ret_v2)
{
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		struct statfs fs;

		if (statfs(hierarchies[i].dir, &fs) < 0 ||
		    (fs.f_type == CGROUP2_MAGIC) != hierarchies[i].v2)
			continue;
		if (!hierarchies[i].v2 && access("/sys/fs/cgroup/freezer/cgroup.procs", F_OK) < 0)
			continue;
		*ret_v2 = hierarchies[i].v2;
		return hierarchies[i].dir;
	}
	return NULL;
}

static int write_file(int dir, const char *name, const char *text)
{
	auto_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static int read_file(int dir, const char *name, struct buf *out)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_read_all(fd, out);
}

/* The path, below the hierarchy, of the cgroup that @pid is in: cgroups(7), /proc/PID/cgroup. */
static char *cgroup_of(pid_t pid, const char *hierarchy, bool v2)
{
	auto_free char *path = str_format("/proc/%ld/cgroup", (long)pid);
	const char *mark = v2 ? "0::/" : ":freezer:/";
	auto_buf struct buf text = BUF_INIT;
	const char *p;

	if (!path || read_file(AT_FDCWD, path, &text) < 0)
		return NULL;
	p = strstr(buf_str(&text), mark);
	if (!p)
		return NULL;
	p += strlen(mark) - 1;
	return str_format("%s%.*s", hierarchy, (int)strcspn(p, "\n"), p);
}

/* Move every process of the namespace @ns that is not there yet. Return: how many, or -errno. */
static int move_processes(const struct stat *ns, int cgroup)
{
	auto_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_buf struct buf members = BUF_INIT;
	auto_strv struct strv names = STRV_INIT;
	int moved = 0, r = proc < 0 ? -errno : dir_list(proc, &names);

	buf_addc(&members, '\n');
	if (r == 0)
		r = read_file(cgroup, "cgroup.procs", &members);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *link = str_format("%s/ns/pid", names.v[i]);
		auto_free char *line = str_format("\n%s\n", names.v[i]);
		struct stat st;

		if (!link || !line)
			return -ENOMEM;
		if (names.v[i][0] < '0' || names.v[i][0] > '9' || fstatat(proc, link, &st, 0) < 0 ||
		    st.st_ino != ns->st_ino || strstr(buf_str(&members), line))
			continue;
		r = write_file(cgroup, "cgroup.procs", names.v[i]);
		r = r == -ESRCH ? 0 : r;
		moved++;
	}
	return r < 0 ? r : moved;
}

/* v2 says in cgroup.events when all are frozen, and wakes who polls it; v1 is asked again and again. */
static int wait_frozen(const struct freezer *f)
{
	const char *file = f->v2 ? "cgroup.events" : "freezer.state";
	const char *want = f->v2 ? "frozen 1" : "FROZEN";
	auto_close int fd = openat(f->dir_fd, file, O_RDONLY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < 10000; i++) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		auto_buf struct buf text = BUF_INIT;

		if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, &text) < 0)
			return -errno;
		if (strstr(buf_str(&text), want))
			return 0;
		if (poll(&p, 1, f->v2 ? 10 : 1) < 0 && errno != EINTR)
			return -errno;
	}
	return fd < 0 ? -errno : -ETIMEDOUT;
}

static int set_frozen(const struct freezer *f, bool frozen)
{
	if (f->v2)
		return write_file(f->dir_fd, "cgroup.freeze", frozen ? "1" : "0");
	return write_file(f->dir_fd, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

static int freeze_all(struct freezer *f, pid_t pid)
{
	auto_free char *link = str_format("/proc/%ld/ns/pid", (long)pid);
	struct stat ns;
	int moved = 1, r = 0;

	if (!link)
		return -ENOMEM;
	if (stat(link, &ns) < 0)
		return -errno;
	/* What is frozen can't fork, and children of members are members: once a round finds none, all are in. */
	for (int i = 0; moved > 0 && i < MAX_ROUNDS; i++) {
		moved = move_processes(&ns, f->dir_fd);
		if (moved < 0)
			return moved;
		r = set_frozen(f, true);
		if (r < 0)
			return r;
	}
	return wait_frozen(f);
}

int freezer_stop(const char *id, pid_t pid, struct freezer *ret, struct error *err)
{
	auto_freezer struct freezer f = FREEZER_INIT;
	const char *hierarchy = find_hierarchy(&f.v2);
	int r;

	if (!hierarchy)
		return error_msg(err, EOPNOTSUPP, "cannot pause: this host has no cgroup freezer");
	f.home = cgroup_of(pid, hierarchy, f.v2);
	f.path = str_format("%s/" PREFIX "%s", hierarchy, id);
	if (!f.path || !f.home)
		return error_set(err, ESRCH, "cannot find the cgroup of process %ld", (long)pid);
	if (mkdir(f.path, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "cannot make the cgroup '%s'", f.path);
	f.dir_fd = dir_open(AT_FDCWD, f.path);
	r = f.dir_fd < 0 ? f.dir_fd : freeze_all(&f, pid);
	if (r < 0)
		return error_set(err, r, "cannot freeze the container's processes");
	*ret = f;
	f = FREEZER_INIT;
	return 0;
}

/* Thaw the cgroup @dir and move what is in it to @home. */
static void empty_cgroup(int dir, const char *home, bool v2)
{
	struct freezer f = { .dir_fd = dir, .v2 = v2 };
	auto_close int to = dir_open(AT_FDCWD, home);
	auto_buf struct buf members = BUF_INIT;

	(void)set_frozen(&f, false);
	if (to < 0 || read_file(dir, "cgroup.procs", &members) < 0)
		return;
	for (const char *p = buf_str(&members); *p;) {
		size_t n = strcspn(p, "\n");
		auto_free char *pid = strndup(p, n);

		if (pid)
			(void)write_file(to, "cgroup.procs", pid);
		p += n + (p[n] == '\n');
	}
}

void freezer_done(struct freezer *f)
{
	if (f->dir_fd >= 0) {
		empty_cgroup(f->dir_fd, f->home, f->v2);
		(void)rmdir(f->path);
	}
	fd_close(&f->dir_fd);
	free(f->path);
	free(f->home);
	*f = FREEZER_INIT;
}

char *freezer_home(pid_t pid)
{
	bool v2;
	const char *hierarchy = find_hierarchy(&v2);

	return hierarchy ? cgroup_of(pid, hierarchy, v2) : NULL;
}

void freezer_clear(const char *id, const char *home)
{
	bool v2;
	const char *hierarchy = find_hierarchy(&v2);
	auto_free char *path = hierarchy ? str_format("%s/" PREFIX "%s", hierarchy, id) : NULL;
	auto_close int dir = path ? dir_open(AT_FDCWD, path) : FD_NONE;

	if (dir < 0)
		return;
	empty_cgroup(dir, home, v2);
	(void)rmdir(path);
}
