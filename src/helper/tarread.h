/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading tar archives: v7, ustar, pax and GNU, with long names, extended attributes, large numbers and
 * all four kinds of sparse files. Written here because libarchive rewrites names (it composes Unicode
 * characters) and because headers are read from where the decompressor put them. It takes hostile input:
 * everything has a limit.
 */
#ifndef BERTH_HELPER_TARREAD_H
#define BERTH_HELPER_TARREAD_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "helper/stream.h"
#include "helper/tar.h"

#define TAR_PATH_LIMIT	  4096
#define TAR_PAX_LIMIT	  ((uint64_t)1 << 20)
#define TAR_SPARSE_LIMIT  ((size_t)1 << 20)
#define TAR_ENTRIES_LIMIT ((uint64_t)20 << 20)

struct tar_xattr {
	char *name; /* owned */
	char *value; /* owned */
	size_t len;
};

struct tar_xattrs {
	struct tar_xattr *v; /* owned */
	size_t n;
};

void tar_xattrs_done(struct tar_xattrs *x);
DEFINE_AUTO(xattrs, struct tar_xattrs, tar_xattrs_done)
/** tar_xattrs_set() - set @name to a copy of @value. Return: 0 or -ENOMEM. */
int tar_xattrs_set(struct tar_xattrs *x, const char *name, const void *value, size_t len);

struct tar_extent {
	uint64_t offset, len;
};

struct tar_entry {
	char type;  /* enum tar_type; directories are TAR_DIRECTORY, all kinds of files TAR_REGULAR */
	char *path; /* owned, as written */
	char *link; /* owned, or NULL */
	mode_t mode; /* permissions only */
	uint64_t uid, gid;
	uint64_t size; /* of the file, holes included */
	struct timespec mtime;
	unsigned dev_major, dev_minor;
	struct tar_xattrs xattrs;
	struct tar_extent *sparse; /* owned; the parts that are stored; NULL: all of it is */
	size_t n_sparse;
};

struct tar_reader {
	struct stream *in; /* borrowed */
	struct tar_entry entry;
	uint64_t stored;  /* bytes of data in the archive, not yet consumed */
	uint64_t padding; /* after them */
	size_t extent;	  /* of entry.sparse that is being read */
	uint64_t extent_pos;
	uint64_t count;
};

#define TAR_READER_INIT(stream) ((struct tar_reader){ .in = (stream) })

void tar_reader_done(struct tar_reader *r);
DEFINE_AUTO(tar_reader, struct tar_reader, tar_reader_done)
#define auto_tar_reader auto_clean(tar_reader)

/** tar_next() - go to the next entry; r->entry is valid until the next call. Return: 1, 0 at the end, -errno. */
int tar_next(struct tar_reader *r, struct error *err);

/**
 * tar_data() - the next piece of the entry's data, not consumed, and where in the file it belongs.
 * Return: its length, 0 at the end, -errno.
 */
ssize_t tar_data(struct tar_reader *r, const unsigned char **ret, uint64_t *ret_offset,
		 struct error *err);
/** tar_consume() - done with @n of the bytes that tar_data() showed. */
void tar_consume(struct tar_reader *r, size_t n);

#endif
