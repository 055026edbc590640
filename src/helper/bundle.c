/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/fs.h"
#include "helper/tarwrite.h"

static int bundle_error(const struct bundle *b, int r, struct error *err)
{
	const char *path = b->is_dir ? b->path : b->archive.path;

	return error_set(err, r, "cannot write '%s'", path ? path : "standard output");
}

/* "DIR/" without its slashes; what is there must be an empty directory, which renaming replaces. */
static int open_dir_bundle(struct bundle *b, const char *path, bool exists, struct error *err)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	b->is_dir = true;
	b->path = strndup(path, len);
	if (!b->path)
		return -ENOMEM;
	if (exists) {
		auto_close int fd = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int empty = fd < 0 ? -errno : dir_is_empty(fd);

		if (empty <= 0)
			return bundle_error(b, empty < 0 ? empty : -ENOTEMPTY, err);
	}
	b->temporary = new_file_temporary(b->path);
	if (!b->temporary)
		return -ENOMEM;
	if (mkdir(b->temporary, 0755) < 0)
		return bundle_error(b, -errno, err);
	b->fd = dir_open(AT_FDCWD, b->temporary);
	return b->fd < 0 ? bundle_error(b, b->fd, err) : 0;
}

int bundle_open(struct bundle *b, const char *path, struct error *err)
{
	size_t len = strlen(path);
	struct stat st;
	bool exists;

	if (STREQ(path, "-")) {
		b->archive.in_place = true;
		b->archive.fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 4);
		return b->archive.fd < 0 ? bundle_error(b, -errno, err) : 0;
	}
	exists = stat(path, &st) == 0;
	if (len > 0 && (path[len - 1] == '/' || (exists && S_ISDIR(st.st_mode))))
		return open_dir_bundle(b, path, exists, err);
	return new_file_open(&b->archive, path, err);
}

void bundle_done(struct bundle *b)
{
	new_file_done(&b->archive);
	fd_close(&b->fd);
	fd_close(&b->file_fd);
	if (b->temporary)
		(void)tree_remove(AT_FDCWD, b->temporary);
	free(b->temporary);
	free(b->path);
	*b = BUNDLE_INIT;
}

int bundle_close(struct bundle *b, struct error *err)
{
	static const char zeros[2 * TAR_BLOCK];
	int r;

	if (!b->is_dir) {
		r = fd_write_all(b->archive.fd, zeros, sizeof(zeros));
		return r < 0 ? bundle_error(b, r, err) : new_file_finish(&b->archive, err);
	}
	if (rename(b->temporary, b->path) < 0)
		return bundle_error(b, -errno, err);
	free(take_ptr(b->temporary));
	return 0;
}

int bundle_add_dir(struct bundle *b, const char *name, struct error *err)
{
	auto_free char *path = str_format("%s/", name);
	struct tar_header h;
	int r;

	if (!path)
		return -ENOMEM;
	if (b->is_dir) {
		r = mkdirat(b->fd, name, 0755) < 0 ? -errno : 0;
	} else {
		tar_write_header(&h, path, TAR_DIRECTORY, 0, 0);
		r = fd_write_all(b->archive.fd, &h, sizeof(h));
	}
	return r < 0 ? bundle_error(b, r, err) : 0;
}

int bundle_begin(struct bundle *b, const char *name, uint64_t size, struct error *err)
{
	struct tar_header h;
	int r = 0;

	b->left = size;
	if (b->is_dir) {
		b->file_fd = openat(b->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		r = b->file_fd < 0 ? -errno : 0;
	} else {
		b->pad = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
		tar_write_header(&h, name, TAR_REGULAR, size, 0);
		r = fd_write_all(b->archive.fd, &h, sizeof(h));
	}
	return r < 0 ? bundle_error(b, r, err) : 0;
}

int bundle_write(void *ctx, const void *data, size_t len, struct error *err)
{
	struct bundle *b = ctx;
	int r;

	if (len > b->left)
		return error_msg(err, EIO, "a layer is larger than its record says");
	b->left -= len;
	r = fd_write_all(b->is_dir ? b->file_fd : b->archive.fd, data, len);
	return r < 0 ? bundle_error(b, r, err) : 0;
}

int bundle_end(struct bundle *b, struct error *err)
{
	static const char zeros[TAR_BLOCK];
	int r = 0;

	if (b->left > 0)
		return error_msg(err, EIO, "a layer is smaller than its record says");
	fd_close(&b->file_fd);
	if (!b->is_dir)
		r = fd_write_all(b->archive.fd, zeros, (size_t)b->pad);
	return r < 0 ? bundle_error(b, r, err) : 0;
}

int bundle_add(struct bundle *b, const char *name, const void *data, size_t len, struct error *err)
{
	int r = bundle_begin(b, name, len, err);

	if (r == 0)
		r = bundle_write(b, data, len, err);
	return r < 0 ? r : bundle_end(b, err);
}
