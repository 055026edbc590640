/* SPDX-License-Identifier: Apache-2.0 */
#include "store/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/lock.h"
#include "base/when.h"

static void add_attributes(struct jsonw *w, const struct event *e)
{
	for (const char *const *a = e->attrs; a && *a; a += 2) {
		if (a[1])
			jsonw_str(w, a[0], a[1]);
	}
	for (size_t i = 0; e->labels && i < e->labels->n; i++) {
		const char *label = e->labels->v[i];
		size_t n = strcspn(label, "=");
		auto_free char *key = strndup(label, n);

		if (key)
			jsonw_str(w, key, label[n] ? label + n + 1 : "");
	}
}

void event_add(struct buf *out, const struct event *e)
{
	struct jsonw w = JSONW_INIT(out, 0);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	jsonw_object(&w, NULL);
	/* docker keeps these three for clients of before its API 1.22. */
	jsonw_str(&w, "status", e->action);
	jsonw_str(&w, "id", e->id);
	if (e->from)
		jsonw_str(&w, "from", e->from);
	jsonw_str(&w, "Type", e->type);
	jsonw_str(&w, "Action", e->action);
	jsonw_object(&w, "Actor");
	jsonw_str(&w, "ID", e->id);
	jsonw_object(&w, "Attributes");
	add_attributes(&w, e);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_str(&w, "scope", "local");
	jsonw_int(&w, "time", now.tv_sec);
	jsonw_int(&w, "timeNano", now.tv_sec * NSEC_PER_SEC + now.tv_nsec);
	jsonw_end(&w);
	buf_addc(out, '\n');
}

static int open_log(const struct store *s, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags, 0600);

	/* The first event since the machine was started. */
	if (fd < 0 && errno == ENOENT && dir_make(s->state, 0700) == 0)
		fd = open(path, flags, 0600);
	return fd;
}

static bool is_same_file(int fd, const char *path)
{
	struct stat mine, named;

	return fstat(fd, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino;
}

/* Whoever takes the lock of the full file, and finds it in its place still, moves it. */
static void rotate(int fd, const char *path)
{
	auto_free char *older = str_format("%s.1", path);

	if (older && lock_take(fd, true, true) == 0 && is_same_file(fd, path))
		(void)rename(path, older);
}

void events_write(const struct store *s, const struct buf *lines)
{
	auto_free char *path = str_format("%s/events", s->state);
	auto_close int fd = path && !buf_failed(lines) && lines->len ? open_log(s, path) : FD_NONE;

	if (fd < 0 || fd_write_all(fd, lines->data, lines->len) < 0)
		return;
	if (lseek(fd, 0, SEEK_CUR) >= EVENTS_MAX)
		rotate(fd, path);
}

void event_emit(const struct store *s, const struct event *e)
{
	auto_buf struct buf line = BUF_INIT;

	event_add(&line, e);
	events_write(s, &line);
}

void image_event(const struct store *s, const char *action, const char *id, const char *name)
{
	auto_free char *digest = str_format("sha256:%s", id);
	const char *const attrs[] = { "name", name ? name : digest, NULL };

	if (digest)
		event_emit(s, &(struct event){ .type = "image", .action = action, .id = digest, .attrs = attrs });
}

void event_reader_done(struct event_reader *r)
{
	fd_close(&r->watch);
	fd_close(&r->older);
	fd_close(&r->newer);
	buf_done(&r->older_rest);
	buf_done(&r->newer_rest);
}

static int open_reader(const struct store *s, const char *name)
{
	auto_free char *path = str_format("%s/%s", s->state, name);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	return fd < 0 ? FD_NONE : fd;
}

int event_reader_open(struct event_reader *r, const struct store *s, bool from_end, struct error *err)
{
	r->store = s;
	if (dir_make(s->state, 0700) < 0)
		return error_set(err, errno, "cannot make '%s'", s->state);
	r->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (r->watch < 0 ||
	    inotify_add_watch(r->watch, s->state, IN_MODIFY | IN_CREATE | IN_MOVED_FROM) < 0)
		return error_set(err, errno, "cannot watch '%s'", s->state);
	/* In this order: what is moved in between is read twice rather than not at all, and told apart below. */
	r->newer = open_reader(s, "events");
	if (from_end) {
		if (r->newer >= 0)
			(void)lseek(r->newer, 0, SEEK_END);
		return 0;
	}
	r->older = open_reader(s, "events.1");
	if (r->older >= 0 && r->newer >= 0) {
		struct stat a, b;

		if (fstat(r->older, &a) == 0 && fstat(r->newer, &b) == 0 && a.st_ino == b.st_ino)
			fd_close(&r->newer);
	}
	return 0;
}

/* Whole lines of one file. */
static int take_lines(int fd, struct buf *rest, event_action action, void *context)
{
	char chunk[16384];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		const char *p = chunk, *end;

		while ((end = memchr(p, '\n', (size_t)(chunk + n - p)))) {
			int r;

			buf_add(rest, p, (size_t)(end - p));
			r = action(buf_str(rest), rest->len, context);
			buf_truncate(rest, 0);
			if (r != 0)
				return r;
			p = end + 1;
		}
		buf_add(rest, p, (size_t)(chunk + n - p));
	}
	return 0;
}

/* Whether the newer file has become the older one. The one before it is let go: nobody writes there any more. */
static bool move_on(struct event_reader *r)
{
	auto_free char *path = str_format("%s/events", r->store->state);
	int next;

	if (!path || (r->newer >= 0 && is_same_file(r->newer, path)))
		return false;
	next = open_reader(r->store, "events");
	if (next < 0)
		return false;
	if (r->newer >= 0) {
		fd_close(&r->older);
		r->older = r->newer;
		buf_truncate(&r->older_rest, 0);
		buf_add(&r->older_rest, buf_str(&r->newer_rest), r->newer_rest.len);
		buf_truncate(&r->newer_rest, 0);
	}
	r->newer = next;
	return true;
}

int event_reader_take(struct event_reader *r, event_action action, void *context)
{
	int result;

	/* The older one each time: who had it open when it was moved may write to it a moment later. */
	do {
		result = take_lines(r->older, &r->older_rest, action, context);
		if (result == 0)
			result = take_lines(r->newer, &r->newer_rest, action, context);
	} while (result == 0 && move_on(r));
	return result;
}

int event_reader_wait(struct event_reader *r, int timeout_ms)
{
	struct pollfd p = { .fd = r->watch, .events = POLLIN };
	char events[4096];
	int n = poll(&p, 1, timeout_ms);

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	while (read(r->watch, events, sizeof(events)) > 0)
		continue;
	return n > 0;
}
