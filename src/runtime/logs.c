/* SPDX-License-Identifier: Apache-2.0 */
/* `berth logs`: the kept output back on the streams that it came from. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/lock.h"
#include "runtime/container.h"
#include "runtime/record.h"

struct reader {
	int log;
	bool timestamps;
	struct buf pending; /* read, but not yet a whole line */
};

static int print_record(const struct reader *rd, const char *line, size_t n)
{
	auto_json struct json *j = NULL;
	const char *text, *stream, *when;
	int fd, r = 0;

	/* The last line of a monitor that was killed while writing it. */
	if (json_parse(line, n, &j, NULL) < 0)
		return 0;
	text = json_get_str(j, "log");
	stream = json_get_str(j, "stream");
	when = json_get_str(j, "time");
	fd = stream && STREQ(stream, "stderr") ? STDERR_FILENO : STDOUT_FILENO;
	if (rd->timestamps && when) {
		r = fd_write_all(fd, when, strlen(when));
		if (r == 0)
			r = fd_write_all(fd, " ", 1);
	}
	return r == 0 && text ? fd_write_all(fd, text, strlen(text)) : r;
}

/* Print the whole lines that are there. Return: 0 or -errno. */
static int print_available(struct reader *rd)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(rd->log, chunk, sizeof(chunk))) > 0) {
		const char *p = chunk, *end;

		while ((end = memchr(p, '\n', (size_t)(chunk + n - p)))) {
			int r;

			buf_add(&rd->pending, p, (size_t)(end - p));
			r = print_record(rd, buf_str(&rd->pending), rd->pending.len);
			if (r < 0)
				return r;
			buf_truncate(&rd->pending, 0);
			p = end + 1;
		}
		buf_add(&rd->pending, p, (size_t)(chunk + n - p));
	}
	return n < 0 ? -errno : 0;
}

/* The offset at which the last @lines records start: read backwards in blocks. */
static off_t tail_offset(int fd, long long lines)
{
	char block[16384];
	off_t end = lseek(fd, 0, SEEK_END);

	if (lines == 0)
		return end;
	for (off_t at = end; at > 0;) {
		size_t n = (size_t)MIN(at, (off_t)sizeof(block));

		at -= (off_t)n;
		if (pread(fd, block, n, at) != (ssize_t)n)
			return 0;
		for (size_t i = n; i-- > 0;) {
			if (block[i] == '\n' && at + (off_t)i + 1 != end && --lines == 0)
				return at + (off_t)i + 1;
		}
	}
	return 0;
}

/* Until the supervisor has let go of the lock: then everything that will ever be written is there. */
static int follow(struct reader *rd, const struct container *c)
{
	auto_free char *path = str_format("/proc/self/fd/%d", rd->log);
	auto_close int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), pidfd = container_process(c);
	char events[4096];
	int r = 0;

	if (watch < 0 || !path || inotify_add_watch(watch, path, IN_MODIFY) < 0)
		return -errno;
	while (r == 0) {
		struct pollfd p[] = { { .fd = watch, .events = POLLIN },
				      { .fd = pidfd, .events = POLLIN } };

		r = print_available(rd);
		if (r < 0 || pidfd < 0)
			break;
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return -errno;
		while (read(watch, events, sizeof(events)) > 0)
			continue;
		if (p[1].revents) {
			auto_close int lock = openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC);

			if (lock >= 0)
				(void)lock_take(lock, false, true);
			return print_available(rd);
		}
	}
	return r;
}

int container_logs(const struct store *s, const char *what, const struct logs_request *req,
		   struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int log = FD_NONE;
	struct reader rd = { .timestamps = req->timestamps, .pending = BUF_INIT };
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	log = rd.log = openat(c.dir_fd, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (log < 0 && errno == ENOENT && c.state.status != CONTAINER_CREATED) {
		(void)error_msg(err, ENODATA, "container %s has no log: it ran in the foreground", what);
		return error_hint(err, -ENODATA, "start it with -d to keep its output");
	}
	if (log < 0)
		return c.state.status == CONTAINER_CREATED
			       ? 0
			       : error_set(err, errno, "cannot open the log of container '%s'", what);
	if (req->tail >= 0)
		(void)lseek(log, tail_offset(log, req->tail), SEEK_SET);
	r = req->follow ? follow(&rd, &c) : print_available(&rd);
	buf_done(&rd.pending);
	return r < 0 ? error_set(err, r, "cannot print the log of container '%s'", what) : 0;
}
