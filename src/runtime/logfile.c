/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/jsonw.h"
#include "base/timefmt.h"

/* NUL would end the C string that the JSON writer takes: it is written as U+FFFD, like other bad bytes. */
static int write_line(const struct log_stream *s, const char *text, size_t n, int log_fd)
{
	auto_buf struct buf out = BUF_INIT, line = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	char now[TIME_TEXT_MAX];

	while (n > 0) {
		size_t part = strnlen(text, n);

		buf_add(&line, text, part);
		if (part < n)
			buf_adds(&line, "\xef\xbf\xbd");
		part += part < n;
		text += part;
		n -= part;
	}
	jsonw_object(&w, NULL);
	jsonw_str(&w, "log", buf_str(&line));
	jsonw_str(&w, "stream", s->name);
	jsonw_str(&w, "time", time_format_now(now));
	jsonw_end(&w);
	buf_addc(&out, '\n');
	return buf_failed(&out) ? -ENOMEM : fd_write_all(log_fd, buf_str(&out), out.len);
}

static int write_whole_lines(struct log_stream *s, int log_fd)
{
	size_t start = 0;
	const char *end;
	int r = 0;

	while (r == 0 && (end = memchr(s->line + start, '\n', s->used - start))) {
		size_t n = (size_t)(end - (s->line + start)) + 1;

		r = write_line(s, s->line + start, n, log_fd);
		start += n;
	}
	if (r == 0 && start == 0 && s->used == sizeof(s->line)) {
		r = write_line(s, s->line, s->used, log_fd);
		start = s->used;
	}
	memmove(s->line, s->line + start, s->used - start);
	s->used -= start;
	return r;
}

int log_stream_read(struct log_stream *s, int log_fd)
{
	ssize_t n = read(s->from, s->line + s->used, sizeof(s->line) - s->used);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		fd_close(&s->from);
		return log_stream_flush(s, log_fd);
	}
	s->used += (size_t)n;
	return write_whole_lines(s, log_fd);
}

int log_stream_flush(struct log_stream *s, int log_fd)
{
	int r = s->used ? write_line(s, s->line, s->used, log_fd) : 0;

	s->used = 0;
	return r;
}
