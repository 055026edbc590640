/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that a person named for output: it appears under that name when it is whole, or not at all, and what was
 * there before stays until then. A process that is killed leaves nothing: the file has no name yet (O_TMPFILE,
 * open(2)). A pipe or a device can't be replaced, only written to.
 */
#ifndef BERTH_BASE_NEWFILE_H
#define BERTH_BASE_NEWFILE_H

#include "base/cleanup.h"
#include "base/error.h"

struct new_file {
	int fd;		 /* owned; to write to */
	char *path;	 /* owned; the name to be */
	char *temporary; /* owned; a name until then, where the file system has no nameless files */
	bool in_place;	 /* a pipe or a device */
};

#define NEW_FILE_INIT ((struct new_file){ .fd = FD_NONE })

/** new_file_open() - begin a file that is to be called @path. Mode 0600. Return: 0 or -errno with @err. */
int new_file_open(struct new_file *f, const char *path, struct error *err);

/** new_file_finish() - it is whole: give it its name. Return: 0 or -errno with @err. */
int new_file_finish(struct new_file *f, struct error *err);

/** new_file_done() - close it; one that was not finished is gone. */
void new_file_done(struct new_file *f);
DEFINE_AUTO(new_file, struct new_file, new_file_done)
#define auto_new_file auto_clean(new_file)

/** new_file_temporary() - a name beside @path, with this process's number, to rename to @path. Caller frees. */
char *new_file_temporary(const char *path);

#endif
