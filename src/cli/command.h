/* SPDX-License-Identifier: Apache-2.0 */
/* A command: what it is called, what its help says, and the function that does it. */
#ifndef BERTH_CLI_COMMAND_H
#define BERTH_CLI_COMMAND_H

#include "cli/cli.h"
#include "cli/opt.h"

enum command_flags {
	COMMAND_STOP_EARLY = 1, /* options end at the first operand: run, create */
	COMMAND_HIDDEN = 2,	/* not in help, man pages or completion */
};

struct command_name;

struct command {
	const char *synopsis; /* what follows the name: "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *summary;  /* one line, for lists of commands */
	const char
		*description; /* paragraphs, an empty line between; NULL: the summary says it all */
	const struct opt *opts;	     /* or NULL */
	const char *const *examples; /* pairs "what it does", "command line"; NULL ends; or NULL */
	const char *more_heading;    /* of a further section, or NULL */
	void (*more)(struct buf *out); /* its paragraphs */
	const char *exit_status;     /* what the man page says of it; NULL: the usual */
	const struct command_name *group; /* a group: the commands in it; .run is NULL */
	/**
	 * .run - do it.
	 * @argv: what follows the command's name; cli_options() takes the options out of it
	 * Return: the exit status (0 and more), or -errno with @err.
	 */
	int (*run)(struct cli *cli, char **argv, struct error *err);
	short min_args, max_args;   /* operands; max_args -1: any number */
	unsigned char error_status; /* exit status of a failure that has none of its own; 0: 1 */
	unsigned char flags;	    /* enum command_flags */
	unsigned char complete;	    /* enum opt_complete of the operands */
};

/* One command may have several names: `berth ps` and `berth container ls`. */
struct command_name {
	const char *name; /* NULL ends the list */
	const struct command *command;
	bool hidden; /* a second spelling, not in help */
};

/** command_find() - the entry called @name, or NULL. */
const struct command_name *command_find(const struct command_name *list, const char *name);

/** command_nearest() - the listed name most like @name, or NULL if none is near. */
const char *command_nearest(const struct command_name *list, const char *name);

/** command_list() - all commands of berth. */
const struct command_name *command_list(void);

/** global_options() - the options before the command's name. */
const struct opt *global_options(void);

#endif
