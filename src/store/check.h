/* SPDX-License-Identifier: Apache-2.0 */
/* `berth system check`, the part about images. */
#ifndef BERTH_STORE_CHECK_H
#define BERTH_STORE_CHECK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"
#include "store/store.h"

/**
 * store_check() - look for what killed processes, a lost machine or a stranger's hand left: references
 * to nothing, damaged images and images with missing layers, layers without record, layers and blobs
 * that nothing refers to, scratch directories of dead processes.
 * @repair: put right what can be: what is wrong is removed, never what an image or container needs
 * @ret_findings: one line for each, appended; "…: removed" when it was
 *
 * Takes the store's lock, exclusively with @repair. Return: 0 whatever was found; -errno.
 */
int store_check(const struct store *s, bool repair, struct strv *ret_findings, struct error *err);

#endif
