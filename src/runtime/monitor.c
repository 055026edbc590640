/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor of a detached container: a fork of berth, in a session of its own, that starts the
 * container, copies its output into the log, and records its end. It holds the container's lock from
 * before the start until the end is on disk, which is how every other berth knows that it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/logfile.h"
#include "runtime/supervise.h"
#include "sys/syscalls.h"

struct monitor {
	struct launched child;
	int log;    /* owned */
	int input;  /* owned; write end of the container's standard input, kept open with -i */
	struct log_stream out, err;
};

static void monitor_done(struct monitor *m)
{
	launched_done(&m->child);
	fd_close(&m->log);
	fd_close(&m->input);
	fd_close(&m->out.from);
	fd_close(&m->err.from);
}
DEFINE_AUTO(monitor, struct monitor, monitor_done)

/* No terminal, no streams, no directory of the caller's is kept busy; only SIGKILL ends it. */
static int become_background(void)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP };

	(void)setsid();
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
	(void)prctl(PR_SET_NAME, "berth-monitor");
	return chdir("/") < 0 ? -errno : 0;
}

struct pipes {
	int in[2], out[2], err[2]; /* owned */
};

static void pipes_done(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		fd_close(&p->in[i]);
		fd_close(&p->out[i]);
		fd_close(&p->err[i]);
	}
}
DEFINE_AUTO(pipes, struct pipes, pipes_done)

static int open_pipes(const struct container *c, struct pipes *p)
{
	if (c->config.tty)
		return 0;
	if (pipe2(p->out, O_CLOEXEC) < 0 || pipe2(p->err, O_CLOEXEC) < 0)
		return -errno;
	return c->config.interactive && pipe2(p->in, O_CLOEXEC) < 0 ? -errno : 0;
}

static int start(const struct store *s, struct container *c, struct monitor *m, struct error *err)
{
	auto_clean(pipes) struct pipes p = {
		{ FD_NONE, FD_NONE }, { FD_NONE, FD_NONE }, { FD_NONE, FD_NONE }
	};
	struct launch_options o = { 0 };
	int r = open_pipes(c, &p);

	if (r < 0)
		return error_set(err, r, "cannot make a pipe");
	m->log = openat(c->dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (m->log < 0)
		return error_set(err, errno, "cannot open the container's log");
	o.stdio[0] = p.in[0];
	o.stdio[1] = p.out[1];
	o.stdio[2] = p.err[1];
	(void)sigemptyset(&o.signals);
	r = container_launch(s, c, &o, &m->child, err);
	if (r < 0)
		return r;
	m->out.from = c->config.tty ? take_fd(&m->child.master) : take_fd(&p.out[0]);
	m->err.from = take_fd(&p.err[0]);
	m->input = take_fd(&p.in[1]);
	if (m->out.from >= 0)
		(void)fcntl(m->out.from, F_SETFL, O_RDWR | O_NONBLOCK);
	if (m->err.from >= 0)
		(void)fcntl(m->err.from, F_SETFL, O_RDWR | O_NONBLOCK);
	return container_set_running(c, m->child.pid, true, err);
}

/* After the end: what is still in the pipes, up to end of file or until they are empty. */
static void drain(struct log_stream *s, int log)
{
	struct pollfd p = { .fd = s->from, .events = POLLIN };

	while (s->from >= 0 && poll(&p, 1, 0) > 0) {
		if (log_stream_read(s, log) < 0)
			break;
		p.fd = s->from;
	}
	(void)log_stream_flush(s, log);
}

/*
 * A log that can't be written (full disk) must not stop the container: its output is read on and lost,
 * and the state says so.
 */
static int follow(struct monitor *m, const char **ret_problem)
{
	struct pollfd p[3];
	int status = 0;

	do {
		p[0] = (struct pollfd){ .fd = m->child.pidfd, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = m->out.from, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = m->err.from, .events = POLLIN };
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents && log_stream_read(&m->out, m->log) < 0)
			*ret_problem = "output was lost: the log could not be written";
		if (p[2].revents && log_stream_read(&m->err, m->log) < 0)
			*ret_problem = "output was lost: the log could not be written";
	} while (!p[0].revents);
	while (waitpid(m->child.pid, &status, __WALL) < 0 && errno == EINTR)
		continue;
	drain(&m->out, m->log);
	drain(&m->err, m->log);
	return exit_code_of(status);
}

static void kill_child(const struct monitor *m)
{
	if (m->child.pidfd < 0)
		return;
	(void)sys_pidfd_send_signal(m->child.pidfd, SIGKILL);
	while (waitpid(m->child.pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

static void monitor_main(const struct store *s, struct container *c, int report_fd)
{
	auto_clean(monitor) struct monitor m = {
		.child = LAUNCHED_INIT, .log = FD_NONE, .input = FD_NONE,
		.out = { .from = FD_NONE, .name = "stdout" }, .err = { .from = FD_NONE, .name = "stderr" },
	};
	struct error err = ERROR_INIT;
	const char *problem = NULL;
	int r = start(s, c, &m, &err);

	if (r < 0) {
		kill_child(&m);
		if (err.status == 0)
			err.status = 125;
		(void)container_finish(s, c, err.status, err.msg, NULL);
		(void)fd_write_all(report_fd, &err, sizeof(err));
		return;
	}
	/* End of file without a byte: it runs. */
	fd_close(&report_fd);
	r = follow(&m, &problem);
	(void)container_finish(s, c, r, problem, NULL);
}

/* Both sides of the pipe behind @report: the end of the monitor's start, or its error. */
static int wait_for_start(int report, struct error *err)
{
	struct error sent = ERROR_INIT;
	ssize_t n = fd_read_upto(report, &sent, sizeof(sent));

	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(sent))
		return error_msg(err, EIO, "the container's monitor was killed while it started");
	sent.msg[sizeof(sent.msg) - 1] = '\0';
	sent.hint[sizeof(sent.hint) - 1] = '\0';
	if (err)
		*err = sent;
	return -MAX(sent.code, 1);
}

int supervise_detached(const struct store *s, struct container *c, struct error *err)
{
	auto_close int report = FD_NONE;
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	report = p[0];
	pid = fork();
	if (pid == 0) {
		fd_close(&report);
		if (become_background() == 0)
			monitor_main(s, c, p[1]);
		_exit(0);
	}
	fd_close(&p[1]);
	if (pid < 0)
		return error_set(err, errno, "cannot start the container's monitor");
	/* The lock lives on in the monitor, which inherited it. */
	return wait_for_start(report, err);
}
