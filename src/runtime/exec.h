/* SPDX-License-Identifier: Apache-2.0 */
/* Another process in a running container. */
#ifndef BERTH_RUNTIME_EXEC_H
#define BERTH_RUNTIME_EXEC_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/strv.h"
#include "runtime/record.h"
#include "runtime/user.h"

/* All that the joining process needs, made ready before it exists. */
struct joining {
	const struct container_config *config;
	int record_fd;	  /* borrowed; the container's record */
	int pidfd;	  /* borrowed; the container's first process, whose namespaces are joined */
	struct user user;
	struct strv env;  /* owned */
	struct strv argv; /* owned; none of berth's own arguments, which are wiped */
	char *workdir;	  /* owned */
	int stdio[3];	  /* borrowed; as entry_stdio() has it */
	int report_fd;	  /* owned; struct join_report, several; its end without an error is success */
	int tty_fd;	  /* owned; with a terminal: socket through which its master goes to the parent */
	struct winsize size;
	sigset_t signals; /* the mask that the program starts with */
	bool tty, privileged;
};

/* One message through the pipe; shorter than PIPE_BUF, so that those of two processes don't mix. */
struct join_report {
	pid_t pid; /* of the program's process, or 0: an error */
	struct error err;
};

struct exec_request;
struct launched;

/**
 * container_exec_start() - run what @req says in @c, with @stdio as entry_stdio() has it; its terminal and streams are
 * of no account. When this returns 0 the program has been executed; it is a child of this process.
 */
int container_exec_start(const struct container *c, const struct exec_request *req, const int stdio[3],
			 struct launched *ret, struct error *err);

/** container_join() - in join.c: the side of the process that joins. Never returns. */
__attribute__((noreturn)) void container_join(struct joining *j);

#endif
