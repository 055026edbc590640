/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp profiles that a user gives: compiled by the program berth-seccomp, once, and kept in ROOT/seccomp under a
 * hash of what the result depends on. That is a cache: every container has a copy in its record, the file "seccomp".
 */
#ifndef BERTH_RUNTIME_PROFILE_H
#define BERTH_RUNTIME_PROFILE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

/**
 * profile_store() - compile the profile in the file @path for a container with @caps, into its record.
 * Return: 0, or -errno with @err: "opening seccomp profile (FILE) failed: …", "decoding seccomp profile …".
 */
int profile_store(const struct store *s, const char *path, uint64_t caps, int record_fd,
		  struct error *err);

/** profile_load() - the instructions from the record, appended to @out. */
int profile_load(int record_fd, struct buf *out, struct error *err);

/** profile_cache_discard() - forget all compiled profiles; containers keep theirs. */
int profile_cache_discard(const struct store *s, struct error *err);

#endif
