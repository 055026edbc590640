/* SPDX-License-Identifier: Apache-2.0 */
/* run, start, stop, kill, wait, rm. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/lock.h"
#include "runtime/create.h"
#include "runtime/destroy.h"
#include "runtime/record.h"
#include "runtime/signals.h"
#include "runtime/supervise.h"
#include "sys/syscalls.h"

/* docker's status for a start of which the exit code nobody saw. */
#define EXIT_CODE_UNKNOWN 255

static int check_terminal(const struct run_request *req, struct error *err)
{
	if (!req->tty || !req->interactive || req->detach || isatty(STDIN_FILENO))
		return 0;
	(void)error_msg(err, ENOTTY, "the input device is not a TTY");
	(void)error_status(err, 0, 1);
	return error_hint(err, -ENOTTY, "leave out -t when standard input is a pipe or a file");
}

int container_run(const struct store *s, const struct run_request *req, char ret_id[ID_SIZE],
		  int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = check_terminal(req, err);

	if (r == 0)
		r = container_make(s, req, req->remove && !req->detach, &c, err);
	if (r < 0)
		return r;
	memcpy(ret_id, c.id, ID_SIZE);
	*ret_status = 0;
	if (req->detach)
		r = supervise_detached(s, &c, err);
	else
		r = supervise_foreground(s, &c, req->interactive, ret_status, err);
	/* What never ran is of no use to anybody: a failed `run` leaves no container (docker's does). */
	if (r < 0 && !c.state.started[0] && !c.config.remove)
		(void)container_destroy(s, &c, true, NULL);
	return r;
}

int container_start(const struct store *s, const char *what, const struct start_request *req,
		    int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	*ret_status = 0;
	/* As docker: starting what runs already is no error. */
	if (c.state.status == CONTAINER_RUNNING)
		return 0;
	r = container_lock(&c, false, err);
	if (r < 0)
		return r;
	if (c.state.status == CONTAINER_RUNNING)
		return 0;
	if (ftruncate(c.lock_fd, 0) < 0)
		return error_set(err, errno, "cannot clear the last exit status of '%s'", what);
	if (!req->attach)
		return supervise_detached(s, &c, err);
	return supervise_foreground(s, &c, req->interactive, ret_status, err);
}

/*
 * Wait until whoever supervises the container has recorded its end: its lock is free then. An orphan has
 * no supervisor; its process is waited for. @timeout_ms -1: for ever. Return: 1 ended, 0 not yet, -errno.
 */
static int wait_process(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int wait_recorded(struct container *c, int *ret_status, struct error *err)
{
	auto_close int lock = openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int r = lock < 0 ? 0 : lock_take(lock, false, true);

	if (r < 0)
		return error_set(err, r, "cannot wait for container '%s'", c->id);
	if (lock < 0 || container_exit_code_get(lock, ret_status) < 0)
		*ret_status = c->state.status == CONTAINER_EXITED ? c->state.exit_code
								   : EXIT_CODE_UNKNOWN;
	return 0;
}

int container_wait(const struct store *s, const char *what, int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = FD_NONE;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	*ret_status = c.state.exit_code;
	if (c.state.status != CONTAINER_RUNNING && c.state.status != CONTAINER_PAUSED)
		return 0;
	pidfd = container_process(&c);
	r = pidfd < 0 ? 0 : wait_process(pidfd, -1);
	return r < 0 ? error_set(err, r, "cannot wait for container '%s'", what)
		     : wait_recorded(&c, ret_status, err);
}

static int not_running(const char *what, struct error *err)
{
	return error_msg(err, ESRCH, "container %s is not running", what);
}

int container_kill(const struct store *s, const char *what, const char *signal, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = FD_NONE;
	int sig = signal_parse(signal ? signal : "KILL", err), r, ignored;

	if (sig < 0)
		return sig;
	r = container_open(s, what, &c, err);
	if (r < 0)
		return r;
	pidfd = container_process(&c);
	if (pidfd < 0)
		return not_running(what, err);
	r = sys_pidfd_send_signal(pidfd, sig);
	if (r == -ESRCH)
		return not_running(what, err);
	if (r < 0)
		return error_set(err, r, "cannot send signal %d to container '%s'", sig, what);
	if (sig != SIGKILL)
		return 0;
	/* docker returns when a killed container has ended: so that `rm` works next. */
	r = wait_process(pidfd, -1);
	return r < 0 ? error_set(err, r, "cannot wait for container '%s'", what)
		     : wait_recorded(&c, &ignored, err);
}

static int end_process(const struct container *c, int pidfd, int timeout, struct error *err)
{
	int sig = c->config.stop_signal ? signal_parse(c->config.stop_signal, err) : SIGTERM;
	int r = sig < 0 ? sig : sys_pidfd_send_signal(pidfd, sig);

	if (r == 0)
		r = wait_process(pidfd, timeout < 0 ? -1 : timeout * 1000);
	if (r == 0)
		r = sys_pidfd_send_signal(pidfd, SIGKILL);
	if (r == 0)
		r = wait_process(pidfd, -1);
	if (r < 0 && r != -ESRCH)
		return sig < 0 ? r : error_set(err, r, "cannot stop container '%s'", c->id);
	return 0;
}

int container_stop(const struct store *s, const char *what, int timeout, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = FD_NONE;
	int ignored, r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	pidfd = container_process(&c);
	if (pidfd < 0)
		return 0;
	r = end_process(&c, pidfd, timeout >= 0 ? timeout : c.config.stop_timeout, err);
	return r == 0 ? wait_recorded(&c, &ignored, err) : r;
}

int container_remove(const struct store *s, const char *what, unsigned flags, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = FD_NONE;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	pidfd = container_process(&c);
	if (pidfd >= 0 && !(flags & REMOVE_FORCE)) {
		(void)error_msg(err, EBUSY, "cannot remove container \"%s\": container is running", what);
		return error_hint(err, -EBUSY, "stop it first (berth stop %s) or use --force", what);
	}
	if (pidfd >= 0) {
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
		(void)wait_process(pidfd, -1);
	}
	r = container_lock(&c, true, err);
	/* With --rm its own supervisor was quicker. */
	if (r == -ENOENT && pidfd >= 0)
		return 0;
	return r < 0 ? r : container_destroy(s, &c, flags & REMOVE_VOLUMES, err);
}
