/* SPDX-License-Identifier: Apache-2.0 */
/* The container's terminal: made inside by the child, driven from outside by the parent. */
#ifndef BERTH_RUNTIME_TERMINAL_H
#define BERTH_RUNTIME_TERMINAL_H

#define TTY_GROUP 5 /* Debian's, and docker's: owns terminals */

#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/cleanup.h"

#include "base/error.h"
#include "runtime/user.h"

struct terminal_request {
	int socket;	     /* borrowed; where the master end is sent */
	struct winsize size; /* zeroes: leave it */
	bool console;	     /* make it /dev/console, too */
};

/**
 * terminal_make() - open a terminal on the container's own devpts, make it this process's descriptors 0-2, @u's, and
 * send its master end.
 * Rely on: the container's mounts in place at @root_fd.
 */
int terminal_make(int root_fd, const struct terminal_request *req, const struct user *u,
		  struct error *err);

/** terminal_control() - make descriptor 0 this process's controlling terminal. Rely on: a session of its own. */
int terminal_control(struct error *err);

/** terminal_receive() - the master end that the other end of @socket sends; FD_NONE if it ended without. */
int terminal_receive(int socket);

/** terminal_needed() - whether -it has a terminal here: -ENOTTY "the input device is not a TTY", status 1, if not. */
int terminal_needed(bool needed, struct error *err);

/* The terminal that berth itself runs on, in raw mode until it is given back. */
struct raw_terminal {
	int fd; /* borrowed; FD_NONE: not a terminal, nothing to do */
	struct termios before;
};

#define RAW_TERMINAL_INIT ((struct raw_terminal){ .fd = FD_NONE })

/** raw_terminal_enter() - switch @fd to raw mode if it is a terminal. Return: 0 or -errno. */
int raw_terminal_enter(struct raw_terminal *t, int fd);

/** raw_terminal_done() - give it back as it was. */
void raw_terminal_done(struct raw_terminal *t);
DEFINE_AUTO(raw_terminal, struct raw_terminal, raw_terminal_done)
#define auto_raw_terminal auto_clean(raw_terminal)

/** terminal_size() - window size of @fd; zeroes if it has none. */
struct winsize terminal_size(int fd);

#endif
