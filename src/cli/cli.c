/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "store/rootless.h"

#define MAX_AT_ONCE 50 /* docker's */

void cli_done(struct cli *cli)
{
	store_done(&cli->store);
	fd_close(&cli->userns_use);
	free(cli->default_root);
	free(cli->default_run);
	buf_done(&cli->out);
}

static int wrong_count(const struct cli *cli, int given, struct error *err)
{
	const struct command *c = cli->command;
	int wanted = given < c->min_args ? c->min_args : c->max_args;
	const char *how = c->max_args == c->min_args ? "exactly"
			  : given < c->min_args	     ? "at least"
						     : "at most";

	if (c->max_args == 0)
		return error_msg(err, EINVAL, "'%s' accepts no arguments", cli->path);
	return error_msg(err, EINVAL, "'%s' requires %s %d argument%s", cli->path, how, wanted,
			 wanted == 1 ? "" : "s");
}

int cli_options(const struct cli *cli, char **argv, void *values, struct error *err)
{
	const struct command *c = cli->command;
	int n = opt_parse(c->opts, c->flags & COMMAND_STOP_EARLY, argv, values, err);

	if (n >= 0 && (n < c->min_args || (c->max_args >= 0 && n > c->max_args)))
		n = wrong_count(cli, n, err);
	if (n < 0 && n != OPT_HELP && err && err->hint[0] == '\0')
		return error_hint(err, n, "see '%s --help'", cli->path);
	return n;
}

int cli_store(struct cli *cli, const struct store **ret, struct error *err)
{
	if (cli->store.root_fd < 0) {
		int r = cli_directories(cli, err);

		if (r == 0 && geteuid() != 0)
			r = cli->userns_use = rootless_enter(cli->run, err);
		if (r >= 0)
			r = store_open(&cli->store, cli->root, cli->run, err);
		if (r < 0)
			return r;
	}
	*ret = &cli->store;
	return 0;
}

void cli_print(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&cli->out, fmt, ap);
	va_end(ap);
}

int cli_flush(struct cli *cli, struct error *err)
{
	int r = buf_failed(&cli->out)
			? -ENOMEM
			: fd_write_all(STDOUT_FILENO, buf_str(&cli->out), cli->out.len);

	buf_truncate(&cli->out, 0);
	return r < 0 ? error_set(err, r, "cannot write to standard output") : 0;
}

bool cli_confirm(struct cli *cli, const char *warning)
{
	char answer[16] = "";
	ssize_t n;

	cli_print(cli, "%s\nAre you sure you want to continue? [y/N] ", warning);
	if (cli_flush(cli, NULL) < 0)
		return false;
	n = read(STDIN_FILENO, answer, sizeof(answer) - 1);
	return n > 0 && (answer[0] == 'y' || answer[0] == 'Y') &&
	       (n == 1 || answer[1] == '\n' || answer[1] == '\r');
}

/* @action for one operand, with its output and its error. Return: whether it failed; -errno of the output. */
static int do_one(struct cli *cli, const char *operand, cli_action action, void *context, struct error *err)
{
	struct error one = ERROR_INIT;
	int r = action(cli, operand, context, &one), flushed;

	if (r < 0)
		log_error(&one);
	flushed = cli_flush(cli, err);
	return flushed < 0 ? flushed : r < 0;
}

int cli_each(struct cli *cli, char *const operands[], cli_action action, void *context,
	     struct error *err)
{
	int status = 0;

	for (; *operands; operands++) {
		int r = do_one(cli, *operands, action, context, err);

		if (r < 0)
			return r;
		status |= r;
	}
	return status;
}

/* Wait for one of our processes. Return: whether it failed. */
static int reap_one(int *running)
{
	int status = 0;

	while (waitpid(-1, &status, 0) < 0) {
		if (errno != EINTR)
			return 1;
	}
	--*running;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* The child's side: its output comes after that of the one before it, whose end closes @before. */
static int do_in_turn(struct cli *cli, const char *operand, cli_action action, void *context, int before)
{
	struct error one = ERROR_INIT;
	int r = action(cli, operand, context, &one);
	char none;

	if (before >= 0)
		(void)fd_read_upto(before, &none, 1);
	if (r < 0)
		log_error(&one);
	return cli_flush(cli, NULL) < 0 || r < 0;
}

int cli_each_at_once(struct cli *cli, char *const operands[], cli_action action, void *context,
		     struct error *err)
{
	auto_close int before = FD_NONE;
	int status = 0, running = 0, r = 0;

	if (!operands[0] || !operands[1])
		return cli_each(cli, operands, action, context, err);
	for (; *operands && r == 0; operands++) {
		int p[2];
		pid_t pid;

		if (running >= MAX_AT_ONCE)
			status |= reap_one(&running);
		if (pipe2(p, O_CLOEXEC) < 0) {
			r = error_set(err, errno, "cannot make a pipe");
			break;
		}
		pid = fork();
		if (pid == 0) {
			fd_close(&p[0]);
			_exit(do_in_turn(cli, *operands, action, context, before));
		}
		if (pid < 0)
			r = error_set(err, errno, "cannot make a process");
		fd_close(&before);
		before = p[0];
		fd_close(&p[1]);
		running += pid > 0;
	}
	while (running > 0)
		status |= reap_one(&running);
	return r < 0 ? r : status;
}
