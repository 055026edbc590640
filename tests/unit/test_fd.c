/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "tempdir.h"
#include "tap.h"

static void reads_files(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_buf struct buf out = BUF_INIT;
	struct buf small = { .limit = 4 };
	char big[40000];

	memset(big, 'x', sizeof(big));
	EQ_INT(file_write_at(t.fd, "f", big, sizeof(big), 0640), 0);
	EQ_INT(file_read_at(t.fd, "f", &out), 0);
	EQ_INT(out.len, sizeof(big));
	EQ_INT(file_read_at(t.fd, "f", &small), -EFBIG);
	buf_done(&small);
	EQ_INT(file_read_at(t.fd, "absent", &out), -ENOENT);
	EQ_INT(file_read_at(t.fd, ".", &out), -EISDIR);
	EQ_INT(symlinkat("f", t.fd, "link"), 0);
	EQ_INT(file_read_at(t.fd, "link", &out), -ELOOP);
	/* Nobody writes to it: to open it plainly would wait for ever. */
	EQ_INT(mkfifoat(t.fd, "fifo", 0600), 0);
	EQ_INT(file_read_at(t.fd, "fifo", &out), -EINVAL);
}

static void replaces_whole(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_strv struct strv names = STRV_INIT;
	auto_buf struct buf out = BUF_INIT;
	auto_close int old = FD_NONE;
	char text[8] = "";

	EQ_INT(file_replace_at(t.fd, "f", "one", 3, FILE_REPLACE_SYNC), 0);
	old = openat(t.fd, "f", O_RDONLY | O_CLOEXEC);
	EQ_INT(file_replace_at(t.fd, "f", "three", 5, 0), 0);
	/* Who had it open still reads the old one. */
	EQ_INT(fd_read_upto(old, text, sizeof(text)), 3);
	EQ_STR(text, "one");
	EQ_INT(file_read_at(t.fd, "f", &out), 0);
	EQ_STR(buf_str(&out), "three");
	/* A failure leaves nothing beside it. */
	EQ_INT(mkdirat(t.fd, "d", 0755), 0);
	EQ_INT(file_write_at(t.fd, "d/x", "", 0, 0600), 0);
	EQ_INT(file_replace_at(t.fd, "d", "x", 1, 0), -EISDIR);
	EQ_INT(dir_list(t.fd, &names), 0);
	EQ_INT(names.n, 2);
}

static void fails_on_full_devices(void)
{
	auto_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	EQ_INT(fd_write_all(full, "x", 1), -ENOSPC);
	EQ_INT(fd_write_all(full, "x", 0), 0);
}

TAP_MAIN(reads_files, replaces_whole, fails_on_full_devices)
