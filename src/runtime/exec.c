/* SPDX-License-Identifier: Apache-2.0 */
/* exec: berth's own side. What happens inside the container is in join.c. */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/background.h"
#include "runtime/build.h"
#include "runtime/container.h"
#include "runtime/entry.h"
#include "runtime/event.h"
#include "runtime/session.h"
#include "sys/syscalls.h"

static void joining_done(struct joining *j)
{
	strv_done(&j->env);
	strv_done(&j->argv);
	free(j->workdir);
	fd_close(&j->report_fd);
	fd_close(&j->tty_fd);
}
DEFINE_AUTO(joining, struct joining, joining_done)
#define auto_joining auto_clean(joining)

/* docker's words. */
static int not_running(const struct container *c, struct error *err)
{
	return error_msg(err, ESRCH, "container %s is not running", c->id);
}

static int open_running(const struct store *s, const char *what, struct container *c,
			struct error *err)
{
	int r = container_open(s, what, c, err);

	if (r < 0)
		return r;
	if (c->state.status == CONTAINER_PAUSED)
		return error_msg(err, EBUSY, "container %s is paused, unpause the container before exec",
				 c->id);
	r = container_process(c);
	return r < 0 ? not_running(c, err) : r;
}

static int copy_words(const struct exec_request *req, struct joining *j)
{
	const char *workdir = req->workdir ? req->workdir : j->config->workdir;
	int r = container_environment(j->config, j->tty, j->user.home, &j->env);

	strv_for_each(i, &req->env_unset)
		strv_unset_env(&j->env, req->env_unset.v[i]);
	for (size_t i = 0; r == 0 && i < req->env.n; i++)
		r = strv_set_env(&j->env, req->env.v[i]);
	if (r == 0)
		r = strv_copy(&j->argv, req->argv);
	j->workdir = strdup(workdir ? workdir : "/");
	return r == 0 && !j->workdir ? -ENOMEM : r;
}

static int prepare(const struct container *c, const struct exec_request *req, int pidfd,
		   struct joining *j, struct error *err)
{
	auto_close int root = entry_root(c->state.pid, pidfd);
	int r;

	if (root < 0)
		return not_running(c, err);
	if (req->workdir && req->workdir[0] != '/')
		return error_msg(err, EINVAL,
				 "the working directory '%s' is invalid, it needs to be an absolute path",
				 req->workdir);
	j->config = &c->config;
	j->record_fd = c->dir_fd;
	j->pidfd = pidfd;
	j->tty = req->tty;
	j->privileged = req->privileged;
	r = user_look_up(root, req->user ? req->user : c->config.user, &c->config.settings.groups, &j->user, err);
	if (r < 0)
		return r;
	r = copy_words(req, j);
	return r < 0 ? error_set(err, r, "cannot prepare the command") : 0;
}

/* Until both writers, the joining process and the program's, have let go of the pipe. */
static int read_reports(int fd, pid_t *ret_pid, struct error *err)
{
	struct join_report report = { 0 };
	int r = 0;

	while (fd_read_upto(fd, &report, sizeof(report)) == (ssize_t)sizeof(report)) {
		if (report.pid > 0) {
			*ret_pid = report.pid;
			continue;
		}
		report.err.msg[sizeof(report.err.msg) - 1] = '\0';
		report.err.hint[sizeof(report.err.hint) - 1] = '\0';
		if (err)
			*err = report.err;
		r = -MAX(report.err.code, 1);
	}
	if (r == 0 && *ret_pid == 0)
		return error_msg(err, EIO, "the process that joins the container was killed");
	return r;
}

static void reap(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

static int open_channels(struct joining *j, int *ret_report, int *ret_tty, struct error *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	*ret_report = p[0];
	j->report_fd = p[1];
	if (!j->tty)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) < 0)
		return error_set(err, errno, "cannot make a socket pair");
	*ret_tty = p[0];
	j->tty_fd = p[1];
	return 0;
}

/* When this returns 0 the program has been executed; it is a child of this process. */
static int launch(struct joining *j, struct launched *ret, struct error *err)
{
	auto_launched struct launched child = LAUNCHED_INIT;
	auto_close int report = FD_NONE, tty = FD_NONE;
	pid_t joiner;
	int r = open_channels(j, &report, &tty, err);

	if (r < 0)
		return r;
	joiner = fork();
	if (joiner == 0)
		container_join(j);
	if (joiner < 0)
		return error_set(err, errno, "cannot make a process");
	fd_close(&j->report_fd);
	fd_close(&j->tty_fd);
	if (tty >= 0)
		child.master = terminal_receive(tty);
	child.pid = 0;
	r = read_reports(report, &child.pid, err);
	reap(joiner);
	if (r < 0) {
		reap(child.pid);
		return r;
	}
	/* Ours and not waited for: the pid is its own. */
	child.pidfd = sys_pidfd_open(child.pid);
	if (child.pidfd < 0)
		return error_set(err, child.pidfd, "cannot watch process %ld", (long)child.pid);
	*ret = child;
	child = LAUNCHED_INIT;
	return 0;
}

int container_exec_start(const struct container *c, const struct exec_request *req, const int stdio[3],
			 struct launched *ret, struct error *err)
{
	auto_joining struct joining j = { .report_fd = FD_NONE, .tty_fd = FD_NONE };
	auto_close int pidfd = container_process(c);
	int r = pidfd < 0 ? not_running(c, err) : prepare(c, req, pidfd, &j, err);

	if (r < 0)
		return r;
	memcpy(j.stdio, stdio, sizeof(j.stdio));
	(void)sigemptyset(&j.signals);
	return launch(&j, ret, err);
}

static int foreground(struct joining *j, bool interactive, int *ret_status, struct error *err)
{
	auto_session struct session s = SESSION_INIT;
	int r = session_begin(&s, err);

	if (r < 0)
		return r;
	j->stdio[0] = interactive ? STDIN_FILENO : FD_NONE;
	j->stdio[1] = j->stdio[2] = FD_NONE;
	j->signals = s.before;
	j->size = terminal_size(STDOUT_FILENO);
	r = launch(j, &s.child, err);
	if (r == 0)
		r = session_attach(&s, interactive, err);
	if (r == 0)
		r = session_run(&s, err);
	if (r < 0)
		return r;
	*ret_status = r;
	return 0;
}

/* A terminal needs somebody at its other end for as long as the program lives; nobody reads what comes. */
static void keep_terminal(const struct launched *child)
{
	char rest[PUMP_SIZE];

	while (child->master >= 0 && read(child->master, rest, sizeof(rest)) > 0)
		continue;
	reap(child->pid);
}

static void background_main(void *argument, int report_fd)
{
	struct joining *j = argument;
	auto_launched struct launched child = LAUNCHED_INIT;
	struct error err = ERROR_INIT;
	int r = launch(j, &child, &err);

	background_report(&report_fd, r, &err);
	if (r == 0)
		keep_terminal(&child);
}

static int detached(struct joining *j, struct error *err)
{
	auto_launched struct launched child = LAUNCHED_INIT;
	auto_close int null = FD_NONE;

	(void)sigemptyset(&j->signals);
	if (j->tty)
		return background_start(background_main, j, err);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return error_set(err, errno, "cannot open '/dev/null'");
	j->stdio[0] = j->stdio[1] = j->stdio[2] = null;
	return launch(j, &child, err);
}

/* Errors from here on have the status 126 of a command that can't be run; those before that of a wrong container. */
static int run(const struct container *c, const struct exec_request *req, int pidfd, int *ret_status,
	       struct error *err)
{
	auto_joining struct joining j = { .report_fd = FD_NONE, .tty_fd = FD_NONE };
	int r = prepare(c, req, pidfd, &j, err);

	if (r == 0)
		r = req->detach ? detached(&j, err)
				: foreground(&j, req->interactive, ret_status, err);
	return r < 0 && err && err->status == 0 ? error_status(err, r, 126) : r;
}

int container_exec(const struct store *s, const char *what, const struct exec_request *req,
		   int *ret_status, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int pidfd = open_running(s, what, &c, err);
	int r;

	if (pidfd < 0)
		return pidfd;
	r = terminal_needed(req->interactive && req->tty && !req->detach, err);
	if (r < 0)
		return r;
	*ret_status = 0;
	container_event_exec(s, &c, req->argv);
	r = run(&c, req, pidfd, ret_status, err);
	if (r == 0 && !req->detach)
		container_event_exec_died(s, &c, *ret_status);
	return r;
}
