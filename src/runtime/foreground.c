/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "runtime/destroy.h"
#include "runtime/event.h"
#include "runtime/session.h"
#include "runtime/supervise.h"

int container_finish(const struct store *s, struct container *c, int exit_code, const char *error,
		     struct error *err)
{
	bool ran = container_is_active(c);
	int r;

	/* First where a waiting process reads it even if the directory is gone a moment later. */
	(void)container_exit_code_put(c->lock_fd, exit_code);
	/* What can't be removed now is by the next command. */
	if (!c->config.remove)
		(void)container_cgroup_end(c, NULL);
	else if (!limits_is_default(&c->config.limits))
		c->state.oom_killed = container_cgroup_oom(c);
	/* Before the state says so: who waits for that may have more to tell. */
	if (ran)
		container_event_died(s, c, exit_code);
	if (!c->config.remove)
		return container_set_exited(c, exit_code, error, err);
	r = container_destroy(s, c, true, err);
	if (ran && r == 0)
		container_event(s, c, "destroy", NULL);
	return r;
}

static int start(const struct store *st, struct container *c, bool interactive, struct session *s,
		 struct error *err)
{
	struct launch_options o = {
		.stdio = { interactive ? STDIN_FILENO : FD_NONE, FD_NONE, FD_NONE },
		.die_with_parent = true,
		.size = terminal_size(STDOUT_FILENO),
	};
	int r = session_begin(s, err);

	if (r < 0)
		return r;
	o.signals = s->before;
	r = container_launch(st, c, &o, &s->child, err);
	if (r == 0)
		r = session_attach(s, interactive, err);
	if (r == 0)
		r = container_set_running(c, s->child.pid, false, err);
	if (r == 0)
		container_event_started(st, c, true);
	return r;
}

int supervise_foreground(const struct store *st, struct container *c, bool interactive,
			 int *ret_status, struct error *err)
{
	auto_session struct session s = SESSION_INIT;
	int code, r = start(st, c, interactive, &s, err);

	if (r < 0) {
		int status = err && err->status ? err->status : 125;

		session_kill(&s);
		(void)container_finish(st, c, status, err ? err->msg : NULL, NULL);
		return error_status(err, r, status);
	}
	code = session_run(&s, err);
	if (code < 0)
		return code;
	/* The container's own exit status counts even if the clean-up after it does not go well. */
	*ret_status = code;
	return container_finish(st, c, code, NULL, err);
}
