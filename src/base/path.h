/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical work on path names. Nothing here touches a file system. */
#ifndef BERTH_BASE_PATH_H
#define BERTH_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/**
 * path_clean() - the shortest equal path, by text alone: no "//", ".", or "x/..", no slash at the end.
 * "/.." is "/". As Go's filepath.Clean, which docker and podman apply to destinations.
 *
 * Return: a string that the caller frees, or NULL without memory.
 */
char *path_clean(const char *path);

/** path_absolute() - @path made absolute from the working directory, cleaned. Caller frees; NULL on failure. */
char *path_absolute(const char *path);

/** path_join() - "A/B" with exactly one slash between. Caller frees; NULL without memory. */
char *path_join(const char *a, const char *b);

/** path_is_inside() - whether the clean absolute path @path is @dir or below it. */
bool path_is_inside(const char *path, const char *dir);

/** path_depth() - the number of components of a clean absolute path; 0 for "/". */
size_t path_depth(const char *path);

/** path_base() - what follows the last slash. Borrowed from @path. */
const char *path_base(const char *path);

#endif
