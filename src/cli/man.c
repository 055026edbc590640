/* SPDX-License-Identifier: Apache-2.0 */
/* The man pages, made from the tables that make --help, so that both say the same. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/fs.h"
#include "cli/help.h"
#include "cli/man.h"

#define MAN_DATE "2026-11-21"
#define LINE_MAX_LEN 78

/* Text for roff: no letter of it is an instruction, and hyphens are those that people type. */
static void escaped(struct buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_adds(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\') {
			buf_adds(out, "\\e");
			continue;
		}
		if (*text == '-')
			buf_addc(out, '\\');
		buf_addc(out, *text);
		if (*text == '\n' && (text[1] == '.' || text[1] == '\''))
			buf_adds(out, "\\&");
	}
}

/* Running text: as escaped(), in lines of a reasonable length. */
static void prose(struct buf *out, const char *text)
{
	auto_buf struct buf whole = BUF_INIT;
	size_t column = 0;

	escaped(&whole, text);
	for (const char *c = buf_str(&whole); *c;) {
		size_t len = strcspn(c, " \n");

		buf_add(out, c, len);
		column += len;
		c += len;
		if (*c == ' ' && column + 1 + strcspn(c + 1, " \n") > LINE_MAX_LEN) {
			buf_adds(out, c[1] == '.' || c[1] == '\'' ? "\n\\&" : "\n");
			column = 0;
		} else if (*c) {
			buf_addc(out, *c);
			column = *c == '\n' ? 0 : column + 1;
		}
		c += *c != '\0';
	}
}

static void bold(struct buf *out, const char *text)
{
	buf_adds(out, "\\fB");
	escaped(out, text);
	buf_adds(out, "\\fR");
}

static void paragraphs(struct buf *out, const char *text)
{
	for (bool first = true; *text; first = false) {
		const char *end = strstr(text, "\n\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);
		auto_free char *one = strndup(text, len);

		if (!one)
			return;
		if (!first)
			buf_adds(out, ".PP\n");
		if (*one == ' ')
			buf_adds(out, ".nf\n");
		if (*one == ' ')
			escaped(out, one);
		else
			prose(out, one);
		buf_adds(out, *one == ' ' ? "\n.fi\n" : "\n");
		text += len + (end ? 2 : 0);
	}
}

static void options(struct buf *out, const struct opt *opts)
{
	opt_for_each(o, opts)
	{
		char letter[] = { '-', o->letter, '\0' };
		auto_free char *name = str_format("--%s", o->name);

		if (o->hidden || !name)
			continue;
		buf_adds(out, ".TP\n");
		if (o->letter) {
			bold(out, letter);
			buf_adds(out, ", ");
		}
		bold(out, name);
		if (o->arg) {
			buf_adds(out, " \\fI");
			escaped(out, o->arg);
			buf_adds(out, "\\fR");
		}
		buf_addc(out, '\n');
		prose(out, o->help);
		buf_addc(out, '\n');
	}
}

static void head(struct buf *out, const char *page, const char *summary)
{
	buf_adds(out, ".TH ");
	for (const char *c = page; *c; c++)
		buf_addc(out, (char)toupper((unsigned char)*c));
	buf_addf(out, " 1 \"%s\" \"berth %s\" \"berth manual\"\n.SH NAME\n", MAN_DATE,
		 BERTH_VERSION);
	escaped(out, page);
	buf_adds(out, " \\- ");
	escaped(out, summary);
	buf_adds(out, "\n.SH SYNOPSIS\n");
}

static void examples(struct buf *out, const char *const *e)
{
	buf_adds(out, ".SH EXAMPLES\n");
	for (; *e; e += 2) {
		buf_adds(out, ".TP\n");
		escaped(out, e[0]);
		buf_addc(out, '\n');
		bold(out, e[1]);
		buf_addc(out, '\n');
	}
}

/* Which page tells of @c: one of the name that it is found by first, "run" or "volume-create". */
static bool page_name(struct buf *out, const struct command_name *list, const char *prefix,
		      const struct command *c)
{
	for (const struct command_name *n = list; n->name; n++) {
		if (n->command == c) {
			buf_addf(out, "%s-%s", prefix, n->name);
			return true;
		}
	}
	for (const struct command_name *n = list; n->name; n++) {
		auto_free char *below = str_format("%s-%s", prefix, n->name);

		if (below && n->command->group && page_name(out, n->command->group, below, c))
			return true;
	}
	return false;
}

static void command_names(struct buf *out, const struct command_name *list)
{
	for (; list->name; list++) {
		auto_buf struct buf page = BUF_INIT;

		if (list->hidden || (list->command->flags & COMMAND_HIDDEN))
			continue;
		(void)page_name(&page, command_list(), "berth", list->command);
		buf_adds(out, ".TP\n");
		bold(out, list->name);
		buf_addc(out, '\n');
		escaped(out, list->command->summary);
		buf_adds(out, ": see\n.BR ");
		escaped(out, buf_str(&page));
		buf_adds(out, " (1).\n");
	}
}

static void exit_status(struct buf *out, const struct command *c)
{
	buf_adds(out, ".SH EXIT STATUS\n");
	prose(out, c->exit_status ? c->exit_status
				  : "0, 1 if something failed, 125 if the command line is wrong.");
	buf_addc(out, '\n');
}

static void page_of(struct buf *out, const char *page, const struct command *c)
{
	auto_buf struct buf aliases = BUF_INIT;
	auto_free char *name = strdup(page);

	for (char *dash = name ? strchr(name, '-') : NULL; dash; dash = strchr(dash, '-'))
		*dash = ' ';
	head(out, page, c->summary);
	bold(out, name ? name : page);
	buf_adds(out, c->group || *c->synopsis ? " " : "");
	escaped(out, c->group ? "COMMAND" : c->synopsis);
	buf_adds(out, "\n.SH DESCRIPTION\n");
	paragraphs(out, c->description ? c->description : c->summary);
	help_paths(&aliases, c, ", ");
	if (strchr(buf_str(&aliases), ',')) {
		buf_adds(out, ".PP\nNames: ");
		escaped(out, buf_str(&aliases));
		buf_adds(out, ".\n");
	}
	if (c->group) {
		buf_adds(out, ".SH COMMANDS\n");
		command_names(out, c->group);
	}
	if (c->opts) {
		buf_adds(out, ".SH OPTIONS\n");
		options(out, c->opts);
	}
	if (c->more) {
		auto_buf struct buf more = BUF_INIT;

		c->more(&more);
		buf_adds(out, ".SH ");
		escaped(out, c->more_heading);
		buf_addc(out, '\n');
		paragraphs(out, buf_str(&more));
	}
	if (c->examples)
		examples(out, c->examples);
	if (!c->group)
		exit_status(out, c);
	buf_adds(out, ".SH SEE ALSO\n.BR berth (1)\n");
}

static void main_page(struct buf *out)
{
	head(out, "berth", "containers with volumes, without a daemon");
	buf_adds(out, "\\fBberth\\fR [OPTIONS] \\fICOMMAND\\fR [ARG...]\n.SH DESCRIPTION\n");
	paragraphs(out, "berth runs containers from images on copy-on-write layers, gives them "
			"volumes and commits them back to images. There is no daemon: each command "
			"does its work and ends. Commands, options and output are docker's.\n\n"
			"It needs root.");
	buf_adds(out, ".SH COMMANDS\n");
	command_names(out, command_list());
	buf_adds(out, ".SH OPTIONS\nThese stand before the command.\n");
	options(out, global_options());
	buf_adds(out,
		 ".SH ENVIRONMENT\n.TP\n\\fBBERTH_ROOT\\fR, \\fBBERTH_RUN\\fR\n"
		 "As \\fB\\-\\-root\\fR and \\fB\\-\\-run\\fR.\n"
		 ".TP\n\\fBBERTH_LIBEXEC\\fR\nWhere berth's helper programs are.\n"
		 ".SH FILES\n.TP\n\\fI/var/lib/berth\\fR\nImages, layers, containers, volumes; an ordinary user's\n"
		 "are in \\fI~/.local/share/berth\\fR.\n"
		 ".TP\n\\fI/run/berth\\fR\nState that a reboot forgets; an ordinary user's\n"
		 "is in \\fI$XDG_RUNTIME_DIR/berth\\fR.\n"
		 ".SH EXIT STATUS\n");
	prose(out,
	      "That of the command in the container for berth run; 128+N if signal N killed it; "
	      "125 if berth failed; 126 if the command can't be executed; 127 if it was not "
	      "found. The other commands end with 1 if something failed and 125 if the command "
	      "line is wrong.\n");
}

static int write_page(int dir_fd, const char *page, const struct buf *text, struct error *err)
{
	auto_free char *file = str_format("%s.1", page);
	int r = file && !buf_failed(text)
			? file_write_at(dir_fd, file, buf_str(text), text->len, 0644)
			: -ENOMEM;

	return r < 0 ? error_set(err, r, "cannot write '%s.1'", page) : 0;
}

static int write_pages(int dir_fd, const struct command_name *list, struct error *err)
{
	for (; list->name; list++) {
		auto_buf struct buf page = BUF_INIT, text = BUF_INIT;
		int r;

		if (list->hidden || (list->command->flags & COMMAND_HIDDEN))
			continue;
		/* A command of two names is written twice, to the same file: one page, one text. */
		(void)page_name(&page, command_list(), "berth", list->command);
		page_of(&text, buf_str(&page), list->command);
		r = write_page(dir_fd, buf_str(&page), &text, err);
		if (r == 0 && list->command->group)
			r = write_pages(dir_fd, list->command->group, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int man_write(const char *dir, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	auto_close int dir_fd = FD_NONE;
	int r = dir_make(dir, 0755);

	if (r == 0)
		dir_fd = r = dir_open(AT_FDCWD, dir);
	if (r < 0)
		return error_set(err, r, "cannot make '%s'", dir);
	main_page(&text);
	r = write_page(dir_fd, "berth", &text, err);
	return r < 0 ? r : write_pages(dir_fd, command_list(), err);
}
