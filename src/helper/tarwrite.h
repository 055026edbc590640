/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth's canonical tar of a tree: the same tree always gives the same bytes, on every host. Its SHA-256
 * is the DiffID of a layer that berth made, and `save` writes the layer again from its tree.
 *
 *   - entries sorted by byte value in each directory, a directory before what it holds, "./" first
 *   - ustar headers with numeric owners; pax records where ustar can't say it: long names, fractions of
 *     seconds, large numbers, extended attributes
 *   - further names of a file are hard links to its first; sockets are left out
 *   - overlayfs's whiteouts and opaque directories as OCI's .wh.NAME and .wh..wh..opq
 *   - files in full, without regard to holes; two blocks of zeros at the end
 */
#ifndef BERTH_HELPER_TARWRITE_H
#define BERTH_HELPER_TARWRITE_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "helper/tarread.h"

/* Where the archive goes. @reserve: room for at least one byte, in place; @commit: what was put there. */
struct tar_sink {
	/* Return: 0 or -errno (-EPIPE: the receiver wants no more). */
	int (*reserve)(void *ctx, unsigned char **ret, size_t *ret_len);
	int (*commit)(void *ctx, size_t len);
	void *ctx;
};

/* What is about to be written, for whoever copies the tree at the same time (mirror.h). */
struct tar_item {
	int dir_fd;	    /* of the source; borrowed */
	const char *name;   /* in it; "." for the root */
	const char *path;   /* from the root; "" for the root */
	const struct stat *st;
	const struct tar_xattrs *xattrs;
	const char *link;   /* a symbolic link's text, or a hard link's first path */
	bool is_hard_link, is_opaque;
	int fd;		    /* regular files and directories: open for reading */
};

struct tar_observer {
	/*
	 * Called before the item's header is written. A regular file's contents are then read from
	 * @ret_fd if that is set (owned by the writer), else from item->fd.
	 */
	int (*item)(void *ctx, const struct tar_item *item, int *ret_fd, struct error *err);
	/* Called when all that a directory holds has been written. */
	int (*leave)(void *ctx, const struct tar_item *item, struct error *err);
	void *ctx;
};

enum tar_write_flags {
	TAR_WRITE_ROOT = 1,	/* a whole root file system: no whiteouts, .wh. names are left out */
	TAR_WRITE_COUNT = 2,	/* only the size is wanted: contents are not read */
	TAR_WRITE_BELOW = 8,	/* no entry for the root itself */
	TAR_WRITE_ONE_FS = 4,	/* do not enter mounts; their mount points are written empty */
};

struct tar_write {
	int root_fd;	/* borrowed */
	unsigned flags; /* enum tar_write_flags */
	struct tar_sink sink;	      /* unused with TAR_WRITE_COUNT */
	struct tar_observer observer; /* or zeros */
	uint64_t ret_size;	/* bytes of the archive */
	uint64_t ret_content;	/* bytes in regular files, each once */
};

/** tar_write_tree() - write the tree below @w->root_fd. Return: 0 or -errno. */
int tar_write_tree(struct tar_write *w, struct error *err);

/** tar_item_head() - append the headers of @item, standing in the archive as @path. */
void tar_item_head(struct buf *out, const struct tar_item *item, const char *path);

/** tar_write_header() - one ustar header of a regular file or directory, for archives of archives. */
void tar_write_header(struct tar_header *h, const char *name, char type, uint64_t size,
		      int64_t mtime);

#endif
