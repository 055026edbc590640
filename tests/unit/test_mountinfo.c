/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tap.h"

static const char text[] =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
	"23 22 0:5 / /dev rw,nosuid master:2 - devtmpfs devtmpfs rw\n"
	"24 22 0:6 / /a\\040b rw shared:7 master:3 propagate_from:2 - tmpfs tmpfs rw\n"
	"250 22 0:7 / /private rw - tmpfs shared:9 rw";

static void reads(void)
{
	struct mount_peers p;

	EQ_INT(mountinfo_line(text, 22, &p), 0);
	OK(p.shared && !p.slave);
	EQ_STR(p.point, "/");
	EQ_INT(mountinfo_line(text, 23, &p), 0);
	OK(!p.shared && p.slave);
	EQ_INT(mountinfo_line(text, 24, &p), 0);
	OK(p.shared && p.slave);
	EQ_INT(mountinfo_line(text, 250, &p), 0);
	OK(!p.shared && !p.slave);
	EQ_STR(p.point, "/private");
	EQ_INT(mountinfo_line(text, 25, &p), -ENOENT);
	EQ_INT(mountinfo_line("", 1, &p), -ENOENT);
	EQ_INT(mountinfo_line("22\n22 1\n", 22, &p), -ENOENT);
}

static void finds_the_mount_of_a_file(void)
{
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);
	struct mount_peers p;

	EQ_INT(mountinfo_peers(fd, &p), 0);
	EQ_STR(p.point, "/proc");
	(void)close(fd);
}

TAP_MAIN(reads, finds_the_mount_of_a_file)
