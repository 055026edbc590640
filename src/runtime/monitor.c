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
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "runtime/background.h"
#include "runtime/cgroups.h"
#include "runtime/event.h"
#include "runtime/logfile.h"
#include "runtime/probe.h"
#include "runtime/session.h"
#include "runtime/stop.h"
#include "runtime/supervise.h"
#include "sys/syscalls.h"

struct monitor {
	const struct store *store;
	struct container *c;
	int caller[3]; /* owned; the standard streams of the berth that started it, for passthrough */
	struct launched child;
	int input; /* owned; write end of the container's standard input, kept open with -i */
	int wake;  /* owned; signalfd of WAKE_SIGNAL */
	struct probe probe;
	struct log_sink log;
	struct log_stream out, err;
};

static void monitor_done(struct monitor *m)
{
	launched_done(&m->child);
	probe_done(&m->probe);
	log_sink_done(&m->log);
	fd_close(&m->input);
	fd_close(&m->wake);
	fd_close(&m->out.from);
	fd_close(&m->err.from);
	for (size_t i = 0; i < ARRAY_SIZE(m->caller); i++)
		fd_close(&m->caller[i]);
}
DEFINE_AUTO(monitor, struct monitor, monitor_done)

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

static int open_reader(const struct container *c, const char *name)
{
	int fd = openat(c->dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/*
 * A pipe with a name, of which the container holds both ends: while there is no monitor it is not killed
 * for writing, at most held up, and the next monitor goes on reading. Anybody's, because a program may
 * open /dev/stdout by path; the directory is not.
 */
static int make_fifo(const struct container *c, const char *name, int ends[2])
{
	(void)unlinkat(c->dir_fd, name, 0);
	if (mkfifoat(c->dir_fd, name, 0600) < 0 || fchmodat(c->dir_fd, name, 0666, 0) < 0)
		return -errno;
	ends[1] = openat(c->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (ends[1] < 0)
		return -errno;
	ends[0] = open_reader(c, name);
	return MIN(ends[0], 0);
}

static int open_pipes(const struct container *c, struct pipes *p)
{
	int r;

	if (c->config.tty || c->config.log.driver == LOG_DRIVER_PASSTHROUGH)
		return 0;
	r = make_fifo(c, "stdout", p->out);
	if (r == 0)
		r = make_fifo(c, "stderr", p->err);
	return r == 0 && c->config.interactive && pipe2(p->in, O_CLOEXEC) < 0 ? -errno : r;
}

static void choose_stdio(const struct monitor *m, const struct pipes *p, int stdio[3])
{
	bool passed = m->c->config.log.driver == LOG_DRIVER_PASSTHROUGH;

	stdio[0] = passed ? m->caller[0] : p->in[0];
	stdio[1] = passed ? m->caller[1] : p->out[1];
	stdio[2] = passed ? m->caller[2] : p->err[1];
}

static int start(struct monitor *m, struct error *err)
{
	auto_clean(pipes) struct pipes p = {
		{ FD_NONE, FD_NONE }, { FD_NONE, FD_NONE }, { FD_NONE, FD_NONE }
	};
	const struct container_config *config = &m->c->config;
	struct launch_options o = { 0 };
	int r = open_pipes(m->c, &p);

	if (r < 0)
		return error_set(err, r, "cannot make a pipe");
	choose_stdio(m, &p, o.stdio);
	(void)sigemptyset(&o.signals);
	r = container_launch(m->store, m->c, &o, &m->child, err);
	if (r < 0)
		return r;
	m->out.from = config->tty ? take_fd(&m->child.master) : take_fd(&p.out[0]);
	m->err.from = take_fd(&p.err[0]);
	if (config->tty && m->out.from >= 0)
		(void)fcntl(m->out.from, F_SETFL, O_RDWR | O_NONBLOCK);
	m->input = take_fd(&p.in[1]);
	r = container_set_running(m->c, m->child.pid, true, err);
	if (r == 0)
		container_event_started(m->store, m->c, false);
	m->c->is_new = false;
	return r;
}

/* Go on where a monitor that was killed left off. A terminal went with it, and so did standard input. */
static int adopt(struct monitor *m, struct error *err)
{
	m->child = (struct launched){ .pid = m->c->state.pid, .pidfd = container_process(m->c), .master = FD_NONE };
	if (m->child.pidfd < 0)
		return error_msg(err, ESRCH, "container %s has just ended", m->c->id);
	m->out.from = open_reader(m->c, "stdout");
	m->err.from = open_reader(m->c, "stderr");
	return container_set_adopted(m->c, err);
}

/* What is of one run only. */
static void run_done(struct monitor *m)
{
	probe_done(&m->probe);
	launched_done(&m->child);
	fd_close(&m->input);
	fd_close(&m->out.from);
	fd_close(&m->err.from);
}

static int child_fd(const struct monitor *m)
{
	return m->child.pidfd;
}

static int out_fd(const struct monitor *m)
{
	return m->out.from;
}

static int err_fd(const struct monitor *m)
{
	return m->err.from;
}

static int probe_fd(const struct monitor *m)
{
	return m->probe.fd;
}

static void read_probe(struct monitor *m)
{
	probe_read(&m->probe);
}

static int wake_fd(const struct monitor *m)
{
	return m->wake;
}

/* It only ends the wait: what it is about is on the disk. */
static void read_wake(struct monitor *m)
{
	struct signalfd_siginfo info;

	while (read(m->wake, &info, sizeof(info)) > 0)
		continue;
}

static void read_out(struct monitor *m)
{
	(void)log_stream_read(&m->out, &m->log);
}

static void read_err(struct monitor *m)
{
	(void)log_stream_read(&m->err, &m->log);
}

/* What the monitor waits for; the end of the child, first, ends the wait. */
static const struct source {
	int (*fd)(const struct monitor *m);
	void (*ready)(struct monitor *m);
} sources[] = {
	{ child_fd, NULL },
	{ out_fd, read_out },
	{ err_fd, read_err },
	{ wake_fd, read_wake },
	{ probe_fd, read_probe },
};

/* Wait for one of them and serve it. Return: whether the child has ended; -errno. */
static int serve(struct monitor *m, int timeout_ms)
{
	struct pollfd p[ARRAY_SIZE(sources)];

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		p[i] = (struct pollfd){ .fd = sources[i].fd(m), .events = POLLIN };
	if (poll(p, ARRAY_SIZE(p), timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 1; i < ARRAY_SIZE(sources); i++) {
		if (p[i].revents)
			sources[i].ready(m);
	}
	return p[0].revents != 0;
}

/* Until the container has ended and all that it wrote is in the log. Return: its exit status. */
static int follow(struct monitor *m)
{
	int status = 0;
	pid_t r;

	probe_begin(&m->probe, m->store, m->c);
	while (serve(m, probe_wait_ms(&m->probe)) == 0)
		probe_tick(&m->probe);
	while ((r = waitpid(m->child.pid, &status, __WALL)) < 0 && errno == EINTR)
		continue;
	log_stream_drain(&m->out, &m->log);
	log_stream_drain(&m->err, &m->log);
	return r < 0 ? EXIT_CODE_UNKNOWN : exit_code_of(status);
}

static void kill_child(const struct monitor *m)
{
	if (m->child.pidfd < 0)
		return;
	(void)sys_pidfd_send_signal(m->child.pidfd, SIGKILL);
	while (waitpid(m->child.pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* A log that can't be written does not stop the container: its output is read on, and the state says what was lost. */
static void finish(struct monitor *m, int status, const char *error)
{
	auto_free char *lost = NULL;

	if (m->log.lost)
		lost = str_format("%llu lines of output were lost: the log could not be written",
				  (unsigned long long)m->log.lost);
	if (!*error)
		error = lost ? lost : m->c->state.error;
	(void)container_finish(m->store, m->c, status, error, NULL);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / NSEC_PER_MSEC;
}

/* What --restart says after an end with @code. Return: whether to start it again, once the wait is over. */
static bool is_restarted(struct monitor *m, struct restart_state *rs, int code, int64_t ran_ms)
{
	const struct container *c = m->c;
	int delay = container_was_stopped(c) ? -1 : restart_next(&c->config.restart, rs, code, ran_ms);
	int64_t until = now_ms() + delay, left;

	if (delay < 0)
		return false;
	(void)container_cgroup_end(m->c, NULL);
	container_event_died(m->store, m->c, code);
	/* On a full disk, where it can't be written, it is restarted all the same. */
	(void)container_set_restarting(m->c, code, rs->count, NULL);
	while (!container_was_stopped(c) && (left = until - now_ms()) > 0)
		(void)serve(m, (int)left);
	return !container_was_stopped(c);
}

/* Run after run. Return: the last exit status; with @err if it could not be started again. */
static int run_to_end(struct monitor *m, struct error *err)
{
	struct restart_state rs = { .count = m->c->state.restarts };
	int r = 0, code;

	do {
		int64_t began = now_ms();

		code = follow(m);
		run_done(m);
		container_update_reload(m->c);
		if (m->c->config.restart.kind == RESTART_NO || !is_restarted(m, &rs, code, now_ms() - began))
			break;
		r = start(m, err);
	} while (r == 0);
	if (r < 0)
		kill_child(m);
	return code;
}

/* From here on the signal waits to be read; the container starts with an empty mask whatever this one is. */
static int catch_wake(struct monitor *m)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, WAKE_SIGNAL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	m->wake = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return m->wake < 0 ? -errno : 0;
}

static int prepare(struct monitor *m, struct error *err)
{
	int r = container_exit_code_clear(m->c->lock_fd, true);

	if (r < 0)
		return error_set(err, r, "cannot make room for the exit status");
	r = catch_wake(m);
	if (r < 0)
		return error_set(err, r, "cannot wait for a signal");
	return log_sink_open(&m->log, m->c, err);
}

static void start_failed(struct monitor *m, struct error *err)
{
	kill_child(m);
	if (err->status == 0)
		err->status = 125;
	(void)container_finish(m->store, m->c, err->status, err->msg, NULL);
}

static void monitor_main(void *argument, int report_fd)
{
	struct monitor *m = argument;
	struct error err = ERROR_INIT;
	bool adopted = container_is_active(m->c);
	int r;

	(void)prctl(PR_SET_NAME, "berth-monitor");
	r = prepare(m, &err);

	if (r == 0)
		r = adopted ? adopt(m, &err) : start(m, &err);
	if (r < 0) {
		if (!adopted)
			start_failed(m, &err);
		background_report(&report_fd, r, &err);
		return;
	}
	/* A restart passes the caller's streams on once more. */
	for (size_t i = 0; m->c->config.restart.kind == RESTART_NO && i < ARRAY_SIZE(m->caller); i++)
		fd_close(&m->caller[i]);
	background_report(&report_fd, 0, NULL);
	r = run_to_end(m, &err);
	finish(m, r, err.msg);
}

/* The lock lives on in the monitor, which inherits it; so do, for passthrough, the streams that it puts aside. */
int supervise_detached(const struct store *s, struct container *c, struct error *err)
{
	auto_clean(monitor) struct monitor m = {
		.store = s, .c = c, .child = LAUNCHED_INIT, .input = FD_NONE, .wake = FD_NONE, .probe = PROBE_INIT,
		.log = LOG_SINK_INIT, .caller = { FD_NONE, FD_NONE, FD_NONE },
		.out = { .from = FD_NONE }, .err = { .from = FD_NONE, .is_stderr = true },
	};

	for (int fd = 0; c->config.log.driver == LOG_DRIVER_PASSTHROUGH && fd <= 2; fd++)
		m.caller[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return background_start(monitor_main, &m, err);
}
