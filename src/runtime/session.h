/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth in the foreground of a process in a container: signals go to it, with a terminal its output and berth's input
 * are copied, and its end is waited for.
 */
#ifndef BERTH_RUNTIME_SESSION_H
#define BERTH_RUNTIME_SESSION_H

#include <signal.h>
#include <stdbool.h>

#include "runtime/launch.h"
#include "runtime/pump.h"
#include "runtime/terminal.h"

struct session {
	struct launched child;
	int signals;	 /* owned; signalfd */
	sigset_t before; /* the mask to give back, and that the child starts with */
	bool masked;
	struct raw_terminal terminal;
	struct pump in, out;
};

#define SESSION_INIT                                                                               \
	((struct session){                                                                         \
		.child = LAUNCHED_INIT, .signals = FD_NONE, .terminal = RAW_TERMINAL_INIT })

/** session_done() - give the terminal and the signal mask back; the child is left to itself. */
void session_done(struct session *s);
DEFINE_AUTO(session, struct session, session_done)
#define auto_session auto_clean(session)

/** session_begin() - catch signals. Before the child exists, so that one that comes meanwhile waits for it. */
int session_begin(struct session *s, struct error *err);

/**
 * session_attach() - once s->child is there: copy what its terminal says, if it has one.
 * @interactive: and this process's standard input, a terminal in raw mode, to it
 */
int session_attach(struct session *s, bool interactive, struct error *err);

/** session_run() - until the child has ended. Return: its exit status as exit_code_of() gives it, or -errno. */
int session_run(struct session *s, struct error *err);

/** session_kill() - SIGKILL, and reap it: a child that could not be recorded or displayed must not go on unseen. */
void session_kill(struct session *s);

/** exit_code_of() - 0-255 from a wait status: its own, or 128 + the signal that killed it. */
int exit_code_of(int wait_status);

#endif
