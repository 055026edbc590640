/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound ownership: a variable declared with one of the auto_ attributes releases what it owns
 * when it leaves its scope, on every path. take_fd() and take_ptr() hand ownership on.
 *
 * Every auto variable is initialised where it is declared; "no file descriptor" is FD_NONE.
 */
#ifndef BERTH_BASE_CLEANUP_H
#define BERTH_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* -EBADF rather than -1, so that using it by mistake reports itself (systemd's rule). */
#define FD_NONE (-EBADF)

/** fd_close() - close *@fd if it is open and set it to FD_NONE; keeps errno, never retries close(2). */
static inline void fd_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
	*fd = FD_NONE;
}

/** take_fd() - return *@fd and leave FD_NONE behind: the caller owns the descriptor now. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = FD_NONE;
	return taken;
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#define auto_free  __attribute__((cleanup(cleanup_free)))
#define auto_close __attribute__((cleanup(fd_close)))
#define auto_dir   __attribute__((cleanup(cleanup_dir)))
#define auto_file  __attribute__((cleanup(cleanup_file)))

/** take_ptr() - yield a pointer and leave NULL behind: the receiver owns the memory now. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) *taken_from_ = &(p);                                                 \
		__typeof__(p) taken_ = *taken_from_;                                               \
		*taken_from_ = NULL;                                                               \
		taken_;                                                                            \
	})

/*
 * DEFINE_AUTO(name, type, done) makes `auto_##name` for variables of `type` whose contents
 * `done(type *)` releases. With pointers, `type` is the pointer type.
 */
#define DEFINE_AUTO(name, type, done)                                                              \
	static inline void cleanup_##name(type *p)                                                 \
	{                                                                                          \
		done(p);                                                                           \
	}
#define auto_clean(name) __attribute__((cleanup(cleanup_##name)))

#endif
