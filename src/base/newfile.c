/* SPDX-License-Identifier: Apache-2.0 */
#include "base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/path.h"

#define FILE_MODE 0600

char *new_file_temporary(const char *path)
{
	const char *base = path_base(path);

	return str_format("%.*s.%s.%ld", (int)(base - path), path, base, (long)getpid());
}

void new_file_done(struct new_file *f)
{
	if (f->temporary)
		(void)unlink(f->temporary);
	fd_close(&f->fd);
	free(f->temporary);
	free(f->path);
	*f = NEW_FILE_INIT;
}

static int open_nameless(const char *path)
{
	const char *base = path_base(path);
	auto_free char *dir = str_format("%.*s", (int)(base - path), path);
	int fd;

	if (!dir)
		return -ENOMEM;
	fd = open(*dir ? dir : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	return fd < 0 ? -errno : fd;
}

/* NFS, FUSE and others know no nameless files: open(2), O_TMPFILE. */
static int open_named(struct new_file *f)
{
	int fd;

	f->temporary = new_file_temporary(f->path);
	if (!f->temporary)
		return -ENOMEM;
	/* Of a process that had our number: nobody else's, and not whole. */
	(void)unlink(f->temporary);
	fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0) {
		int r = -errno;

		free(take_ptr(f->temporary));
		return r;
	}
	return fd;
}

static int open_in_place(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int new_file_open(struct new_file *f, const char *path, struct error *err)
{
	auto_new_file struct new_file n = NEW_FILE_INIT;
	struct stat st;

	n.path = strdup(path);
	if (!n.path)
		return error_set(err, ENOMEM, "cannot write '%s'", path);
	n.in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
	n.fd = n.in_place ? open_in_place(path) : open_nameless(path);
	if (n.fd == -EOPNOTSUPP || n.fd == -EISDIR)
		n.fd = open_named(&n);
	if (n.fd < 0)
		return error_set(err, n.fd, "cannot write '%s'", path);
	*f = n;
	n = NEW_FILE_INIT;
	return 0;
}

/* linkat(2) replaces nothing, so the file gets a name of its own first, for the moment that rename(2) takes. */
static int give_name(struct new_file *f)
{
	char self[64];

	f->temporary = new_file_temporary(f->path);
	if (!f->temporary)
		return -ENOMEM;
	(void)unlink(f->temporary);
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, f->temporary, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int new_file_finish(struct new_file *f, struct error *err)
{
	int r = f->in_place || f->temporary ? 0 : give_name(f);

	if (r == 0 && !f->in_place && rename(f->temporary, f->path) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "cannot write '%s'", f->path);
	free(take_ptr(f->temporary));
	return 0;
}
