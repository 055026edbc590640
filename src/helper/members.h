/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that `load` was given, by name: those of a directory, or those of a tar archive, which is
 * indexed once. A compressed archive or a pipe is first spooled into the scratch directory.
 */
#ifndef BERTH_HELPER_MEMBERS_H
#define BERTH_HELPER_MEMBERS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct member {
	char *path; /* owned; clean */
	char *link; /* owned; clean target of a link, or NULL */
	uint64_t offset, size;
};

struct members {
	int dir_fd;  /* owned; or FD_NONE */
	int file_fd; /* owned; or FD_NONE */
	struct member *v; /* owned; sorted by path, the last of one name counts */
	size_t n, cap;
};

#define MEMBERS_INIT ((struct members){ .dir_fd = FD_NONE, .file_fd = FD_NONE })

/** members_open() - @source: FILE, DIR or "-". @scratch_fd: where to spool. */
int members_open(struct members *m, const char *source, int scratch_fd, struct error *err);
void members_done(struct members *m);
DEFINE_AUTO(members, struct members, members_done)
#define auto_members auto_clean(members)

bool members_has(const struct members *m, const char *name);

struct member_data {
	int fd; /* owned */
	off_t at;
	uint64_t size;
};

/** members_find() - the contents of file @name; links are followed inside. -ENOENT "… is missing". */
int members_find(const struct members *m, const char *name, struct member_data *ret,
		 struct error *err);

/** members_read() - a small file whole. @limit: larger is -EFBIG. */
int members_read(const struct members *m, const char *name, size_t limit, struct buf *ret,
		 struct error *err);

#endif
