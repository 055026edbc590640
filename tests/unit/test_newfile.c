/* SPDX-License-Identifier: Apache-2.0 */
#include "base/newfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/strv.h"
#include "tap.h"
#include "tempdir.h"

static size_t entries(int dir_fd)
{
	auto_strv struct strv names = STRV_INIT;

	return dir_list(dir_fd, &names) == 0 ? names.n : 99;
}

static void appears_when_whole(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_free char *path = str_format("%s/file", t.path);
	auto_new_file struct new_file f = NEW_FILE_INIT;
	auto_buf struct buf got = { .limit = 100 };

	EQ_INT(file_write_at(t.fd, "file", "old", 3, 0600), 0);
	EQ_INT(new_file_open(&f, path, NULL), 0);
	EQ_INT(fd_write_all(f.fd, "new", 3), 0);
	EQ_INT(file_read_at(t.fd, "file", &got), 0);
	EQ_STR(buf_str(&got), "old");
	EQ_INT(new_file_finish(&f, NULL), 0);
	buf_done(&got);
	got = (struct buf){ .limit = 100 };
	EQ_INT(file_read_at(t.fd, "file", &got), 0);
	EQ_STR(buf_str(&got), "new");
	new_file_done(&f);
	EQ_INT(entries(t.fd), 1);
}

static void leaves_nothing(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_free char *path = str_format("%s/file", t.path);
	auto_free char *nowhere = str_format("%s/missing/file", t.path);
	struct new_file f = NEW_FILE_INIT;

	EQ_INT(new_file_open(&f, path, NULL), 0);
	EQ_INT(fd_write_all(f.fd, "half", 4), 0);
	new_file_done(&f);
	EQ_INT(entries(t.fd), 0);
	EQ_INT(new_file_open(&f, nowhere, NULL), -ENOENT);
	EQ_INT(f.fd, FD_NONE);
}

static void writes_to_what_is_no_file(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_free char *path = str_format("%s/pipe", t.path);
	auto_new_file struct new_file f = NEW_FILE_INIT;
	auto_close int reader = FD_NONE;
	struct stat st;
	char got[4] = "";

	EQ_INT(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	EQ_INT(new_file_open(&f, path, NULL), 0);
	EQ_INT(fd_write_all(f.fd, "abc", 3), 0);
	EQ_INT(new_file_finish(&f, NULL), 0);
	EQ_INT(read(reader, got, sizeof(got) - 1), 3);
	EQ_STR(got, "abc");
	EQ_INT(stat(path, &st) == 0 && S_ISFIFO(st.st_mode), 1);
}

TAP_MAIN(appears_when_whole, leaves_nothing, writes_to_what_is_no_file)
