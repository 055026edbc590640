/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

/* Field @n (0 is the first) of a line whose fields one space parts; NULL if there are fewer. */
static const char *field(const char *line, const char *end, unsigned n)
{
	for (; n > 0; n--) {
		line = memchr(line, ' ', (size_t)(end - line));
		if (!line)
			return NULL;
		line++;
	}
	return line;
}

/* Optional fields, "shared:N" and "master:N" among them, run from the seventh up to a single "-". */
static void read_optional(const char *p, const char *end, struct mount_peers *ret)
{
	while (p && p < end && *p != '-') {
		ret->shared |= strncmp(p, "shared:", 7) == 0;
		ret->slave |= strncmp(p, "master:", 7) == 0;
		p = field(p, end, 1);
	}
}

int mountinfo_line(const char *text, unsigned long id, struct mount_peers *ret)
{
	while (*text) {
		const char *end = text + strcspn(text, "\n");
		const char *point = field(text, end, 4);

		if (point && strtoul(text, NULL, 10) == id) {
			*ret = (struct mount_peers){ 0 };
			(void)snprintf(ret->point, sizeof(ret->point), "%.*s",
				       (int)strcspn(point, " \n"), point);
			read_optional(field(text, end, 6), end, ret);
			return 0;
		}
		text = *end ? end + 1 : end;
	}
	return -ENOENT;
}

/* fdinfo names the mount's id on every kernel that has mountinfo ids; statx(2) only since 5.8. */
static int mount_id(int fd, unsigned long *ret)
{
	auto_free char *path = str_format("/proc/self/fdinfo/%d", fd);
	auto_buf struct buf text = BUF_INIT;
	auto_close int info = path ? open(path, O_RDONLY | O_CLOEXEC) : FD_NONE;
	const char *p;
	int r = info < 0 ? -errno : fd_read_all(info, &text);

	if (r < 0)
		return r;
	p = strstr(buf_str(&text), "mnt_id:");
	if (!p)
		return -EIO;
	*ret = strtoul(p + 7, NULL, 10);
	return 0;
}

int mountinfo_read(struct buf *out)
{
	auto_close int info = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	return info < 0 ? -errno : fd_read_all(info, out);
}

/* @path as the kernel writes it: seq_path() escapes these four. */
static void escape(struct buf *out, const char *path)
{
	for (; *path; path++) {
		if (strchr(" \t\n\\", *path))
			buf_addf(out, "\\%03o", (unsigned)(unsigned char)*path);
		else
			buf_addc(out, *path);
	}
}

/* Whether field @n of the line is @want. */
static bool is_field(const char *line, const char *end, unsigned n, const char *want)
{
	const char *p = field(line, end, n);
	size_t len = strlen(want);

	return p && (size_t)(end - p) >= len && memcmp(p, want, len) == 0 &&
	       (p + len == end || p[len] == ' ');
}

static bool is_from(const char *line, const char *end, const char *source)
{
	const char *p = field(line, end, 6);

	while (p && p < end && !(*p == '-' && p[1] == ' '))
		p = field(p, end, 1);
	return p && source && is_field(p, end, 2, source);
}

enum mountinfo_found mountinfo_find(const char *text, const char *point, uint64_t device,
				    const char *source)
{
	enum mountinfo_found found = MOUNTINFO_NONE;
	auto_buf struct buf escaped = BUF_INIT;
	char number[32];

	escape(&escaped, point);
	(void)snprintf(number, sizeof(number), "%u:%u", major((dev_t)device), minor((dev_t)device));
	while (*text) {
		const char *end = text + strcspn(text, "\n");

		if (is_field(text, end, 4, buf_str(&escaped))) {
			if (is_field(text, end, 2, number) || is_from(text, end, source))
				found = MOUNTINFO_TOP;
			else if (found != MOUNTINFO_NONE)
				found = MOUNTINFO_COVERED;
		}
		text = *end ? end + 1 : end;
	}
	return found;
}

static bool is_octal(const char *p)
{
	return p[0] == '\\' && strspn(p + 1, "01234567") >= 3;
}

/* The reverse of escape(). */
static char *unescaped(const char *p, const char *end)
{
	auto_buf struct buf out = BUF_INIT;

	while (p < end) {
		if (is_octal(p)) {
			buf_addc(&out, (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0')));
			p += 4;
		} else {
			buf_addc(&out, *p++);
		}
	}
	return buf_take(&out);
}

int mountinfo_points(const char *text, struct strv *ret)
{
	int r = 0;

	while (r == 0 && *text) {
		const char *end = text + strcspn(text, "\n");
		const char *point = field(text, end, 4);

		if (point)
			r = strv_take(ret, unescaped(point, point + strcspn(point, " \n")));
		text = *end ? end + 1 : end;
	}
	return r;
}

int mountinfo_peers(int fd, struct mount_peers *ret)
{
	auto_buf struct buf text = BUF_INIT;
	unsigned long id;
	int r = mountinfo_read(&text);

	if (r == 0)
		r = mount_id(fd, &id);
	return r == 0 ? mountinfo_line(buf_str(&text), id, ret) : r;
}
