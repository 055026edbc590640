/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop, kill, wait. A container with --restart may be between two runs, or be started again at this
 * moment. So whoever ends it leaves the mark `stopped` in its record first, which the monitor looks at
 * after each end, and then goes on until the state says that it is over.
 */
#include "runtime/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/lock.h"
#include "runtime/cgroups.h"
#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/signals.h"
#include "runtime/watch.h"
#include "sys/syscalls.h"

#define MARK "stopped"

bool container_was_stopped(const struct container *c)
{
	return faccessat(c->dir_fd, MARK, F_OK, 0) == 0;
}

void container_unmark_stopped(const struct container *c)
{
	(void)unlinkat(c->dir_fd, MARK, 0);
}

static int mark_stopped(const struct container *c, struct error *err)
{
	/* Without --restart, too: `update` may give it one. */
	auto_close int fd = openat(c->dir_fd, MARK, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	/* A full disk: the monitor may restart it once more, and is found out. */
	return fd < 0 && errno != ENOSPC && errno != EDQUOT
		       ? error_set(err, errno, "cannot mark container '%s' as stopped", c->id)
		       : 0;
}

/* @timeout_ms -1: for ever. Return: 1 ended, 0 not yet, -errno. */
static int wait_process(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int open_lock(const struct container *c)
{
	return openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* Until whoever supervises the container has let go of it; it records the end before. */
static int wait_unlocked(const struct container *c)
{
	auto_close int lock = open_lock(c);

	return lock < 0 ? 0 : lock_take(lock, false, true);
}

/* Until the state is another one than that of the run of @pid. The process has ended, or there is none. */
static int wait_change(struct watch *w, struct container *c, struct error *err)
{
	bool waits = c->state.status == CONTAINER_RESTARTING;
	pid_t pid = c->state.pid;
	int more = w->monitor >= 0, r = container_reload(c, err);

	while (r == 0 && container_is_active(c) && c->state.pid == pid &&
	       (c->state.status == CONTAINER_RESTARTING) == waits) {
		more = more > 0 ? watch_wait(w, -1) : wait_unlocked(c);
		if (more < 0)
			return error_set(err, more, "cannot wait for container '%s'", c->id);
		r = container_reload(c, err);
	}
	return r;
}

static int send_signal(const struct store *s, const struct container *c, int pidfd, int sig)
{
	/* In this order: the end that comes of it is told after it. */
	container_event_signal(s, c, sig);
	return sys_pidfd_send_signal(pidfd, sig);
}

static int end_process(const struct store *s, const struct container *c, int pidfd, int sig, int timeout,
		       struct error *err)
{
	int r = send_signal(s, c, pidfd, sig);

	/* What is to end it ends a paused one too. */
	if (r == 0)
		container_cgroup_thaw(c);
	if (r == 0)
		r = wait_process(pidfd, timeout < 0 ? -1 : timeout * 1000);
	if (r == 0)
		r = send_signal(s, c, pidfd, SIGKILL);
	if (r == 0)
		r = wait_process(pidfd, -1);
	return r < 0 && r != -ESRCH ? error_set(err, r, "cannot stop container '%s'", c->id) : 0;
}

/* Not -ESRCH: it may well run, and would be waited for without end. */
static int unreachable(const struct container *c, int r, struct error *err)
{
	return error_set(err, r, "cannot open the process of container '%s'", c->id);
}

int container_end(const struct store *s, struct container *c, int sig, int timeout, struct error *err)
{
	auto_watch struct watch w = WATCH_INIT;
	int r = watch_begin(&w, c, err);

	if (r == 0)
		r = mark_stopped(c, err);
	if (r == 0)
		r = container_reload(c, err);
	while (r == 0 && container_is_active(c)) {
		auto_close int pidfd = container_process(c);

		if (pidfd >= 0)
			r = end_process(s, c, pidfd, sig, timeout, err);
		else if (pidfd != -ESRCH)
			r = unreachable(c, pidfd, err);
		else if (w.monitor >= 0)
			(void)sys_pidfd_send_signal(w.monitor, WAKE_SIGNAL);
		if (r == 0)
			r = wait_change(&w, c, err);
	}
	/* It lets go of the lock with its last breath: whoever starts the container next wants that. */
	if (r == 0 && w.monitor >= 0)
		(void)wait_process(w.monitor, -1);
	return r;
}

int container_stop(const struct store *s, const char *what, const struct stop_request *req,
		   struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	const char *name = req->signal;
	int sig = name ? signal_parse(name, err) : 0, r;

	if (sig < 0)
		return sig;
	r = container_open(s, what, &c, err);
	if (r < 0 || !container_is_active(&c))
		return r;
	if (!name)
		sig = c.config.stop_signal ? signal_parse(c.config.stop_signal, err) : SIGTERM;
	if (sig < 0)
		return sig;
	r = container_end(s, &c, sig, req->has_timeout ? req->timeout : c.config.stop_timeout, err);
	if (r == 0)
		container_event(s, &c, "stop", NULL);
	return r;
}

static int not_running(const char *what, struct error *err)
{
	return error_msg(err, ESRCH, "container %s is not running", what);
}

/* docker's: the signals that mean "stop" end --restart, others (HUP to reload) do not. */
static bool is_stop_signal(const struct container *c, int sig)
{
	return sig == (c->config.stop_signal ? signal_parse(c->config.stop_signal, NULL) : SIGTERM);
}

int container_kill(const struct store *s, const char *what, const char *signal, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = FD_NONE;
	int sig = signal_parse(signal ? signal : "KILL", err), r;

	if (sig < 0)
		return sig;
	r = container_open(s, what, &c, err);
	if (r < 0)
		return r;
	pidfd = container_process(&c);
	if (pidfd < 0 && pidfd != -ESRCH)
		return unreachable(&c, pidfd, err);
	if (pidfd < 0 && c.state.status != CONTAINER_RESTARTING)
		return not_running(what, err);
	/* docker returns when a killed container has ended: so that `rm` works next. */
	if (sig == SIGKILL || pidfd < 0)
		return container_end(s, &c, SIGKILL, -1, err);
	if (is_stop_signal(&c, sig))
		r = mark_stopped(&c, err);
	if (r == 0)
		r = send_signal(s, &c, pidfd, sig);
	if (r == 0 && is_stop_signal(&c, sig))
		container_cgroup_thaw(&c);
	if (r == -ESRCH)
		return not_running(what, err);
	return r < 0 ? error_set(err, r, "cannot send signal %d to container '%s'", sig, what) : 0;
}

/* The end of the run that there is now, or that comes next; with --restart it need not be the last. */
static int wait_run(struct container *c, int *ret_status, struct error *err)
{
	auto_watch struct watch w = WATCH_INIT;
	int r = watch_begin(&w, c, err);

	if (r == 0)
		r = container_reload(c, err);
	while (r == 0 && c->state.status == CONTAINER_RESTARTING)
		r = wait_change(&w, c, err);
	if (r == 0 && container_is_active(c)) {
		auto_close int pidfd = container_process(c);

		r = pidfd < 0 ? 0 : MIN(wait_process(pidfd, -1), 0);
		if (r == 0)
			r = wait_change(&w, c, err);
	}
	*ret_status = c->state.exit_code;
	return r;
}

/* The lock is opened first: with --rm the exit status is there when the record is gone. */
static int wait_end(struct container *c, int *ret_status, struct error *err)
{
	auto_close int lock = open_lock(c), pidfd = container_process(c);
	int r = pidfd < 0 ? 0 : wait_process(pidfd, -1);

	if (r >= 0)
		r = lock < 0 ? 0 : lock_take(lock, false, true);
	if (r < 0)
		return error_set(err, r, "cannot wait for container '%s'", c->id);
	if (lock < 0 || container_exit_code_get(lock, ret_status) < 0)
		*ret_status = EXIT_CODE_UNKNOWN;
	return 0;
}

int container_wait(const struct store *s, const char *what, int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	*ret_status = c.state.exit_code;
	if (!container_is_active(&c))
		return 0;
	return c.config.restart.kind != RESTART_NO ? wait_run(&c, ret_status, err)
						   : wait_end(&c, ret_status, err);
}
