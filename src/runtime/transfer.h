/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying files into or out of a tree in which somebody else, who may be hostile, is at work at the same time.
 * Everything is reached component by component from descriptor to descriptor; no link is ever followed, and what was
 * looked at is what is read: by descriptor, never again by name (CVE-2018-15664, CVE-2019-10152).
 */
#ifndef BERTH_RUNTIME_TRANSFER_H
#define BERTH_RUNTIME_TRANSFER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "sys/userns.h"

enum transfer_flags {
	TRANSFER_OWNER = 1,  /* files keep their owner; else they are berth's */
	TRANSFER_MODEST = 2, /* no set-id bits, file capabilities and devices: what a container made must not be
				root's on the host */
};

/* An extended attribute of directories that an archive did not name: an existing one keeps what it has. */
#define TRANSFER_IMPLICIT (userns_is_initial() ? "trusted.berth.implicit" : "user.berth.implicit")

struct transfer {
	unsigned flags;	   /* enum transfer_flags */
	uint64_t bytes;	   /* copied so far */
	int top;	   /* borrowed; the directory that things are copied into */
	unsigned depth;
	struct buf path;   /* of what is being copied, below the top */
	void *links;	   /* files with several names, by tsearch(3) */
};

#define TRANSFER_INIT ((struct transfer){ .path = BUF_INIT, .top = FD_NONE })

void transfer_done(struct transfer *t);
DEFINE_AUTO(transfer, struct transfer, transfer_done)
#define auto_transfer auto_clean(transfer)

/**
 * transfer_put() - copy what the O_PATH descriptor @source is, with all below it, to @name in @t->top. A directory is
 * merged with one that is there; other files are replaced.
 * Return: 0; -ENOTDIR, -EISDIR where a directory would replace a file or the other way round; -errno.
 */
int transfer_put(struct transfer *t, int source, const char *name, struct error *err);

/** transfer_contents() - what is in the directory @source into @t->top. */
int transfer_contents(struct transfer *t, int source, struct error *err);

#endif
