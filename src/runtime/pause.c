/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/lock.h"

#define MARK "paused"

static int make_mark(const struct container *c, const char *home, struct pause *p)
{
	p->mark_fd = openat(c->dir_fd, MARK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->mark_fd < 0)
		return -errno;
	p->dir_fd = c->dir_fd;
	return lock_take(p->mark_fd, true, false) < 0 ? -EBUSY
						      : fd_write_all(p->mark_fd, home, strlen(home));
}

int pause_begin(const struct container *c, struct pause *ret, struct error *err)
{
	auto_pause struct pause p = PAUSE_INIT;
	auto_free char *home = freezer_home(c->state.pid);
	int r;

	if (!home)
		return error_msg(err, EOPNOTSUPP, "cannot pause container %s: this host has no cgroup freezer",
				 c->id);
	r = make_mark(c, home, &p);
	if (r < 0) {
		p.dir_fd = FD_NONE;
		return error_set(err, r, "cannot pause container %s", c->id);
	}
	r = freezer_stop(c->id, c->state.pid, &p.freezer, err);
	if (r < 0)
		return r;
	*ret = p;
	p = PAUSE_INIT;
	return 0;
}

void pause_done(struct pause *p)
{
	freezer_done(&p->freezer);
	if (p->dir_fd >= 0)
		(void)unlinkat(p->dir_fd, MARK, 0);
	p->dir_fd = FD_NONE;
	fd_close(&p->mark_fd);
}

void pause_settle(const struct container *c)
{
	auto_close int fd = openat(c->dir_fd, MARK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	auto_buf struct buf home = { .limit = 4096 };

	if (fd < 0 || lock_take(fd, true, false) < 0)
		return;
	if (fd_read_all(fd, &home) == 0)
		freezer_clear(c->id, buf_str(&home));
	(void)unlinkat(c->dir_fd, MARK, 0);
}
