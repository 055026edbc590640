/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options from a table: the same table makes the parser, the help text, the man page and
 * the shell completion. The syntax is that of docker (Go's pflag): --name VALUE, --name=VALUE, -x VALUE,
 * -xVALUE, -x=VALUE, booleans in one cluster (-it) or with a value (--rm=false), "--" ends the options.
 */
#ifndef BERTH_CLI_OPT_H
#define BERTH_CLI_OPT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

enum opt_type {
	OPT_FLAG,   /* bool */
	OPT_STRING, /* const char *, borrowed from argv; the last one given wins */
	OPT_LIST,   /* struct strv; each one given is appended */
	OPT_INT,    /* int */
	OPT_PARSED, /* whatever .parse makes of it */
	OPT_VALUE,  /* the same; its error says only why, and is put into docker's "invalid argument …" */
};

/* What an option's value names, for shell completion. */
enum opt_complete {
	COMPLETE_NONE,
	COMPLETE_FILE,
	COMPLETE_DIR,
	COMPLETE_CONTAINER,
	COMPLETE_IMAGE,
	COMPLETE_VOLUME,
	COMPLETE_COMMAND,
};

struct opt {
	const char *name;	    /* long name; NULL ends the table */
	char letter;		    /* short name, or 0 */
	unsigned char type;	    /* enum opt_type */
	unsigned char complete;	    /* enum opt_complete */
	bool hidden;		    /* another name of an option listed before: not in help */
	unsigned offset;	    /* of the member that takes the value */
	const char *arg;	    /* how the help calls the value */
	const char *help;	    /* one or more lines; the first says what it does */
	/** .parse - OPT_PARSED, OPT_VALUE: take @arg into the member at @value. Return: 0 or -errno with @err. */
	int (*parse)(const char *arg, void *value, struct error *err);
};

/* offsetof() that does not compile unless the member has the type that the parser will write. */
#define OPT_OFFSET(S, member, T)                                                                   \
	((unsigned)(offsetof(S, member) +                                                          \
		    0 * sizeof(char[__builtin_types_compatible_p(                                  \
					    __typeof__(((S *)NULL)->member), T) ?                  \
					    1 :                                                    \
					    -1])))

#define OPT_FLAG(long_name, c, S, member, text)                                                    \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_FLAG,                              \
		.offset = OPT_OFFSET(S, member, bool), .help = (text)                              \
	}
#define OPT_STRING(long_name, c, S, member, arg_name, text)                                        \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_STRING, .arg = (arg_name),         \
		.offset = OPT_OFFSET(S, member, const char *), .help = (text)                      \
	}
#define OPT_LIST(long_name, c, S, member, arg_name, text)                                          \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_LIST, .arg = (arg_name),           \
		.offset = OPT_OFFSET(S, member, struct strv), .help = (text)                       \
	}
#define OPT_INT(long_name, c, S, member, arg_name, text)                                           \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_INT, .arg = (arg_name),            \
		.offset = OPT_OFFSET(S, member, int), .help = (text)                               \
	}
#define OPT_PARSED(long_name, c, S, member, function, arg_name, text)                              \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_PARSED, .arg = (arg_name),         \
		.parse = (function), .offset = (unsigned)offsetof(S, member), .help = (text)       \
	}
#define OPT_VALUE(long_name, c, S, member, function, arg_name, text)                               \
	{                                                                                          \
		.name = (long_name), .letter = (c), .type = OPT_VALUE, .arg = (arg_name),          \
		.parse = (function), .offset = (unsigned)offsetof(S, member), .help = (text)       \
	}
#define OPT_END                                                                                    \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* NOLINTNEXTLINE(bugprone-macro-parentheses): @o is declared here */
#define opt_for_each(o, table) for (const struct opt *o = (table); o && o->name; o++)

/* What opt_parse() returns when it met --help (or -h where the table has no -h). */
#define OPT_HELP (-ECANCELED)

/**
 * opt_parse() - take the options out of @argv.
 * @table: ended by OPT_END, or NULL when there are none
 * @stop_early: the first operand ends the options (what follows belongs to a command to be run)
 * @argv: NULL-terminated, without the command's name; on return it holds the operands only
 * @values: the struct that the table's offsets are relative to
 *
 * Return: the number of operands; OPT_HELP; or -EINVAL with @err, whose exit status is 125.
 */
int opt_parse(const struct opt *table, bool stop_early, char **argv, void *values,
	      struct error *err);

#endif
