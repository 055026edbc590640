/* SPDX-License-Identifier: Apache-2.0 */
/* What every command has in common: its options, the store, standard output, several operands. */
#ifndef BERTH_CLI_CLI_H
#define BERTH_CLI_CLI_H

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

struct command;

struct cli {
	const struct command *command;
	char path[64];		/* "berth volume ls": as it was typed, for messages */
	const char *root, *run; /* directories of the store */
	char *default_root, *default_run; /* owned; where they are an ordinary user's */
	int userns_use;		/* owned; rootless_enter()'s */
	struct store store;	/* open once cli_store() was called */
	struct buf out;		/* standard output, not yet written */
};

#define CLI_INIT ((struct cli){ .path = "berth", .userns_use = FD_NONE, .store = STORE_INIT, .out = BUF_INIT })

void cli_done(struct cli *cli);
DEFINE_AUTO(cli, struct cli, cli_done)
#define auto_cli auto_clean(cli)

/**
 * cli_options() - take the command's options out of @argv and check the number of operands.
 * Return: the number of operands; OPT_HELP (to be returned, main prints the help); -EINVAL with @err.
 */
int cli_options(const struct cli *cli, char **argv, void *values, struct error *err);

/** cli_store() - the store, opened at the first call. Return: 0 or -errno with @err. */
int cli_store(struct cli *cli, const struct store **ret, struct error *err);

/**
 * cli_directories() - where ROOT and RUN are, unless they are given: root's, or an ordinary user's own, which the XDG
 * base directory specification names. Return: 0 or -errno with @err.
 */
int cli_directories(struct cli *cli, struct error *err);

/** cli_print() - append to standard output; it is written when the command ends or by cli_flush(). */
void cli_print(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** cli_flush() - write what was printed. Return: 0 or -errno with @err: a full disk is a failure. */
int cli_flush(struct cli *cli, struct error *err);

/** cli_confirm() - ask "…? [y/N]" on the terminal; without one the answer is no. */
bool cli_confirm(struct cli *cli, const char *warning);

typedef int (*cli_action)(struct cli *cli, const char *operand, void *context, struct error *err);

/**
 * cli_each() - @action for every operand: one failure is printed and the next is tried (docker's way).
 * Return: 0, or 1 as the exit status if one of them failed.
 */
int cli_each(struct cli *cli, char *const operands[], cli_action action, void *context,
	     struct error *err);

/** cli_each_at_once() - the same, each in a process of its own: for what waits. Their output comes in order. */
int cli_each_at_once(struct cli *cli, char *const operands[], cli_action action, void *context,
		     struct error *err);

#endif
