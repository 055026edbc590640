/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
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

static const char stacked[] =
	"30 22 7:3 / /mnt/a rw - ext4 /dev/loop3 rw\n"
	"31 22 7:4 / /mnt/b\\040c rw shared:1 - ext4 /dev/loop4 rw\n"
	"32 22 0:50 / /mnt/btrfs rw shared:1 - btrfs /dev/loop5 rw\n"
	"33 30 0:51 / /mnt/a rw - tmpfs none rw\n"
	"34 22 7:3 / /mnt/other rw - ext4 /dev/loop3 rw\n";

static uint64_t loop(unsigned n)
{
	return makedev(7, n);
}

static void finds_what_is_mounted_where(void)
{
	EQ_INT(mountinfo_find(stacked, "/mnt/a", loop(3), NULL), MOUNTINFO_COVERED);
	EQ_INT(mountinfo_find(stacked, "/mnt/b c", loop(4), NULL), MOUNTINFO_TOP);
	EQ_INT(mountinfo_find(stacked, "/mnt/b", loop(4), NULL), MOUNTINFO_NONE);
	EQ_INT(mountinfo_find(stacked, "/mnt/other", loop(3), NULL), MOUNTINFO_TOP);
	EQ_INT(mountinfo_find(stacked, "/mnt/other", loop(30), NULL), MOUNTINFO_NONE);
	EQ_INT(mountinfo_find(stacked, "/mnt/btrfs", loop(5), NULL), MOUNTINFO_NONE);
	EQ_INT(mountinfo_find(stacked, "/mnt/btrfs", loop(5), "/dev/loop5"), MOUNTINFO_TOP);
	EQ_INT(mountinfo_find(stacked, "/mnt/btrfs", loop(5), "/dev/loop"), MOUNTINFO_NONE);
	EQ_INT(mountinfo_find("30 22 7:3", "/mnt/a", loop(3), "x"), MOUNTINFO_NONE);
}

static void lists_mount_points(void)
{
	auto_strv struct strv points = STRV_INIT;

	EQ_INT(mountinfo_points(stacked, &points), 0);
	EQ_INT(points.n, 5);
	EQ_STR(points.v[1], "/mnt/b c");
}

TAP_MAIN(reads, finds_the_mount_of_a_file, finds_what_is_mounted_where, lists_mount_points)
