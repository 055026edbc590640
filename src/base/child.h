/* SPDX-License-Identifier: Apache-2.0 */
/* Running another program: berth's own helpers, by descriptor and argument vector, never through a shell. */
#ifndef BERTH_BASE_CHILD_H
#define BERTH_BASE_CHILD_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/* Where helpers put a failure as JSON-free bytes of struct error; the parent passes it on. */
#define CHILD_ERROR_FD 3

struct child {
	pid_t pid;    /* -1 once reaped */
	int error_fd; /* owned: read end of the pipe behind CHILD_ERROR_FD */
	int stderr_fd; /* borrowed; set before it is started: its standard error; FD_NONE keeps berth's own */
};

#define CHILD_INIT ((struct child){ .pid = -1, .error_fd = FD_NONE, .stderr_fd = FD_NONE })

/**
 * child_spawn() - start @path with @argv.
 * @stdin_fd, @stdout_fd: become its standard input and output, borrowed; -1 keeps berth's own
 * @fds: NULL or an array ended by -1, borrowed: they become descriptors 4, 5, … of the program
 *
 * The program dies when berth does (PR_SET_PDEATHSIG) and reports failures on CHILD_ERROR_FD.
 * Return: 0 or -errno.
 */
int child_spawn(struct child *c, const char *path, char *const argv[], int stdin_fd, int stdout_fd,
		const int *fds, struct error *err);

/** child_wait() - reap it. Return: 0 if it ended with status 0, else the error that it reported. */
int child_wait(struct child *c, struct error *err);

/** child_done() - kill and reap it if it still runs; close what is open. */
void child_done(struct child *c);
DEFINE_AUTO(child, struct child, child_done)
#define auto_child auto_clean(child)

/** child_report() - in the helper: send @err to the parent on CHILD_ERROR_FD, or print it if there is none. */
void child_report(const struct error *err);

/**
 * helper_path() - the program @name of berth's own: $BERTH_LIBEXEC/NAME, else beside this executable,
 * else in the compiled-in libexec directory. Caller frees; NULL with @err if there is none.
 */
char *helper_path(const char *name, struct error *err);

#endif
