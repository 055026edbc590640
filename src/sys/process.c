/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "sys/syscalls.h"

static ssize_t read_small(const char *path, char *out, size_t size)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = fd_read_upto(fd, out, size - 1);
	if (n >= 0)
		out[n] = '\0';
	return n;
}

/* State letter and start time: fields 3 and 22 of proc(5)'s stat. */
static int read_stat(pid_t pid, char *ret_state, uint64_t *ret_start)
{
	char path[64], stat[1024], *p;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	n = read_small(path, stat, sizeof(stat));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	/* The command name, field 2, may hold anything, parentheses too: count from its last one. */
	p = strrchr(stat, ')');
	if (!p || p[1] != ' ')
		return -EIO;
	*ret_state = p[2];
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EIO;
	*ret_start = strtoull(p + 1, NULL, 10);
	return 0;
}

int process_start_time(pid_t pid, uint64_t *ret)
{
	char state;

	return read_stat(pid, &state, ret);
}

int process_open(pid_t pid, uint64_t start)
{
	auto_close int fd = pid > 0 ? sys_pidfd_open(pid) : -ESRCH;
	uint64_t now = 0;
	char state = 'X';
	int r;

	if (fd < 0)
		return fd == -EINVAL ? -ESRCH : fd;
	/* After opening: as long as the descriptor is open and the process alive, the pid stays its own. */
	r = read_stat(pid, &state, &now);
	if (r < 0)
		return r;
	return now == start && state != 'Z' && state != 'X' ? take_fd(&fd) : -ESRCH;
}

int process_boot_id(char out[37])
{
	ssize_t n = read_small("/proc/sys/kernel/random/boot_id", out, 37);

	return n < 0 ? (int)n : 0;
}
