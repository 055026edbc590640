/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes on file descriptors, and small files that are written all or not at all. */
#ifndef BERTH_BASE_FD_H
#define BERTH_BASE_FD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/**
 * fd_fill_standard() - make descriptors 0-2 that are closed /dev/null: nothing that is opened later can then be taken
 * for them. As when closed, 0 can't be read and 1 and 2 can't be written (EBADF).
 */
void fd_fill_standard(void);

/** fd_write_all() - write(2) until all of @data is written. Return: 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t len);

/** fd_read_all() - append everything up to end of file to @out; -EFBIG above its limit. */
int fd_read_all(int fd, struct buf *out);

/** fd_read_upto() - read exactly @len bytes unless the file ends first. Return: bytes read or -errno. */
ssize_t fd_read_upto(int fd, void *data, size_t len);

/** fd_read_at() - exactly @len bytes from @offset. Return: 0, -EIO if the file ends before, -errno. */
int fd_read_at(int fd, void *data, size_t len, uint64_t offset);

/** fd_write_at() - pwrite(2) until all of @data is written. Return: 0 or -errno. */
int fd_write_at(int fd, const void *data, size_t len, uint64_t offset);

/**
 * file_read_at() - read the regular file @name in directory @dirfd into @out, at most out->limit bytes.
 * Follows no symbolic link in the last component and does not block on a FIFO (-EINVAL if not a file).
 */
int file_read_at(int dirfd, const char *name, struct buf *out);

/** file_write_at() - create or truncate @name in @dirfd with these contents and @mode, umask or not; not atomic. */
int file_write_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode);

enum file_replace_flags {
	FILE_REPLACE_SYNC = 1, /* contents and name survive a power loss when the call returns */
};

/**
 * file_replace_at() - replace @name in @dirfd by a file with these contents: write to a temporary name,
 * fsync if asked, rename. A reader sees the old or the new file whole.
 */
int file_replace_at(int dirfd, const char *name, const void *data, size_t len,
		    enum file_replace_flags flags);

#endif
