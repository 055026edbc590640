/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/journal.h"

#define OUT_MAX	   32768 /* written at the latest when this much has come together */
#define NEW_NAME   ".log"

const char *log_name(char out[LOG_NAME_MAX], unsigned i)
{
	if (i == 0)
		(void)snprintf(out, LOG_NAME_MAX, "log");
	else
		(void)snprintf(out, LOG_NAME_MAX, "log.%u", i);
	return out;
}

/* Where the last whole line of the file ends. */
static off_t whole_lines(int fd, off_t size)
{
	char block[4096];

	for (off_t at = size; at > 0;) {
		size_t n = (size_t)MIN(at, (off_t)sizeof(block));
		const char *newline;

		at -= (off_t)n;
		if (pread(fd, block, n, at) != (ssize_t)n)
			return size;
		newline = memrchr(block, '\n', n);
		if (newline)
			return at + (newline - block) + 1;
	}
	return 0;
}

static int open_file(struct log_sink *s)
{
	auto_close int fd = openat(s->dir_fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	off_t end;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* A monitor was killed in the middle of a write. */
	end = whole_lines(fd, st.st_size);
	if (end < st.st_size && ftruncate(fd, end) < 0)
		return -errno;
	s->size = (uint64_t)end;
	s->fd = take_fd(&fd);
	return 0;
}

int log_sink_open(struct log_sink *s, const struct container *c, struct error *err)
{
	int r = 0;

	s->config = &c->config;
	s->dir_fd = c->dir_fd;
	s->limits = log_config_limits(&c->config.log);
	s->attrs = log_config_attrs(&c->config.log, &c->config.labels, &c->config.env);
	if (log_driver_has_file(c->config.log.driver)) {
		r = open_file(s);
		if (r < 0)
			return error_set(err, r, "cannot open the container's log");
	} else if (c->config.log.driver == LOG_DRIVER_JOURNALD) {
		r = s->fd = journal_connect(err);
	}
	return r < 0 ? r : 0;
}

void log_sink_done(struct log_sink *s)
{
	fd_close(&s->fd);
	free(s->attrs);
	buf_done(&s->line);
	buf_done(&s->out);
	*s = LOG_SINK_INIT;
}

static uint64_t count_lines(const char *p, size_t n)
{
	const char *end = p + n, *newline;
	uint64_t lines = 0;

	for (; (newline = memchr(p, '\n', (size_t)(end - p))); p = newline + 1)
		lines++;
	return lines;
}

/* Cut short by a full disk: what stands of the line that was torn is taken back. */
static size_t take_back(struct log_sink *s, size_t done)
{
	const char *data = buf_str(&s->out), *newline = done ? memrchr(data, '\n', done) : NULL;
	size_t keep = newline ? (size_t)(newline - data) + 1 : 0;

	s->lost += count_lines(data + keep, s->out.len - keep);
	if (keep < done && ftruncate(s->fd, (off_t)(s->size + keep)) < 0)
		keep = done;
	return keep;
}

static void flush(struct log_sink *s)
{
	size_t done = 0;

	if (buf_failed(&s->out) || s->fd < 0) {
		s->lost += buf_failed(&s->out);
		buf_done(&s->out);
		return;
	}
	while (done < s->out.len) {
		ssize_t n = write(s->fd, s->out.data + done, s->out.len - done);

		if (n <= 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (done < s->out.len)
		done = take_back(s, done);
	s->size += done;
	buf_truncate(&s->out, 0);
}

/*
 * The new file first: if there is no room for one, the old is gone on with. A reader that finds a name
 * missing for a moment waits for it to come (logread.c).
 */
static void rotate(struct log_sink *s)
{
	auto_close int fd = openat(s->dir_fd, NEW_NAME, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
				   0600);
	char from[LOG_NAME_MAX], to[LOG_NAME_MAX];

	if (fd < 0)
		return;
	for (unsigned i = s->limits.max_files - 1; i > 0; i--)
		(void)renameat(s->dir_fd, log_name(from, i - 1), s->dir_fd, log_name(to, i));
	if (renameat(s->dir_fd, NEW_NAME, s->dir_fd, "log") < 0)
		return;
	fd_close(&s->fd);
	s->fd = take_fd(&fd);
	s->size = 0;
}

static void keep_line(struct log_sink *s, bool is_stderr, const char *text, size_t n)
{
	enum log_driver d = s->config->log.driver;

	if (d == LOG_DRIVER_JOURNALD && journal_send(s->fd, s->config, is_stderr, text, n) < 0)
		s->lost++;
	if (!log_driver_has_file(d))
		return;
	buf_truncate(&s->line, 0);
	log_line_format(&s->line, d == LOG_DRIVER_K8S_FILE ? LOG_FORMAT_K8S : LOG_FORMAT_JSON, is_stderr, text, n,
			s->attrs);
	if (s->limits.max_size && s->size + s->out.len > 0 &&
	    s->size + s->out.len + s->line.len > s->limits.max_size) {
		flush(s);
		rotate(s);
	}
	buf_add(&s->out, buf_str(&s->line), s->line.len);
	if (s->out.len >= OUT_MAX)
		flush(s);
}

static void keep_whole_lines(struct log_stream *s, struct log_sink *to)
{
	size_t start = 0;
	const char *end;

	while ((end = memchr(s->line + start, '\n', s->used - start))) {
		size_t n = (size_t)(end - (s->line + start)) + 1;

		keep_line(to, s->is_stderr, s->line + start, n);
		start += n;
	}
	if (start == 0 && s->used == sizeof(s->line)) {
		keep_line(to, s->is_stderr, s->line, s->used);
		start = s->used;
	}
	memmove(s->line, s->line + start, s->used - start);
	s->used -= start;
}

/* End of file: a last line without newline is a line. */
static void stream_end(struct log_stream *s, struct log_sink *to)
{
	fd_close(&s->from);
	if (s->used)
		keep_line(to, s->is_stderr, s->line, s->used);
	s->used = 0;
	flush(to);
}

bool log_stream_read(struct log_stream *s, struct log_sink *to)
{
	ssize_t n = read(s->from, s->line + s->used, sizeof(s->line) - s->used);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		stream_end(s, to);
		return false;
	}
	s->used += (size_t)n;
	keep_whole_lines(s, to);
	flush(to);
	return true;
}

void log_stream_drain(struct log_stream *s, struct log_sink *to)
{
	while (s->from >= 0 && log_stream_read(s, to))
		continue;
	stream_end(s, to);
}
