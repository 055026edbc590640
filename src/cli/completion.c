/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shell completion from the command and option tables. For bash and zsh a table "path|options|kind" is
 * printed into one script that works in both (zsh through bashcompinit); fish has its own form. Names of
 * containers, images and volumes are asked of berth itself.
 */
#include <string.h>

#include "cli/completion.h"

static const char *const kinds[] = {
	[COMPLETE_NONE] = "none",	[COMPLETE_FILE] = "file",
	[COMPLETE_DIR] = "dir",		[COMPLETE_CONTAINER] = "container",
	[COMPLETE_IMAGE] = "image",	[COMPLETE_VOLUME] = "volume",
	[COMPLETE_COMMAND] = "command",
};

static void flag_words(struct buf *out, const struct opt *opts)
{
	opt_for_each(o, opts)
	{
		if (o->hidden)
			continue;
		buf_addf(out, "--%s ", o->name);
		if (o->letter)
			buf_addf(out, "-%c ", o->letter);
	}
	buf_adds(out, "--help");
}

/* "--volume=volume -v=volume": options that take a value, and of what kind it is. */
static void value_words(struct buf *out, const struct opt *opts)
{
	opt_for_each(o, opts)
	{
		if (o->type == OPT_FLAG)
			continue;
		buf_addf(out, " --%s=%s", o->name, kinds[o->complete]);
		if (o->letter)
			buf_addf(out, " -%c=%s", o->letter, kinds[o->complete]);
	}
}

static void sub_words(struct buf *out, const struct command_name *list)
{
	for (; list->name; list++) {
		if (!list->hidden && !(list->command->flags & COMMAND_HIDDEN))
			buf_addf(out, "%s ", list->name);
	}
}

static void cases(struct buf *out, const struct command_name *list, const char *prefix)
{
	for (; list->name; list++) {
		const struct command *c = list->command;
		auto_free char *path = str_format("%s %s", prefix, list->name);

		if (!path || (c->flags & COMMAND_HIDDEN))
			continue;
		buf_addf(out, "\t'%s')\n\t\tsubs='", path);
		if (c->group)
			sub_words(out, c->group);
		buf_adds(out, "' flags='");
		flag_words(out, c->opts);
		buf_adds(out, "' values='");
		value_words(out, c->opts);
		buf_addf(out, " ' kind=%s\n\t\t;;\n", kinds[c->complete]);
		if (c->group)
			cases(out, c->group, path);
	}
}

static void bash(struct buf *out)
{
	buf_adds(out, "# bash completion for berth: made by `berth completion bash`\n"
		      "_berth_table() {\n\tcase $1 in\n\tberth)\n\t\tsubs='");
	sub_words(out, command_list());
	buf_adds(out, "' flags='");
	flag_words(out, global_options());
	buf_adds(out, "' values='");
	value_words(out, global_options());
	buf_adds(out, " ' kind=none\n\t\t;;\n");
	cases(out, command_list(), "berth");
	buf_adds(
		out,
		"\t*) return 1 ;;\n\tesac\n}\n\n"
		"_berth_names() {\n"
		"\tcase $1 in\n"
		"\tcontainer) berth ps -a --format '{{.Names}}' 2>/dev/null ;;\n"
		"\timage) berth images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null ;;\n"
		"\tvolume) berth volume ls -q 2>/dev/null ;;\n"
		"\tesac\n}\n\n"
		"_berth() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} path=berth subs flags values kind i word "
		"skip='' wanted=''\n"
		"\tCOMPREPLY=()\n"
		"\t_berth_table berth\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tword=${COMP_WORDS[i]} wanted=''\n"
		"\t\tif [ -n \"$skip\" ]; then skip=''; continue; fi\n"
		"\t\tcase $word in\n"
		"\t\t-*)\n"
		"\t\t\tcase $values in *\" $word=\"*)\n"
		"\t\t\t\tskip=1 wanted=${values#*\" $word=\"} wanted=${wanted%% *} ;;\n"
		"\t\t\tesac ;;\n"
		"\t\t*) _berth_table \"$path $word\" && path=\"$path $word\" ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tif [ -n \"$wanted\" ]; then kind=$wanted subs='' flags=''; fi\n"
		"\tif [[ $cur == -* ]]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n"
		"\telif [ -n \"$subs\" ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$subs\" -- \"$cur\"))\n"
		"\telse\n"
		"\t\tcase $kind in\n"
		"\t\tfile) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
		"\t\tdir) COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
		"\t\tcontainer | image | volume) COMPREPLY=($(compgen -W "
		"\"$(_berth_names $kind)\" -- \"$cur\")) ;;\n"
		"\t\tesac\n"
		"\t\t# -v takes a path as well\n"
		"\t\tif [ \"$wanted\" = volume ]; then COMPREPLY+=($(compgen -f -- \"$cur\")); fi\n"
		"\tfi\n"
		"}\n");
}

static void quoted(struct buf *out, const char *text)
{
	for (; *text && *text != '\n'; text++) {
		if (*text == '\'' || *text == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static void fish_options(struct buf *out, const char *condition, const struct opt *opts)
{
	opt_for_each(o, opts)
	{
		if (o->hidden)
			continue;
		buf_addf(out, "complete -c berth -n '%s' -l %s", condition, o->name);
		if (o->letter)
			buf_addf(out, " -s %c", o->letter);
		if (o->type != OPT_FLAG)
			buf_adds(out, " -r");
		buf_adds(out, " -d '");
		quoted(out, o->help);
		buf_adds(out, "'\n");
	}
}

static void fish_below(struct buf *out, const struct command_name *list, const char *condition)
{
	for (const struct command_name *n = list; n->name; n++) {
		const struct command *c = n->command;
		auto_free char *below = str_format("%s%s__fish_seen_subcommand_from %s", condition,
						   *condition ? "; and " : "", n->name);

		if (!below || n->hidden || (c->flags & COMMAND_HIDDEN))
			continue;
		buf_addf(out, "complete -c berth -n '%s' -a %s -d '",
			 *condition ? condition : "__fish_use_subcommand", n->name);
		quoted(out, c->summary);
		buf_adds(out, "'\n");
		fish_options(out, below, c->opts);
		if (c->complete == COMPLETE_CONTAINER)
			buf_addf(out,
				 "complete -c berth -n '%s' -a "
				 "'(berth ps -a --format \"{{.Names}}\" 2>/dev/null)'\n",
				 below);
		if (c->complete == COMPLETE_IMAGE)
			buf_addf(out,
				 "complete -c berth -n '%s' -a '(berth images --format "
				 "\"{{.Repository}}:{{.Tag}}\" 2>/dev/null)'\n",
				 below);
		if (c->complete == COMPLETE_VOLUME)
			buf_addf(out,
				 "complete -c berth -n '%s' -a "
				 "'(berth volume ls -q 2>/dev/null)'\n",
				 below);
		if (c->complete == COMPLETE_FILE)
			buf_addf(out, "complete -c berth -n '%s' -F\n", below);
		if (c->group)
			fish_below(out, c->group, below);
	}
}

int completion_write(struct buf *out, const char *shell, struct error *err)
{
	if (STREQ(shell, "bash")) {
		bash(out);
		buf_adds(out, "\ncomplete -F _berth berth\n");
	} else if (STREQ(shell, "zsh")) {
		buf_adds(out, "#compdef berth\nautoload -U +X bashcompinit && bashcompinit\n");
		bash(out);
		buf_adds(out, "\ncomplete -F _berth berth\n");
	} else if (STREQ(shell, "fish")) {
		buf_adds(out, "# fish completion for berth\ncomplete -c berth -f\n");
		fish_options(out, "__fish_use_subcommand", global_options());
		fish_below(out, command_list(), "");
	} else {
		return error_msg(err, EINVAL, "unknown shell '%s': bash, zsh or fish", shell);
	}
	return 0;
}
