/* SPDX-License-Identifier: Apache-2.0 */
/* The container's terminal: made inside by the child, driven from outside by the parent. */
#ifndef BERTH_RUNTIME_TERMINAL_H
#define BERTH_RUNTIME_TERMINAL_H

#include <sys/ioctl.h>
#include <termios.h>

#include "base/cleanup.h"

#include "base/error.h"
#include "runtime/user.h"

/**
 * terminal_make() - open a terminal on the container's own devpts, make it /dev/console, this process's
 * controlling terminal and its descriptors 0-2, and send the master end through @socket.
 * Runs in: the container's first process, a session leader, before pivot_root.
 */
int terminal_make(int root_fd, int socket, const struct winsize *size, const struct user *u,
		  struct error *err);

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
