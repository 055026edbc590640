/* SPDX-License-Identifier: Apache-2.0 */
#include "template/mountpath.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"
#include "tempdir.h"

static void accepts(void)
{
	static const char *const good[][2] = {
		{ "/mnt", "/mnt" },		 { "/mnt//a/./b/", "/mnt/a/b" },
		{ "/var/lib/x", "/var/lib/x" },	 { "/tmp/x", "/tmp/x" },
		{ "/home/user/t", "/home/user/t" }, { "/binaries", "/binaries" },
		{ "/a..b/c", "/a..b/c" },	 { "/usr/local/x", "/usr/local/x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		auto_free char *path = NULL;

		EQ_INT(mount_path_check(good[i][0], &path, NULL), 0);
		EQ_STR(path, good[i][1]);
	}
}

static void refuses(void)
{
	static const char *const bad[] = {
		"",	   "mnt/x",   "./x",	"/",	  "//",	    "/.",    "/mnt/..",	 "/mnt/../etc",
		"/..",	   "/etc",    "/etc/x", "/usr",	  "/usr/lib/x", "/proc", "/proc/1",	 "/sys/fs/x",
		"/dev/shm", "/boot",  "/var",	"/var/lib", "/tmp",   "/run",  "/run/",	 "/home",
		"/root",   "/a\nb",   "/bin/x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_free char *path = NULL;
		struct error err = ERROR_INIT;

		EQ_INT(mount_path_check(bad[i], &path, &err), -EINVAL);
		OK(path == NULL && err.msg[0]);
	}
}

static void makes_and_unmakes(void)
{
	auto_tempdir struct tempdir dir = tempdir_make();
	auto_free char *path = str_format("%s/a/b/c", dir.path), *a = str_format("%s/a", dir.path);
	auto_free char *missing = NULL, *none = NULL;
	struct stat st;
	int fd;

	EQ_INT(mount_path_missing(path, &missing, NULL), 0);
	EQ_STR(missing, a);
	fd = mount_path_open(path, NULL);
	OK(fd >= 0);
	(void)close(fd);
	EQ_INT(stat(path, &st), 0);
	EQ_INT(st.st_mode & 07777, 0755);
	EQ_INT(mount_path_missing(path, &none, NULL), 0);
	OK(none == NULL);
	mount_path_unmake(path, a);
	EQ_INT(access(a, F_OK), -1);
	EQ_INT(access(dir.path, F_OK), 0);
	mount_path_unmake(path, "");
	EQ_INT(access(dir.path, F_OK), 0);
}

static void keeps_what_is_used(void)
{
	auto_tempdir struct tempdir dir = tempdir_make();
	auto_free char *path = str_format("%s/a/b", dir.path), *a = str_format("%s/a", dir.path);
	auto_free char *other = str_format("%s/a/other", dir.path);

	(void)close(mount_path_open(path, NULL));
	EQ_INT(mkdir(other, 0700), 0);
	mount_path_unmake(path, a);
	EQ_INT(access(path, F_OK), -1);
	EQ_INT(access(other, F_OK), 0);
}

static void follows_no_link(void)
{
	auto_tempdir struct tempdir dir = tempdir_make();
	auto_free char *link = str_format("%s/link", dir.path), *path = str_format("%s/link/x", dir.path);
	auto_free char *missing = NULL;
	struct error err = ERROR_INIT;

	EQ_INT(symlink(dir.path, link), 0);
	EQ_INT(mount_path_missing(path, &missing, &err), -ELOOP);
	OK(strstr(err.msg, "symbolic link") != NULL);
	EQ_INT(mount_path_missing(link, &missing, &err), -ELOOP);
	OK(strstr(err.hint, dir.path) != NULL);
	EQ_INT(mount_path_open(path, &err), -ELOOP);
}

TAP_MAIN(accepts, refuses, makes_and_unmakes, keeps_what_is_used, follows_no_link)
