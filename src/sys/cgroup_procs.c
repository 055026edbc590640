/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a cgroup: bringing them in, stopping all of them at once. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "sys/cgroup.h"
#include "sys/pidns.h"

#define MAX_ROUNDS    1000  /* of a container that forks while its processes are collected */
#define FREEZE_ROUNDS 10000 /* of a millisecond in version 1, of ten in version 2 */

int cgroup_add(const struct cgroup *cg, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%ld", (long)pid);
	for (size_t i = 0; i < cg->n; i++) {
		int r = cgroup_write(&cg->v[i], "cgroup.procs", text);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Move the process called @pid into those of the directories where it is not. Return: 1 if there was one, 0, -errno. */
static int move(const struct cgroup *cg, const char *pid, const struct buf members[])
{
	auto_free char *line = str_format("\n%s\n", pid);
	int moved = 0;

	for (size_t i = 0; line && i < cg->n; i++) {
		int r;

		if (strstr(buf_str(&members[i]), line))
			continue;
		r = cgroup_write(&cg->v[i], "cgroup.procs", pid);
		if (r < 0 && r != -ESRCH)
			return r;
		moved = 1;
	}
	return line ? moved : -ENOMEM;
}

static int gather(const struct cgroup *cg, const struct strv *pids, struct buf members[])
{
	int moved = 0, r = 0;

	for (size_t i = 0; r >= 0 && i < cg->n; i++) {
		buf_addc(&members[i], '\n');
		r = cgroup_read(&cg->v[i], "cgroup.procs", &members[i]);
	}
	for (size_t i = 0; r >= 0 && i < pids->n; i++) {
		r = move(cg, pids->v[i], members);
		moved += r > 0;
	}
	return r < 0 ? r : moved;
}

int cgroup_gather(const struct cgroup *cg, pid_t pid)
{
	struct buf members[CGROUP_CONTROLLERS];
	auto_strv struct strv pids = STRV_INIT;
	int r = pidns_processes(pid, &pids);

	if (r < 0)
		return r;
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		members[i] = BUF_INIT;
	r = gather(cg, &pids, members);
	for (size_t i = 0; i < CGROUP_CONTROLLERS; i++)
		buf_done(&members[i]);
	return r;
}

/* ---- freezer ----------------------------------------------------------------------------------------------- */

static int set_frozen(const struct cgroup_dir *d, bool frozen)
{
	if (d->v2)
		return cgroup_write(d, "cgroup.freeze", frozen ? "1" : "0");
	return cgroup_write(d, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

/* v2 says in cgroup.events when all are frozen, and wakes who polls it; v1 is asked again and again. */
static int wait_frozen(const struct cgroup_dir *d)
{
	auto_free char *path = path_join(d->path, d->v2 ? "cgroup.events" : "freezer.state");
	const char *want = d->v2 ? "frozen 1" : "FROZEN";
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : FD_NONE;

	for (int i = 0; fd >= 0 && i < FREEZE_ROUNDS; i++) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		auto_buf struct buf text = BUF_INIT;

		if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, &text) < 0)
			return -errno;
		if (strstr(buf_str(&text), want))
			return 0;
		if (poll(&p, 1, d->v2 ? 10 : 1) < 0 && errno != EINTR)
			return -errno;
	}
	return fd < 0 ? -errno : -ETIMEDOUT;
}

int cgroup_freeze(const struct cgroup *cg, pid_t pid)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_FREEZER);
	struct cgroup one = { .n = 1 };
	int moved = 1, r = 0;

	if (!d)
		return -EOPNOTSUPP;
	one.v[0] = *d;
	/* What is frozen can't fork, and children of members are members: once a round finds none, all are in. */
	for (int i = 0; r == 0 && moved > 0 && i < MAX_ROUNDS; i++) {
		moved = cgroup_gather(&one, pid);
		r = moved < 0 ? moved : set_frozen(d, true);
	}
	return r == 0 ? wait_frozen(d) : r;
}

int cgroup_thaw(const struct cgroup *cg)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_FREEZER);
	int r = d ? set_frozen(d, false) : 0;

	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

bool cgroup_is_frozen(const struct cgroup *cg)
{
	const struct cgroup_dir *d = cgroup_find(cg, CGROUP_FREEZER);
	auto_buf struct buf text = BUF_INIT;

	if (!d || cgroup_read(d, d->v2 ? "cgroup.freeze" : "freezer.state", &text) < 0)
		return false;
	return buf_str(&text)[0] == (d->v2 ? '1' : 'F');
}
