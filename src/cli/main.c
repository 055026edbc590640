/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth: finds the command in the table, runs it, and turns its result into the exit status. Nothing
 * else happens before a command's own work: `berth run` is measured in fractions of a millisecond.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/help.h"

#define STATUS_ERROR 1

struct globals {
	const char *root, *run, *log_level, *log_format;
	bool debug, version;
};

static const struct opt globals_table[] = {
	OPT_FLAG("debug", 'D', struct globals, debug, "Say on standard error what is being done"),
	{ .name = "root",
	  .type = OPT_STRING,
	  .complete = COMPLETE_DIR,
	  .arg = "DIR",
	  .offset = OPT_OFFSET(struct globals, root, const char *),
	  .help = "Where images, containers and volumes are kept (default /var/lib/berth, or "
		  "$BERTH_ROOT)" },
	{ .name = "run",
	  .type = OPT_STRING,
	  .complete = COMPLETE_DIR,
	  .arg = "DIR",
	  .offset = OPT_OFFSET(struct globals, run, const char *),
	  .help = "Where state is kept that a reboot forgets (default /run/berth, or $BERTH_RUN)" },
	OPT_STRING("log-level", 'l', struct globals, log_level, "LEVEL",
		   "Least level of messages: debug, info, warn, error, fatal (default warn)"),
	OPT_STRING("log-format", 0, struct globals, log_format, "FORMAT",
		   "Format of messages: text or json (default text)"),
	OPT_FLAG("version", 'v', struct globals, version, "Print the version and quit"),
	OPT_END
};

const struct opt *global_options(void)
{
	return globals_table;
}

static int use_globals(struct cli *cli, const struct globals *g, struct error *err)
{
	bool json = g->log_format && STREQ(g->log_format, "json");
	int r;

	if (g->log_format && !json && !STREQ(g->log_format, "text"))
		return error_msg(err, EINVAL, "unknown log format '%s': text or json",
				 g->log_format);
	r = log_setup(g->debug ? "debug" : g->log_level, json);
	if (r < 0)
		return error_msg(err, r, "unknown log level '%s'", g->log_level);
	cli->root = g->root ? g->root : getenv("BERTH_ROOT");
	cli->run = g->run ? g->run : getenv("BERTH_RUN");
	return 0;
}

static void path_add(struct cli *cli, const char *name)
{
	size_t used = strlen(cli->path);

	(void)snprintf(cli->path + used, sizeof(cli->path) - used, " %s", name);
}

static int unknown_command(const struct cli *cli, const struct command_name *list, const char *name,
			   struct error *err)
{
	const char *nearest = command_nearest(list, name);
	int r = error_msg(err, ENOENT, "unknown command: '%s %s'", cli->path, name);

	if (nearest)
		return error_hint(err, r, "did you mean '%s %s'?", cli->path, nearest);
	return error_hint(err, r, "see '%s --help'", cli->path);
}

static bool asks_for_help(const char *arg)
{
	return STREQ(arg, "--help") || STREQ(arg, "-h") || STREQ(arg, "help");
}

/* Make "volume create --help" of "help volume create". */
static void help_last(char **argv)
{
	static char help[] = "--help";

	for (; argv[1]; argv++)
		argv[0] = argv[1];
	argv[0] = help;
}

/* Follow the names in @argv through the groups. Return: 1 with cli->command, 0 after help, -errno. */
static int find_command(struct cli *cli, char ***argv, struct error *err)
{
	const struct command_name *list = command_list();

	for (;;) {
		const char *name = **argv;
		const struct command_name *found = name ? command_find(list, name) : NULL;

		if (!found && name && !asks_for_help(name))
			return unknown_command(cli, list, name, err);
		if (!found && name && STREQ(name, "help") && (*argv)[1]) {
			help_last(*argv);
			continue;
		}
		if (!found) {
			if (cli->command)
				help_command(&cli->out, cli->path, cli->command);
			else
				help_top(&cli->out);
			return 0;
		}
		path_add(cli, found->name);
		cli->command = found->command;
		(*argv)++;
		if (!found->command->group)
			return 1;
		list = found->command->group;
	}
}

static int dispatch(struct cli *cli, char **argv, struct error *err)
{
	struct globals g = { 0 };
	int r = opt_parse(globals_table, true, argv, &g, err);

	if (r == OPT_HELP) {
		help_top(&cli->out);
		return 0;
	}
	if (r < 0)
		return error_hint(err, r, "see 'berth --help'");
	if (g.version) {
		cli_print(cli, "berth version %s\n", BERTH_VERSION);
		return 0;
	}
	r = use_globals(cli, &g, err);
	if (r < 0)
		return r;
	r = find_command(cli, &argv, err);
	if (r <= 0)
		return r;
	r = cli->command->run(cli, argv, err);
	if (r != OPT_HELP)
		return r;
	help_command(&cli->out, cli->path, cli->command);
	return 0;
}

/* The one place that decides how berth ends. */
static int exit_status(const struct cli *cli, int r, const struct error *err)
{
	if (r >= 0)
		return r;
	if (err->status)
		return err->status;
	return cli->command && cli->command->error_status ? cli->command->error_status
							  : STATUS_ERROR;
}

int main(int argc, char **argv)
{
	auto_cli struct cli cli = CLI_INIT;
	struct error err = ERROR_INIT;
	struct error flush_err = ERROR_INIT;
	int r, f;

	fd_fill_standard();
	r = dispatch(&cli, argc > 0 ? argv + 1 : argv, &err);
	f = cli_flush(&cli, &flush_err);
	if (r < 0)
		log_error(&err);
	else if (f < 0)
		log_error(&flush_err);
	return exit_status(&cli, r < 0 ? r : f < 0 ? f : r, r < 0 ? &err : &flush_err);
}
