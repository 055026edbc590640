/* SPDX-License-Identifier: Apache-2.0 */
/* `berth logs`: the kept output back on the streams that it came from. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/when.h"
#include "runtime/container.h"
#include "runtime/logfile.h"
#include "runtime/logread.h"
#include "runtime/watch.h"

#define PENDING_MAX 65536 /* printed at the latest when this much has come together */

/* On its way to the two standard streams. */
struct printer {
	const struct logs_request *req;
	enum log_format format;
	struct log_line line;
	struct buf pending; /* for one of the streams */
	bool is_stderr;	    /* which */
	bool done;	    /* a line from after --until was met */
};

static void printer_done(struct printer *p)
{
	log_line_done(&p->line);
	buf_done(&p->pending);
}
DEFINE_AUTO(printer, struct printer, printer_done)

static int flush(struct printer *p)
{
	int r = fd_write_all(p->is_stderr ? STDERR_FILENO : STDOUT_FILENO, buf_str(&p->pending), p->pending.len);

	buf_truncate(&p->pending, 0);
	return r;
}

/* Whether the line is one that --since and --until ask for. */
static bool is_wanted(struct printer *p)
{
	struct timespec t;

	if (!p->req->has_since && !p->req->has_until)
		return true;
	if (time_parse(p->line.time, &t) < 0)
		return true;
	if (p->req->has_until && time_compare(t, p->req->until) > 0) {
		p->done = true;
		return false;
	}
	return !p->req->has_since || time_compare(t, p->req->since) >= 0;
}

static int print_line(struct printer *p, const char *line, size_t n)
{
	int r = log_line_parse(line, n, p->format, &p->line);

	/* The last line of a monitor that was killed while writing it. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!is_wanted(p))
		return 0;
	if (p->line.is_stderr != p->is_stderr || p->pending.len > PENDING_MAX)
		r = flush(p);
	p->is_stderr = p->line.is_stderr;
	if (p->req->timestamps)
		buf_addf(&p->pending, "%s ", p->line.time);
	if (p->req->details)
		buf_addf(&p->pending, "%s ", buf_str(&p->line.attrs));
	buf_add(&p->pending, buf_str(&p->line.text), p->line.text.len);
	return buf_failed(&p->pending) ? -ENOMEM : r;
}

/* All whole lines that are there, in this file and in newer ones. */
static int print_available(struct printer *p, struct log_reader *rd)
{
	const char *line;
	size_t n;
	int r = 0, more;

	while (r == 0 && !p->done && (more = log_reader_next(rd, &line, &n)) != 0)
		r = more < 0 ? more : print_line(p, line, n);
	return r == 0 ? flush(p) : r;
}

/* Milliseconds from now until --until, -1 without it. */
static int time_left(const struct logs_request *req)
{
	struct timespec now;
	long long ms;

	if (!req->has_until)
		return -1;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ms = (req->until.tv_sec - now.tv_sec) * 1000LL + (req->until.tv_nsec - now.tv_nsec) / NSEC_PER_MSEC + 1;
	return ms < 0 ? 0 : (int)MIN(ms, INT_MAX);
}

/*
 * Until the monitor has ended: it writes all that there is before it does. Over restarts it is the same
 * one. One that was killed ends this too, because nobody writes any more.
 */
static int follow(struct printer *p, struct log_reader *rd, const struct container *c, struct error *err)
{
	auto_watch struct watch w = WATCH_INIT;
	int r = watch_begin(&w, c, err), more = w.monitor >= 0;

	if (r == 0)
		r = print_available(p, rd);
	while (r == 0 && more > 0 && !p->done) {
		more = watch_wait(&w, time_left(p->req));
		r = more < 0 && more != -ETIME ? more : print_available(p, rd);
	}
	return r;
}

static int no_log(const struct container *c, const char *what, struct error *err)
{
	enum log_driver d = c->config.log.driver;

	if (!log_driver_has_file(d)) {
		(void)error_msg(err, ENOTSUP,
				"configured logging driver does not support reading: '%s' of container %s",
				log_driver_name(d), what);
		if (d == LOG_DRIVER_JOURNALD)
			(void)error_hint(err, 0, "journalctl -o cat CONTAINER_ID_FULL=%s", c->id);
		return -ENOTSUP;
	}
	if (c->state.status == CONTAINER_CREATED)
		return 0;
	(void)error_msg(err, ENODATA, "container %s has no log: it ran in the foreground", what);
	return error_hint(err, -ENODATA, "start it with -d to keep its output");
}

int container_logs(const struct store *s, const char *what, const struct logs_request *req,
		   struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_log_reader struct log_reader rd = LOG_READER_INIT;
	auto_clean(printer) struct printer p = { .req = req, .line = LOG_LINE_INIT, .pending = BUF_INIT };
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	p.format = c.config.log.driver == LOG_DRIVER_K8S_FILE ? LOG_FORMAT_K8S : LOG_FORMAT_JSON;
	r = log_driver_has_file(c.config.log.driver)
		    ? log_reader_open(&rd, c.dir_fd, log_config_limits(&c.config.log).max_files, req->tail)
		    : -ENOENT;
	if (r == -ENOENT)
		return no_log(&c, what, err);
	if (r == 0)
		r = req->follow ? follow(&p, &rd, &c, err) : print_available(&p, &rd);
	return r < 0 ? error_set(err, r, "cannot print the log of container '%s'", what) : 0;
}
