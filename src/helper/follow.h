/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashing a tree's canonical tar (tarwrite.h) while the tree is unpacked, so that it need not be read again.
 *
 * It works as long as the archive's entries come in the canonical order, as those do that `tar --sort=name`,
 * docker, podman, berth and Debian's image builders write. Each object is compared with what was made of it on
 * disk. With the first entry out of order, or an object that did not become what the archive says, the
 * follower is lost, which is no error: whoever wants the digest then hashes the tree itself.
 */
#ifndef BERTH_HELPER_FOLLOW_H
#define BERTH_HELPER_FOLLOW_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/id.h"
#include "helper/firstname.h"
#include "helper/ring.h"
#include "helper/sha256.h"
#include "helper/tarread.h"

struct follow {
	struct ring ring;
	struct sha256 hash; /* of the thread, while it runs */
	pthread_t thread;
	bool running, lost;
	unsigned char *chunk; /* of the ring, being filled */
	size_t used;
	struct buf last; /* path of the last entry, */
	bool any, last_is_dir;
	struct buf head;
	struct stat want; /* of the last entry */
	uint64_t pos;	  /* bytes of the open file that were hashed */
	struct first_names first_names;
};

#define FOLLOW_INIT                                                                                \
	((struct follow){ .hash = SHA256_INIT, .last = BUF_INIT, .head = BUF_INIT })

/** follow_begin() - @root_fd: the empty directory that is unpacked into. Lost from the start if it can't begin. */
void follow_begin(struct follow *f, int root_fd);
void follow_done(struct follow *f);
DEFINE_AUTO(follow, struct follow, follow_done)
#define auto_follow auto_clean(follow)

/* All of these take @f == NULL, for an unpacker that nobody follows. */

/** follow_lose() - something happened that the canonical tar of the archive's entries does not show. */
void follow_lose(struct follow *f);

/** follow_directory() - of @path ("" is the root), before what it holds. Its metadata are checked at the end: */
void follow_directory(struct follow *f, const char *path, const struct tar_entry *e);
/** follow_finished() - the directory @fd has got its metadata, which were to be these. */
void follow_finished(struct follow *f, int fd, const struct stat *want, const struct tar_xattrs *xattrs);

/** follow_file() - @path begins; its data follow in order, gaps are holes; and its end, @fd being written. */
void follow_file(struct follow *f, const char *path, const struct tar_entry *e);
void follow_data(struct follow *f, const void *data, size_t len, uint64_t offset);
void follow_file_end(struct follow *f, int fd, const struct tar_entry *e);

/** follow_node() - @name in @dir_fd was made: anything without contents, or, if @target, a hard link to that path. */
void follow_node(struct follow *f, const char *path, int dir_fd, const char *name,
		 const struct tar_entry *e, const char *target);

/** follow_end() - everything was unpacked. Return: whether @ret is the DiffID. */
bool follow_end(struct follow *f, char ret[ID_SIZE]);

#endif
