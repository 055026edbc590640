/* SPDX-License-Identifier: Apache-2.0 */
/* A root that would like to lead us out of it: everything happens below t.fd, or not at all. */
#include "sys/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/fs.h"
#include "tempdir.h"
#include "tap.h"

/* A directory with "root" in it and a canary beside that. */
static int make_root(const struct tempdir *t)
{
	(void)mkdirat(t->fd, "root", 0755);
	(void)mkdirat(t->fd, "outside", 0755);
	(void)file_write_at(t->fd, "outside/secret", "secret", 6, 0644);
	return dir_open(t->fd, "root");
}

static bool outside_is_untouched(const struct tempdir *t)
{
	auto_close int outside = dir_open(t->fd, "outside");
	auto_strv struct strv names = STRV_INIT, top = STRV_INIT;

	return dir_list(outside, &names) == 0 && names.n == 1 && dir_list(t->fd, &top) == 0 &&
	       top.n == 2;
}

static mode_t mode_of(int fd, const char *path)
{
	struct stat st;

	return fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static void stays_inside(void)
{
	static const char *const links[] = { "../outside", "../../../../../../outside", "/../outside" };
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int root = make_root(&t);
	auto_buf struct buf out = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		EQ_INT(symlinkat(links[i], root, "link"), 0);
		EQ_INT(root_open(root, "link/secret", O_RDONLY), -ENOENT);
		EQ_INT(root_read_file(root, "/link/secret", &out), -ENOENT);
		EQ_INT(unlinkat(root, "link", 0), 0);
	}
	EQ_INT(root_read_file(root, "../outside/secret", &out), -ENOENT);
	EQ_INT(out.len, 0);
	EQ_INT(symlinkat("/proc/self/root", root, "magic"), 0);
	EQ_INT(root_open(root, "magic", O_PATH), -ENOENT);
	EQ_INT(symlinkat("loop", root, "loop"), 0);
	EQ_INT(root_open(root, "loop", O_PATH), -ELOOP);
}

static void makes_targets(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int root = make_root(&t);
	auto_close int dir = root_make_target(root, "/a/b/c", true);
	auto_close int file = root_make_target(root, "/a/x/file", false);
	auto_close int again = root_make_target(root, "a/b//c/", true);
	auto_close int dots = root_make_target(root, "/n/../m", true);
	auto_close int top = root_make_target(root, "/", true);

	OK(dir >= 0 && file >= 0 && again >= 0 && dots >= 0 && top >= 0);
	EQ_INT(mode_of(root, "a/b/c"), S_IFDIR | 0755);
	EQ_INT(mode_of(root, "a/x/file"), S_IFREG | 0644);
	EQ_INT(mode_of(root, "m"), S_IFDIR | 0755);
	EQ_INT(root_make_target(root, "/a/x/file", true), -ENOTDIR);
	EQ_INT(root_make_target(root, "/a/b", false), -EISDIR);
	EQ_INT(root_make_target(root, "/a/x/file/below", true), -ENOTDIR);
}

static void makes_targets_through_links(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int root = make_root(&t);
	auto_close int absolute = FD_NONE, escaping = FD_NONE, dangling = FD_NONE, chain = FD_NONE;

	EQ_INT(mkdirat(root, "real", 0755), 0);
	EQ_INT(symlinkat("/real", root, "abs"), 0);
	absolute = root_make_target(root, "/abs/sub", true);
	OK(absolute >= 0);
	EQ_INT(mode_of(root, "real/sub"), S_IFDIR | 0755);

	EQ_INT(symlinkat("../../../outside", root, "esc"), 0);
	escaping = root_make_target(root, "/esc/made", true);
	OK(escaping >= 0);
	EQ_INT(mode_of(root, "outside/made"), S_IFDIR | 0755);

	EQ_INT(symlinkat("gone/deep", root, "real/dangling"), 0);
	dangling = root_make_target(root, "/real/dangling/file", false);
	OK(dangling >= 0);
	EQ_INT(mode_of(root, "real/gone/deep/file"), S_IFREG | 0644);

	EQ_INT(symlinkat("two", root, "one"), 0);
	EQ_INT(symlinkat("/real/three", root, "two"), 0);
	chain = root_make_target(root, "/one", true);
	OK(chain >= 0);
	EQ_INT(mode_of(root, "real/three"), S_IFDIR | 0755);

	EQ_INT(symlinkat("loop-b", root, "loop-a"), 0);
	EQ_INT(symlinkat("loop-a/x", root, "loop-b"), 0);
	EQ_INT(root_make_target(root, "/loop-a/y", true), -ELOOP);
	OK(outside_is_untouched(&t));
}

/* The umask of whoever calls berth is not the container's. */
static void ignores_umask(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int root = make_root(&t);
	mode_t saved = umask(077);
	auto_close int dir = root_make_target(root, "/d/e", true);
	auto_close int file = root_make_target(root, "/d/f", false);
	auto_close int own = root_make_dir(root, "/w/x", 01777, getuid(), getgid());

	EQ_INT(umask(saved), 077);
	OK(dir >= 0 && file >= 0 && own >= 0);
	EQ_INT(mode_of(root, "d"), S_IFDIR | 0755);
	EQ_INT(mode_of(root, "d/e"), S_IFDIR | 0755);
	EQ_INT(mode_of(root, "d/f"), S_IFREG | 0644);
	EQ_INT(mode_of(root, "w/x"), S_IFDIR | 01777);
}

static void reads_only_files(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int root = make_root(&t);
	auto_buf struct buf out = BUF_INIT;
	struct buf small = { .limit = 3 };

	EQ_INT(file_write_at(root, "passwd", "root:x", 6, 0644), 0);
	EQ_INT(symlinkat("/passwd", root, "link"), 0);
	EQ_INT(root_read_file(root, "link", &out), 0);
	EQ_STR(buf_str(&out), "root:x");
	EQ_INT(root_read_file(root, "passwd", &small), -EFBIG);
	buf_done(&small);
	EQ_INT(mkfifoat(root, "fifo", 0644), 0);
	EQ_INT(root_read_file(root, "fifo", &out), -EINVAL);
	EQ_INT(root_read_file(root, "/", &out), -EINVAL);
	EQ_INT(root_read_file(root, "absent", &out), -ENOENT);
}

TAP_MAIN(stays_inside, makes_targets, makes_targets_through_links, ignores_umask, reads_only_files)
