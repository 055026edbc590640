/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "tempdir.h"
#include "tap.h"

static void makes(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_free char *deep = str_format("%s/a/b//c/", t.path);
	auto_free char *open_to_all = str_format("%s/o/p", t.path);
	auto_close int fd = FD_NONE;
	struct stat st;
	mode_t saved;

	EQ_INT(dir_make(deep, 0700), 0);
	EQ_INT(dir_make(deep, 0700), 0);
	EQ_INT(fstatat(t.fd, "a/b/c", &st, 0), 0);
	EQ_INT(st.st_mode & 07777, 0700);
	EQ_INT(dir_make("", 0700), -ENOENT);
	saved = umask(077);
	EQ_INT(dir_make(open_to_all, 0755), 0);
	(void)umask(saved);
	EQ_INT(fstatat(t.fd, "o", &st, 0), 0);
	EQ_INT(st.st_mode & 07777, 0755);
	fd = dir_make_open(t.fd, "d", 0750);
	OK(fd >= 0);
	EQ_INT(symlinkat("a", t.fd, "link"), 0);
	EQ_INT(dir_open(t.fd, "link"), -ENOTDIR);
	EQ_INT(dir_make_open(t.fd, "link", 0700), -ENOTDIR);
}

static void lists(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_strv struct strv names = STRV_INIT;

	EQ_INT(dir_is_empty(t.fd), 1);
	EQ_INT(file_write_at(t.fd, "b", "", 0, 0600), 0);
	EQ_INT(file_write_at(t.fd, ".a", "", 0, 0600), 0);
	EQ_INT(dir_is_empty(t.fd), 0);
	for (int again = 0; again < 2; again++) {
		EQ_INT(dir_list(t.fd, &names), 0);
		EQ_INT(names.n, 2);
		EQ_STR(names.v[0], ".a");
		EQ_STR(names.v[1], "b");
	}
}

static void removes_anything(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_free char *sub = str_format("%s/tree/x/y", t.path);
	struct stat st;

	EQ_INT(tree_remove(t.fd, "absent"), 0);
	EQ_INT(file_write_at(t.fd, "file", "1", 1, 0600), 0);
	EQ_INT(tree_remove(t.fd, "file"), 0);
	EQ_INT(symlinkat("outside", t.fd, "link"), 0);
	EQ_INT(mkdirat(t.fd, "outside", 0755), 0);
	EQ_INT(file_write_at(t.fd, "outside/kept", "1", 1, 0600), 0);
	EQ_INT(tree_remove(t.fd, "link"), 0);

	EQ_INT(dir_make(sub, 0755), 0);
	EQ_INT(symlinkat("../../../outside", t.fd, "tree/x/y/link"), 0);
	EQ_INT(mkfifoat(t.fd, "tree/x/fifo", 0600), 0);
	EQ_INT(file_write_at(t.fd, "tree/x/file", "1", 1, 0), 0);
	EQ_INT(tree_remove(t.fd, "tree"), 0);
	OK(fstatat(t.fd, "tree", &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT);
	EQ_INT(fstatat(t.fd, "outside/kept", &st, 0), 0);
}

/* 3000 levels with 256 descriptors: a container may build such a tree, and its removal must not depend on it. */
static void removes_deep_trees(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int fd = FD_NONE;
	struct rlimit old, low;
	unsigned long long bytes = 0;
	struct stat st;
	int made = 0;

	EQ_INT(mkdirat(t.fd, "deep", 0755), 0);
	fd = dir_open(t.fd, "deep");
	for (; made < 3000; made++) {
		int below;

		if (mkdirat(fd, "d", 0755) < 0 || file_write_at(fd, "f", "", 0, 0600) < 0)
			break;
		below = dir_open(fd, "d");
		fd_close(&fd);
		fd = below;
	}
	EQ_INT(made, 3000);
	fd_close(&fd);
	EQ_INT(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 256;
	EQ_INT(setrlimit(RLIMIT_NOFILE, &low), 0);
	EQ_INT(tree_usage(t.fd, &bytes), 0);
	EQ_INT(tree_remove(t.fd, "deep"), 0);
	EQ_INT(setrlimit(RLIMIT_NOFILE, &old), 0);
	OK(fstatat(t.fd, "deep", &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT);
	EQ_INT(dir_is_empty(t.fd), 1);
}

static void measures(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int fd = FD_NONE;
	unsigned long long before = 0, after = 0, linked = 0;
	char block[65536];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 7 + 1);
	EQ_INT(mkdirat(t.fd, "sub", 0755), 0);
	fd = dir_open(t.fd, "sub");
	EQ_INT(tree_usage(t.fd, &before), 0);
	EQ_INT(file_write_at(fd, "file", block, sizeof(block), 0600), 0);
	EQ_INT(fsync(fd), 0);
	EQ_INT(tree_usage(t.fd, &after), 0);
	OK(after >= before + sizeof(block));
	EQ_INT(linkat(fd, "file", t.fd, "hard", 0), 0);
	EQ_INT(tree_usage(t.fd, &linked), 0);
	EQ_INT(linked, after);
}

TAP_MAIN(makes, lists, removes_anything, removes_deep_trees, measures)
