/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks that live as long as an open file description: fcntl_locking(2), "open file description locks".
 * Unlike flock(2) they can be asked about without being taken; like it, children inherit them and a
 * killed process's are gone.
 */
#ifndef BERTH_BASE_LOCK_H
#define BERTH_BASE_LOCK_H

#include <stdbool.h>

/**
 * lock_take() - lock the whole file @fd (open for writing if @exclusive).
 * Return: 0; -EAGAIN if not @wait and somebody has it; -errno.
 */
int lock_take(int fd, bool exclusive, bool wait);

enum lock_kind { LOCK_NONE, LOCK_SHARED, LOCK_EXCLUSIVE };

/** lock_is_taken() - what another open file description has of it: enum lock_kind, or -errno. @fd: open for writing. */
int lock_is_taken(int fd);

#endif
