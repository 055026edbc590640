/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a tree with all that a file system knows of it. */
#ifndef BERTH_SYS_COPY_H
#define BERTH_SYS_COPY_H

#include <sys/stat.h>

#include "base/error.h"

/**
 * tree_copy() - copy what is in directory @from into the empty directory @to.
 * @to: nobody else may write to it meanwhile
 *
 * Kept: owner, mode, times, extended attributes (ACLs, capabilities), hard links inside the tree,
 * holes, devices and FIFOs. Sockets are left out. No link is followed and no mount entered, so that
 * nothing but
 * @from's own tree can be read, whatever it holds. Data are shared (FICLONE) or copied inside the
 * kernel where the file systems allow it.
 */
int tree_copy(int from, int to, struct error *err);

/**
 * file_copy() - the data of the regular file @from into the empty file @to, shared where the file system can
 * (FICLONE), and with its holes. 0 or -errno.
 */
int file_copy(int from, int to);

/**
 * tree_copy_attributes() - owner, mode, extended attributes and times of the open file @from to
 * @to. 0 or -errno.
 */
int tree_copy_attributes(int from, int to);

#endif
