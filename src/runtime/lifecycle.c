/* SPDX-License-Identifier: Apache-2.0 */
/* run, start, restart, rm. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/lock.h"
#include "runtime/cgroups.h"
#include "runtime/create.h"
#include "runtime/destroy.h"
#include "runtime/event.h"
#include "runtime/record.h"
#include "runtime/stop.h"
#include "runtime/supervise.h"
#include "runtime/terminal.h"
#include "sys/syscalls.h"

/* A foreground container ends with its berth: nobody is there to start it again. */
static int check_restart(const struct run_request *req, struct error *err)
{
	struct restart_policy p = { 0 };
	int r = req->restart ? restart_policy_parse(req->restart, &p, err) : 0;

	if (r < 0 || p.kind == RESTART_NO || req->detach)
		return r;
	(void)error_msg(err, EINVAL, "--restart %s: a container in the foreground is not restarted", req->restart);
	return error_hint(err, -EINVAL, "add -d");
}

int container_run(const struct store *s, const struct run_request *req, char ret_id[ID_SIZE],
		  int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = terminal_needed(req->tty && req->interactive && !req->detach, err);

	if (r == 0)
		r = check_restart(req, err);
	if (r == 0)
		r = container_make(s, req, req->remove && !req->detach, &c, err);
	if (r < 0)
		return r;
	memcpy(ret_id, c.id, ID_SIZE);
	c.is_new = true;
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
	r = container_lock(&c, false, err);
	/* As docker: starting what runs already is no error. */
	if (r == -EBUSY && c.state.status == CONTAINER_PAUSED)
		return error_msg(err, EBUSY, "cannot start a paused container, try unpause instead");
	if (r == -EBUSY && container_is_active(&c))
		return 0;
	if (r < 0)
		return r;
	/* Its lock was free: it has no monitor any more. */
	if (container_is_active(&c))
		return supervise_detached(s, &c, err);
	container_unmark_stopped(&c);
	c.state.restarts = 0;
	if (!req->attach)
		return supervise_detached(s, &c, err);
	r = container_exit_code_clear(c.lock_fd, false);
	if (r < 0)
		return error_set(err, r, "cannot clear the last exit status of '%s'", what);
	return supervise_foreground(s, &c, req->interactive, ret_status, err);
}

int container_restart(const struct store *s, const char *what, const struct stop_request *req,
		      struct error *err)
{
	const struct start_request start = { 0 };
	auto_container struct container c = CONTAINER_INIT;
	int status, r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	if (container_is_active(&c) && c.config.remove) {
		(void)error_msg(err, EINVAL, "cannot restart container %s: it is removed when it stops", what);
		return error_hint(err, -EINVAL, "it was started with --rm; `berth run` makes another one");
	}
	/* By its id: somebody may rename it meanwhile. */
	r = container_stop(s, c.id, req, err);
	if (r == 0)
		r = container_start(s, c.id, &start, &status, err);
	if (r == 0)
		container_event(s, &c, "restart", NULL);
	return r;
}

int container_remove(const struct store *s, const char *what, unsigned flags, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r = container_open(s, what, &c, err);
	bool ran;

	if (r < 0)
		return r;
	ran = container_is_active(&c);
	if (ran && !(flags & REMOVE_FORCE) && c.state.status == CONTAINER_PAUSED)
		return error_msg(err, EBUSY,
				 "cannot remove container \"%s\": container is paused and must be unpaused first",
				 what);
	if (ran && !(flags & REMOVE_FORCE)) {
		(void)error_msg(err, EBUSY, "cannot remove container \"%s\": container is running", what);
		return error_hint(err, -EBUSY, "stop it first (berth stop %s) or use --force", what);
	}
	if (ran)
		r = container_end(s, &c, SIGKILL, -1, err);
	if (r == 0)
		r = container_lock(&c, true, err);
	/* With --rm its own supervisor was quicker. */
	if (r == -ENOENT && ran)
		return 0;
	if (r == 0)
		r = container_destroy(s, &c, flags & REMOVE_VOLUMES, err);
	if (r == 0)
		container_event(s, &c, "destroy", NULL);
	return r;
}
