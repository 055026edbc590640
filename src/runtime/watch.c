/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

void watch_done(struct watch *w)
{
	fd_close(&w->inotify);
	fd_close(&w->monitor);
}

int watch_begin(struct watch *w, const struct container *c, struct error *err)
{
	auto_free char *path = str_format("/proc/self/fd/%d", c->dir_fd);

	w->inotify = path ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	if (w->inotify < 0 ||
	    inotify_add_watch(w->inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return error_set(err, errno, "cannot watch container '%s'", c->id);
	w->monitor = container_monitor(c);
	return 0;
}

int watch_wait(struct watch *w, int timeout_ms)
{
	struct pollfd p[] = { { .fd = w->inotify, .events = POLLIN },
			      { .fd = w->monitor, .events = POLLIN } };
	char events[4096];
	int n = poll(p, ARRAY_SIZE(p), timeout_ms);

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	while (read(w->inotify, events, sizeof(events)) > 0)
		continue;
	if (n == 0)
		return -ETIME;
	return w->monitor < 0 || p[1].revents ? 0 : 1;
}
