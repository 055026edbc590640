/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		/* The lowest free number is taken: this one. */
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
	}
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_all(int fd, struct buf *out)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = fd_read_upto(fd, chunk, sizeof(chunk));

		if (n < 0)
			return (int)n;
		buf_add(out, chunk, (size_t)n);
		if (buf_failed(out))
			return out->len + (size_t)n > out->limit ? -EFBIG : -ENOMEM;
		if ((size_t)n < sizeof(chunk))
			return 0;
	}
}

ssize_t fd_read_upto(int fd, void *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)data + got, len - got);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int fd_read_at(int fd, void *data, size_t len, uint64_t offset)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(fd, (char *)data + done, len - done, (off_t)(offset + done));

		if (n == 0 || (n < 0 && errno != EINTR))
			return n ? -errno : -EIO;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int fd_write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int file_read_at(int dirfd, const char *name, struct buf *out)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return fd_read_all(fd, out);
}

int file_write_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	auto_close int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

	/* The mode is what the caller says, whatever the umask of whoever started us. */
	if (fd < 0 || fchmod(fd, mode) < 0)
		return -errno;
	return fd_write_all(fd, data, len);
}

static int write_and_sync(int dirfd, const char *name, const void *data, size_t len,
			  enum file_replace_flags flags)
{
	auto_close int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, data, len);
	if (r == 0 && (flags & FILE_REPLACE_SYNC) && fsync(fd) < 0)
		r = -errno;
	return r;
}

int file_replace_at(int dirfd, const char *name, const void *data, size_t len,
		    enum file_replace_flags flags)
{
	auto_free char *temp = str_format(".%s.%ld", name, (long)getpid());
	int r;

	if (!temp)
		return -ENOMEM;
	/* A name left by a killed process with our pid is nobody's. */
	if (unlinkat(dirfd, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	r = write_and_sync(dirfd, temp, data, len, flags);
	if (r == 0 && renameat(dirfd, temp, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temp, 0);
		return r;
	}
	if (flags & FILE_REPLACE_SYNC) {
		auto_close int dir = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (dir < 0 || fsync(dir) < 0)
			return -errno;
	}
	return 0;
}
