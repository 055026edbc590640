/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `save` writes: the files of an OCI layout, in a tar archive or in a directory. A file or directory
 * appears under its name when it is whole, or not at all.
 */
#ifndef BERTH_HELPER_BUNDLE_H
#define BERTH_HELPER_BUNDLE_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/newfile.h"

struct bundle {
	bool is_dir;
	struct new_file archive; /* or standard output */
	int fd;		/* owned: the directory */
	int file_fd;	/* owned: the file being written, in a directory */
	char *path;	/* owned; the directory's final name, or NULL */
	char *temporary; /* owned; what the directory is called until then, or NULL */
	uint64_t left;	/* bytes that the current file still has to get */
	uint64_t pad;
};

#define BUNDLE_INIT \
	((struct bundle){ .archive = NEW_FILE_INIT, .fd = FD_NONE, .file_fd = FD_NONE })

/** bundle_open() - @path: a FILE, a DIR (ends in '/' or is one), or "-" for standard output. */
int bundle_open(struct bundle *b, const char *path, struct error *err);
/** bundle_done() - remove what bundle_close() did not make final. */
void bundle_done(struct bundle *b);
DEFINE_AUTO(bundle, struct bundle, bundle_done)
#define auto_bundle auto_clean(bundle)

/** bundle_close() - everything is in it. */
int bundle_close(struct bundle *b, struct error *err);

int bundle_add_dir(struct bundle *b, const char *name, struct error *err);
/** bundle_add() - a whole file. */
int bundle_add(struct bundle *b, const char *name, const void *data, size_t len, struct error *err);

/* A file in pieces: its size first, then exactly as many bytes. */
int bundle_begin(struct bundle *b, const char *name, uint64_t size, struct error *err);
/** bundle_write() - @ctx is the bundle, so that this can be a stream's tap. */
int bundle_write(void *ctx, const void *data, size_t len, struct error *err);
int bundle_end(struct bundle *b, struct error *err);

#endif
