/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int mountinfo_peers(int fd, struct mount_peers *ret)
{
	auto_close int info = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	auto_buf struct buf text = BUF_INIT;
	unsigned long id;
	int r = info < 0 ? -errno : fd_read_all(info, &text);

	if (r == 0)
		r = mount_id(fd, &id);
	return r == 0 ? mountinfo_line(buf_str(&text), id, ret) : r;
}
