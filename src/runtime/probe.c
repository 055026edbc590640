/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/when.h"
#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/exec.h"
#include "runtime/session.h"
#include "sys/syscalls.h"

/* What the process of a check says to the monitor. */
struct verdict {
	int exit_code;
	char output[HEALTH_OUTPUT_MAX];
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / NSEC_PER_MSEC;
}

/* ---- in the process of the check ---- */

/* Keep what fits and pass over the rest. Return: whether there may be more. */
static bool read_output(int fd, struct verdict *v, size_t *used)
{
	char rest[4096];
	size_t room = sizeof(v->output) - 1 - *used;
	ssize_t n = room ? read(fd, v->output + *used, room) : read(fd, rest, sizeof(rest));

	if (n > 0 && room)
		*used += (size_t)n;
	return n > 0;
}

static void say_timeout(const struct health_config *h, struct verdict *v)
{
	char limit[DURATION_TEXT_MAX];
	auto_free char *text = str_format("Health check exceeded timeout (%s)%s%s",
					  duration_text(limit, health_timeout_ms(h) * NSEC_PER_MSEC),
					  *v->output ? ": " : "", v->output);

	if (text)
		memcpy(v->output, text, strnlen(text, sizeof(v->output) - 1) + 1);
	v->output[sizeof(v->output) - 1] = '\0';
	v->exit_code = -1;
}

/* Until it has ended or its time is over; then it is killed. */
static void watch(const struct health_config *h, const struct launched *child, int out, struct verdict *v)
{
	int64_t until = now_ms() + health_timeout_ms(h), left;
	size_t used = 0;
	bool open = true, ended = false;
	int status = 0;

	while (!ended && (left = until - now_ms()) > 0) {
		struct pollfd p[] = { { .fd = child->pidfd, .events = POLLIN },
				      { .fd = open ? out : -1, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), (int)MIN(left, INT_MAX)) <= 0)
			continue;
		if (p[1].revents)
			open = read_output(out, v, &used);
		ended = p[0].revents != 0;
	}
	if (!ended)
		(void)sys_pidfd_send_signal(child->pidfd, SIGKILL);
	while (waitpid(child->pid, &status, __WALL) < 0 && errno == EINTR)
		continue;
	/* What it has left behind in the pipe; others may have the other end, and are not waited for. */
	(void)fcntl(out, F_SETFL, O_RDONLY | O_NONBLOCK);
	while (open && read_output(out, v, &used))
		continue;
	v->exit_code = exit_code_of(status);
	if (!ended)
		say_timeout(h, v);
}

static int check(const struct container *c, struct verdict *v, struct error *err)
{
	auto_launched struct launched child = LAUNCHED_INIT;
	auto_strv struct strv argv = STRV_INIT;
	auto_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC), out = FD_NONE, end = FD_NONE;
	struct exec_request req = { 0 };
	int p[2], r = health_argv(&c->config.health, &argv);

	if (r < 0 || null < 0 || pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, r < 0 ? r : errno, "cannot start the health check");
	out = p[0];
	end = p[1];
	req.argv = argv.v;
	r = container_exec_start(c, &req, (const int[]){ null, end, end }, &child, err);
	if (r < 0)
		return r;
	fd_close(&end);
	watch(&c->config.health, &child, out, v);
	return 0;
}

static void check_main(const struct container *c, int report_fd)
{
	struct verdict v = { 0 };
	struct error err = ERROR_INIT;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (check(c, &v, &err) < 0) {
		v.exit_code = -1;
		(void)snprintf(v.output, sizeof(v.output), "%s", err.msg);
	}
	(void)fd_write_all(report_fd, &v, sizeof(v));
}

/* ---- in the monitor ---- */

static void save(const struct probe *p)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);

	health_json(&p->health, &w, NULL);
	if (!buf_failed(&out))
		(void)file_replace_at(p->c->dir_fd, "health.json", buf_str(&out), out.len, 0);
}

static void plan_next(struct probe *p)
{
	int64_t now = now_ms();

	p->next_ms = now + health_wait_ms(&p->c->config.health, &p->health, now - p->started_ms);
}

void probe_begin(struct probe *p, const struct store *s, const struct container *c)
{
	if (!health_is_checked(&c->config.health))
		return;
	p->store = s;
	p->c = c;
	p->started_ms = now_ms();
	plan_next(p);
	save(p);
}

static void reap(struct probe *p)
{
	fd_close(&p->fd);
	while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	p->pid = 0;
}

void probe_done(struct probe *p)
{
	if (p->pid > 0)
		(void)kill(p->pid, SIGKILL);
	reap(p);
	health_done(&p->health);
	*p = PROBE_INIT;
}

int probe_wait_ms(const struct probe *p)
{
	int64_t left = p->next_ms - now_ms();

	if (!p->c || p->pid > 0)
		return -1;
	return left > 0 ? (int)MIN(left, INT_MAX) : 0;
}

void probe_tick(struct probe *p)
{
	int ends[2];

	if (probe_wait_ms(p) != 0)
		return;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		plan_next(p);
		return;
	}
	(void)time_format_now(p->start);
	p->pid = fork();
	if (p->pid == 0) {
		fd_close(&ends[0]);
		check_main(p->c, ends[1]);
		_exit(0);
	}
	fd_close(&ends[1]);
	p->fd = ends[0];
	if (p->pid < 0) {
		p->pid = 0;
		fd_close(&p->fd);
		plan_next(p);
	}
}

static void tell(const struct probe *p)
{
	auto_free char *action = str_format("health_status: %s", health_status_name(p->health.status));

	if (action)
		container_event(p->store, p->c, action, NULL);
}

void probe_read(struct probe *p)
{
	struct verdict v = { 0 };
	struct health_result result = { .exit_code = -1 };
	char end[TIME_TEXT_MAX];
	bool whole = fd_read_upto(p->fd, &v, sizeof(v)) == (ssize_t)sizeof(v), changed;

	reap(p);
	v.output[sizeof(v.output) - 1] = '\0';
	if (whole)
		result.exit_code = v.exit_code;
	result.output = strdup(whole ? v.output : "the health check was killed");
	(void)snprintf(result.start, sizeof(result.start), "%.39s", p->start);
	(void)snprintf(result.end, sizeof(result.end), "%.39s", time_format_now(end));
	changed = health_note(&p->c->config.health, &p->health, &result, now_ms() - p->started_ms);
	save(p);
	if (changed)
		tell(p);
	plan_next(p);
}
