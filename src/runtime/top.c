/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `berth top`: the host's ps(1), never the container's (CVE-2022-1227), of whose lines those stay that are about
 * processes of the container: of its PID namespace, or one below it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/parse.h"
#include "runtime/container.h"
#include "runtime/record.h"

#define MAX_LEVELS 32 /* MAX_PID_NS_LEVEL: pid_namespaces(7) */

#ifndef NS_GET_PARENT
# define NS_GET_PARENT _IO(0xb7, 0x2) /* linux/nsfs.h */
#endif

/* Where ps is, in the order of PATH. */
static int find_ps(char **ret, struct error *err)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/usr/bin:/bin"; *path; path += path[0] == ':') {
		size_t n = strcspn(path, ":");
		auto_free char *full = str_format("%.*s/ps", (int)n, path);

		if (!full)
			return error_set(err, ENOMEM, "cannot look for ps");
		if (n > 0 && access(full, X_OK) == 0) {
			*ret = take_ptr(full);
			return 0;
		}
		path += n;
	}
	return error_hint(err, error_msg(err, ENOENT, "cannot find the program 'ps' on this host"),
			  "apt install procps");
}

static int split_words(const char *text, struct strv *ret)
{
	int r = 0;

	while (r == 0 && *(text += strspn(text, " \t"))) {
		size_t n = strcspn(text, " \t");

		r = strv_take(ret, strndup(text, n));
		text += n;
	}
	return r;
}

/* As docker's client, "-o pid,cmd" may be one argument or two. */
static int ps_arguments(char *const *args, struct strv *ret)
{
	int r = strv_add(ret, "ps");

	if (r == 0 && !*args)
		r = strv_add(ret, "-ef");
	for (; r == 0 && *args; args++)
		r = split_words(*args, ret);
	return r;
}

static int run_ps(char *const *args, struct buf *out, struct error *err)
{
	auto_child struct child child = CHILD_INIT;
	auto_close int in = FD_NONE, to = FD_NONE;
	auto_strv struct strv argv = STRV_INIT;
	auto_free char *path = NULL;
	int p[2], r = find_ps(&path, err);

	if (r < 0)
		return r;
	r = ps_arguments(args, &argv);
	if (r < 0)
		return error_set(err, r, "cannot run ps");
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	in = p[0];
	to = p[1];
	r = child_spawn(&child, path, argv.v, -1, to, NULL, err);
	if (r < 0)
		return r;
	fd_close(&to);
	r = fd_read_all(in, out);
	if (r < 0)
		return error_set(err, r, "cannot read what ps says");
	r = child_wait(&child, NULL);
	return r < 0 ? error_msg(err, EINVAL, "error running ps: it did not take these options") : 0;
}

struct family {
	struct stat own, container; /* PID namespaces: berth's and the container's */
};

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int namespace_of(const char *pid)
{
	auto_free char *path = str_format("/proc/%s/ns/pid", pid);

	return path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* From the process's namespace upwards, until it is the container's or berth's. */
static bool is_member(const struct family *f, const char *pid)
{
	auto_close int ns = namespace_of(pid);

	for (int level = 0; ns >= 0 && level < MAX_LEVELS; level++) {
		struct stat st;
		int parent;

		if (fstat(ns, &st) < 0 || (same(&st, &f->own) && !same(&st, &f->container)))
			return false;
		if (same(&st, &f->container))
			return true;
		parent = ioctl(ns, NS_GET_PARENT);
		fd_close(&ns);
		ns = parent;
	}
	return false;
}

static int look_up_family(const struct container *c, struct family *f)
{
	auto_free char *pid = str_format("%ld", (long)c->state.pid);
	auto_close int own = namespace_of("self"), theirs = pid ? namespace_of(pid) : FD_NONE;

	return own >= 0 && theirs >= 0 && fstat(own, &f->own) == 0 && fstat(theirs, &f->container) == 0
		       ? 0
		       : -ESRCH;
}

/* The cell that starts at *@line, which goes on to the next one. */
static size_t next_cell(const char **line)
{
	size_t n;

	*line += strspn(*line, " \t");
	n = strcspn(*line, " \t\n");
	return n;
}

static int pid_column(const char *heading, size_t *ret_columns)
{
	int found = -1;
	size_t n, i = 0;

	for (; (n = next_cell(&heading)) > 0; i++, heading += n) {
		if (n == 3 && strncmp(heading, "PID", 3) == 0 && found < 0)
			found = (int)i;
	}
	*ret_columns = i;
	return found;
}

/* The line's cells, separated by tabs; the last one is all the rest. @pid: its cell of that number. */
static void take_line(const char *line, size_t columns, int pid_at, struct buf *row, char pid[16])
{
	size_t n;

	pid[0] = '\0';
	for (size_t i = 0; i < columns && (n = next_cell(&line)) > 0; i++, line += n) {
		if (i + 1 == columns)
			n = strcspn(line, "\n");
		buf_addf(row, "%s%.*s", i ? "\t" : "", (int)n, line);
		if ((int)i == pid_at && n < 16) {
			memcpy(pid, line, n);
			pid[n] = '\0';
		}
	}
	buf_addc(row, '\n');
}

/* A thread's line has "-" for the process's pid and follows the process's. */
static bool is_wanted(const struct family *f, const char *pid, bool last)
{
	uint64_t number;

	if (STREQ(pid, "-"))
		return last;
	return parse_u64(pid, INT32_MAX, &number) == 0 && is_member(f, pid);
}

static int filter(const struct family *f, const char *text, struct buf *ret, struct error *err)
{
	size_t columns;
	int pid_at = pid_column(text, &columns);
	bool last = true;

	if (pid_at < 0)
		return error_msg(err, EINVAL, "couldn't find PID field in ps output");
	for (bool heading = true; *text; heading = false) {
		auto_buf struct buf row = BUF_INIT;
		char pid[16];

		take_line(text, columns, pid_at, &row, pid);
		if (!heading)
			last = is_wanted(f, pid, last);
		if (last)
			buf_add(ret, buf_str(&row), row.len);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return buf_failed(ret) ? error_set(err, ENOMEM, "cannot read what ps says") : 0;
}

int container_top(const struct store *s, const char *what, char *const *args, struct buf *ret,
		  struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_buf struct buf text = BUF_INIT;
	auto_close int pidfd = FD_NONE;
	struct family f;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	pidfd = container_process(&c);
	if (pidfd < 0 || look_up_family(&c, &f) < 0)
		return error_msg(err, ESRCH, "container %s is not running", c.id);
	r = run_ps(args, &text, err);
	return r == 0 ? filter(&f, buf_str(&text), ret, err) : r;
}
