/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/help.h"

#define WIDTH 80      /* what help is wrapped to */
#define LABELS_MAX 28 /* a longer option has its text on the next line */

/* Append @text word by word from column @column on, continued at @indent. A newline in it is kept. */
static void wrap(struct buf *out, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > WIDTH) {
			buf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		column += len;
		text += len;
		if (*text == '\n') {
			buf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		text += *text != '\0';
	}
	buf_addc(out, '\n');
}

/* Paragraphs are wrapped; lines that begin with a space are kept as they are. */
static void paragraphs(struct buf *out, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);
		auto_free char *one = strndup(text, len);

		if (!one)
			return;
		if (*one == ' ')
			buf_addf(out, "%s\n", one);
		else
			wrap(out, one, 0, 0);
		text += len + (end ? 2 : 0);
		if (*text)
			buf_addc(out, '\n');
	}
}

/* How an option is written, with its argument: "-e, --env NAME=VALUE". */
static void flags(struct buf *out, const struct opt *o)
{
	if (o->letter)
		buf_addf(out, "-%c, ", o->letter);
	else
		buf_adds(out, "    ");
	buf_addf(out, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

static void option_list(struct buf *out, const struct opt *opts)
{
	size_t column = 0;

	opt_for_each(o, opts)
	{
		size_t len = strlen(o->name) + 6 + (o->arg ? strlen(o->arg) + 1 : 0);

		if (!o->hidden && len <= LABELS_MAX)
			column = MAX(column, len);
	}
	column += 4;
	opt_for_each(o, opts)
	{
		size_t start = out->len;

		if (o->hidden)
			continue;
		buf_adds(out, "  ");
		flags(out, o);
		if (out->len - start + 2 > column)
			buf_addf(out, "\n%*s", (int)column, "");
		else
			buf_addf(out, "%*s", (int)(column - (out->len - start)), "");
		wrap(out, o->help, column, column);
	}
}

static void names(struct buf *out, const struct command_name *list, bool groups)
{
	for (; list->name; list++) {
		if (list->hidden || (list->command->flags & COMMAND_HIDDEN) ||
		    (list->command->group != NULL) != groups)
			continue;
		buf_addf(out, "  %-11s ", list->name);
		wrap(out, list->command->summary, 14, 14);
	}
}

static void paths_below(struct buf *out, const struct command_name *list, const char *prefix,
			const struct command *c, const char *separator)
{
	for (; list->name; list++) {
		if (list->command == c) {
			if (out->len > 0 && out->data[out->len - 1] != ' ')
				buf_adds(out, separator);
			buf_addf(out, "berth %s%s%s", prefix, *prefix ? " " : "", list->name);
		}
		if (list->command->group)
			paths_below(out, list->command->group, list->name, c, separator);
	}
}

void help_paths(struct buf *out, const struct command *c, const char *separator)
{
	auto_buf struct buf list = BUF_INIT;

	paths_below(&list, command_list(), "", c, separator);
	buf_adds(out, buf_str(&list));
}

/* Each paragraph of the further section begins with what it is about: the next lines are indented. */
static void more(struct buf *out, const struct command *c)
{
	auto_buf struct buf text = BUF_INIT;

	c->more(&text);
	buf_addf(out, "\n%s:\n", c->more_heading);
	for (const char *p = buf_str(&text), *end; *p; p = end + 2) {
		auto_free char *one = NULL;

		end = strstr(p, "\n\n");
		if (!end)
			return;
		one = strndup(p, (size_t)(end - p));
		buf_adds(out, "  ");
		wrap(out, one ? one : "", 2, 6);
	}
}

static void examples(struct buf *out, const char *const *e)
{
	buf_adds(out, "\nExamples:\n");
	for (; *e; e += 2)
		buf_addf(out, "  # %s\n  %s\n", e[0], e[1]);
}

void help_command(struct buf *out, const char *path, const struct command *c)
{
	auto_buf struct buf aliases = BUF_INIT;
	const char *synopsis = c->group ? "COMMAND" : c->synopsis;

	buf_addf(out, "Usage:  %s%s%s\n\n", path, *synopsis ? " " : "", synopsis);
	wrap(out, c->summary, 0, 0);
	if (c->description) {
		buf_addc(out, '\n');
		paragraphs(out, c->description);
	}
	if (c->group) {
		buf_adds(out, "\nCommands:\n");
		names(out, c->group, false);
		names(out, c->group, true);
		buf_addf(out, "\nRun '%s COMMAND --help' for more information on a command.\n",
			 path);
		return;
	}
	help_paths(&aliases, c, ", ");
	if (strchr(buf_str(&aliases), ',')) {
		buf_adds(out, "\nAliases:\n  ");
		wrap(out, buf_str(&aliases), 2, 2);
	}
	if (c->opts) {
		buf_adds(out, "\nOptions:\n");
		option_list(out, c->opts);
	}
	if (c->more)
		more(out, c);
	if (c->examples)
		examples(out, c->examples);
}

void help_top(struct buf *out)
{
	buf_adds(out, "Usage:  berth [OPTIONS] COMMAND\n\n"
		      "Containers with volumes, without a daemon\n\nCommands:\n");
	names(out, command_list(), false);
	buf_adds(out, "\nManagement commands:\n");
	names(out, command_list(), true);
	buf_adds(out, "\nGlobal options:\n");
	option_list(out, global_options());
	buf_adds(out, "\nRun 'berth COMMAND --help' for more information on a command.\n");
}
