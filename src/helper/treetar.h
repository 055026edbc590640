/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as a canonical tar on the move: one thread reads the files, the other one hashes and passes on. */
#ifndef BERTH_HELPER_TREETAR_H
#define BERTH_HELPER_TREETAR_H

#include "base/id.h"
#include "helper/stream.h"
#include "helper/tarwrite.h"

/**
 * treetar_run() - write the tree that @w describes (its sink is set here).
 * @out: sees the archive, on the caller's thread; or zeros
 * @ret_digest: SHA-256 of the archive, or NULL
 */
int treetar_run(struct tar_write *w, struct stream_tap out, char ret_digest[ID_SIZE],
		struct error *err);

#endif
