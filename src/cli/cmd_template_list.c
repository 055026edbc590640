/* SPDX-License-Identifier: Apache-2.0 */
/* berth template ls, inspect, cache ls, cache prune */
#include <inttypes.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/parse.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/inspect.h"
#include "cli/listing.h"
#include "template/call.h"

#define LIST_MAX ((size_t) 256 << 20)

/* ---- rows ---------------------------------------------------------------------------------------------------- */

/* How a member of the helper's rows is printed: its text, a size, or for how long that has been. */
enum member_kind {
	MEMBER_TEXT,
	MEMBER_SIZE,
	MEMBER_SINCE
};

struct member {
	const char *name, *from;
	enum member_kind kind;
};

static void add_since(struct jsonw *w, const char *name, const char *when)
{
	struct timespec then, now = { .tv_sec = 0 };
	char text[TIME_TEXT_MAX], ago[TIME_TEXT_MAX + 8];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!when || time_parse(when, &then) < 0) {
		jsonw_str(w, name, "N/A");
		return;
	}
	(void)snprintf(ago, sizeof(ago), "%s ago",
			duration_format(text, now.tv_sec - then.tv_sec));
	jsonw_str(w, name, ago);
}

static void add_member(struct jsonw *w, const struct member *m, const struct json *row)
{
	const struct json *v = json_get(row, m->from);
	char text[TIME_TEXT_MAX];

	switch (m->kind) {
	case MEMBER_SIZE:
		jsonw_str(w, m->name, size_format(text, (uint64_t) json_int(v, 0)));
		return;
	case MEMBER_SINCE:
		add_since(w, m->name, json_str(v));
		return;
	default:
		if (json_type(v) == JSON_BOOL)
			jsonw_str(w, m->name, json_bool(v, false) ? "true" : "false");
		else
			jsonw_str(w, m->name,
				  json_str(v)	   ? json_str(v)
				  : json_number(v) ? json_number(v)
						   : "");
	}
}

static int add_rows(struct listing *l, const struct member *members, size_t n,
		    const struct buf *lines, struct error *err)
{
	const char *p = buf_str(lines);
	int r = 0;

	while (r == 0 && *p) {
		size_t len = strcspn(p, "\n");
		auto_json struct json *row = NULL;
		auto_buf struct buf text = BUF_INIT;
		struct jsonw w = JSONW_INIT(&text, 0);

		r = json_parse(p, len, &row, err);
		if (r < 0)
			return r;
		jsonw_object(&w, NULL);
		for (size_t i = 0; i < n; i++)
			add_member(&w, &members[i], row);
		jsonw_end(&w);
		r = listing_add(l, &text, NULL, err);
		p += p[len] ? len + 1 : len;
	}
	return r;
}

struct list {
	const char *const *args;
	const char *format, *table, *headings;
	const struct member *members;
	size_t n_members;
};

static int print_list(struct cli *cli, const struct list *list, struct error *err)
{
	auto_listing struct listing l = LISTING_INIT;
	auto_buf struct buf lines = { .limit = LIST_MAX };
	const struct store *s;
	int r = listing_begin(&l, list->format, list->table, list->headings, err);

	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = template_call(s, list->args, &lines, err);
	if (r == 0)
		r = add_rows(&l, list->members, list->n_members, &lines, err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

/* ---- ls, inspect ----------------------------------------------------------------------------------------------- */

struct ls_options {
	bool quiet;
	const char *format;
};

#define S struct ls_options

static const struct opt ls_table[] = {
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("quiet", 'q', S, quiet, "Print IDs or names only"), OPT_END
};
#undef S

/* The files at @path of a build's file system. */
static int ls_files(struct cli *cli, char **argv, const struct ls_options *o, struct error *err)
{
	static const struct member members[] = {
		{ "Name", "Name", MEMBER_TEXT },   { "Mode", "Mode", MEMBER_TEXT },
		{ "UID", "UID", MEMBER_TEXT },	   { "GID", "GID", MEMBER_TEXT },
		{ "Size", "Size", MEMBER_TEXT },   { "ModifiedAt", "ModifiedAt", MEMBER_TEXT },
		{ "Target", "Target", MEMBER_TEXT },
	};
	const char *const args[] = { "files", argv[0], argv[1], argv[2] ? argv[2] : "/", NULL };
	const struct list list = {
		.args = args,
		.format = !o->format && o->quiet ? "{{.Name}}" : o->format,
		.table = "{{.Mode}}\t{{.UID}}\t{{.GID}}\t{{.Size}}\t{{.ModifiedAt}}\t{{.Name}}\t{{.Target}}",
		.headings = "{\"ModifiedAt\":\"MODIFIED AT\"}",
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};

	return print_list(cli, &list, err);
}

static int ls(struct cli *cli, char **argv, struct error *err)
{
	static const struct member members[] = {
		{ "TemplateID", "TemplateID", MEMBER_TEXT },
		{ "BuildID", "BuildID", MEMBER_TEXT },
		{ "Name", "Name", MEMBER_TEXT },
		{ "BaseID", "BaseID", MEMBER_TEXT },
		{ "Generation", "Generation", MEMBER_TEXT },
		{ "Size", "Size", MEMBER_SIZE },
		{ "StoredSize", "StoredSize", MEMBER_SIZE },
		{ "CreatedAt", "CreatedAt", MEMBER_TEXT },
		{ "CreatedSince", "CreatedAt", MEMBER_SINCE },
		{ "State", "State", MEMBER_TEXT },
	};
	struct ls_options o = { .quiet = false };
	int r = cli_options(cli, argv, &o, err);
	const char *args[] = { "ls", r > 0 ? argv[0] : "", "", NULL };
	const struct list list = {
		.args = args,
		.format = !o.format && o.quiet ? "{{.BuildID}}" : o.format,
		.table =
			"{{.TemplateID}}\t{{.Name}}\t{{.Size}}\t{{.StoredSize}}\t{{.CreatedSince}}",
		.headings =
			"{\"TemplateID\":\"TEMPLATE\",\"Name\":\"BUILD\",\"BuildID\":\"BUILD ID\","
			"\"BaseID\":\"BASE ID\",\"StoredSize\":\"STORED\",\"CreatedSince\":\"CREATED\","
			"\"CreatedAt\":\"CREATED AT\"}",
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};

	if (r > 1)
		return ls_files(cli, argv, &o, err);
	return r < 0 ? r : print_list(cli, &list, err);
}

struct inspect_options {
	const char *format;
};

#define S struct inspect_options

static const struct opt inspect_table[] = {
	OPT_STRING("format", 'f', S, format, "FORMAT",
		   "How to print: 'json' or a TEMPLATE such as '{{.Size}}'"),
	OPT_END
};
#undef S

static int inspect_build(struct cli *cli, const char *build, struct jsonw *w, struct error *err)
{
	const char *const args[] = { "inspect", build, NULL };
	auto_buf struct buf text = { .limit = JSON_MAX_BYTES };
	auto_json struct json *doc = NULL;
	const struct store *s;
	int r = cli_store(cli, &s, err);

	if (r == 0)
		r = template_call(s, args, &text, err);
	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &doc, err);
	if (r == 0)
		jsonw_copy(w, NULL, doc);
	return r;
}

static int inspect(struct cli *cli, char **argv, struct error *err)
{
	struct inspect_options o = { 0 };
	int r = cli_options(cli, argv, &o, err);

	return r < 0 ? r : inspect_all(cli, argv, o.format, inspect_build, err);
}

/* ---- cache ----------------------------------------------------------------------------------------------------- */

static int cache_ls(struct cli *cli, char **argv, struct error *err)
{
	static const struct member members[] = {
		{ "ID", "ID", MEMBER_TEXT },
		{ "BuildID", "BuildID", MEMBER_TEXT },
		{ "Size", "Size", MEMBER_SIZE },
		{ "DataSize", "DataSize", MEMBER_SIZE },
		{ "InUse", "InUse", MEMBER_TEXT },
		{ "LastUsedAt", "LastUsedAt", MEMBER_TEXT },
		{ "LastUsed", "LastUsedAt", MEMBER_SINCE },
	};
	static const char *const args[] = { "cache-ls", NULL };
	struct ls_options o = { .quiet = false };
	int r = cli_options(cli, argv, &o, err);
	const struct list list = {
		.args = args,
		.format = !o.format && o.quiet ? "{{.ID}}" : o.format,
		.table = "{{.BuildID}}\t{{.Size}}\t{{.DataSize}}\t{{.LastUsed}}\t{{.InUse}}",
		.headings =
			"{\"BuildID\":\"BUILD ID\",\"DataSize\":\"OF\",\"LastUsed\":\"LAST USED\","
			"\"LastUsedAt\":\"LAST USED AT\",\"InUse\":\"IN USE\"}",
		.members = members,
		.n_members = ARRAY_SIZE(members),
	};

	return r < 0 ? r : print_list(cli, &list, err);
}

struct prune_options {
	bool all, force;
};

#define S struct prune_options

static const struct opt prune_table[] = {
	OPT_FLAG("all", 'a', S, all,
		 "All that no mount uses, not only what is above the cache's limit"),
	OPT_FLAG("force", 'f', S, force, "Don't ask for confirmation"), OPT_END
};
#undef S

/* The helper's last line is how many bytes there were. */
static int print_pruned(struct cli *cli, const struct buf *lines, struct error *err)
{
	const char *p = buf_str(lines);
	char text[TIME_TEXT_MAX];
	uint64_t bytes = 0;
	bool any = false;

	for (;;) {
		size_t n = strcspn(p, "\n");
		auto_free char *line = strndup(p, n);

		if (!line)
			return error_set(err, ENOMEM, "cannot prune");
		p += p[n] ? n + 1 : n;
		if (!*p) {
			(void)parse_u64(line, UINT64_MAX, &bytes);
			break;
		}
		cli_print(cli, "%s%s\n", any ? "" : "Deleted Cache Entries:\n", line);
		any = true;
	}
	cli_print(cli, "%sTotal reclaimed space: %s\n", any ? "\n" : "", size_format(text, bytes));
	return 0;
}

static int cache_prune(struct cli *cli, char **argv, struct error *err)
{
	struct prune_options o = { 0 };
	auto_buf struct buf lines = { .limit = LIST_MAX };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);
	const char *args[] = { "cache-prune", o.all ? "all" : "", NULL };

	if (r < 0)
		return r;
	if (!o.force &&
	    !cli_confirm(
		    cli,
		    o.all ? "This will remove all cached template data that no mount uses."
			  : "This will remove the cached template data that is above the limit."))
		return 0;
	r = cli_store(cli, &s, err);
	if (r == 0)
		r = template_call(s, args, &lines, err);
	return r < 0 ? r : print_pruned(cli, &lines, err);
}

const struct command cmd_template_ls = {
	.synopsis = "[OPTIONS] [TEMPLATE [BUILD [PATH]]]",
	.summary = "List builds, or files of one",
	.description =
		"Without BUILD, the builds in the storage. With it, what is in directory PATH of the build, "
		"or in its root: read from its ext4 file system without a mount, without root, and "
		"fetching only the blocks that are needed.",
	.examples = (const char *const[]){ "the files in /etc of a build",
					   "berth template ls base v1 /etc", NULL },
	.opts = ls_table,
	.run = ls,
	.max_args = 3,
};

const struct command cmd_template_inspect = {
	.synopsis = "[OPTIONS] BUILD [BUILD...]",
	.summary = "Show what builds are made of",
	.opts = inspect_table,
	.run = inspect,
	.min_args = 1,
	.max_args = -1,
};

const struct command cmd_template_cache_ls = {
	.synopsis = "[OPTIONS]",
	.summary = "List what is kept of builds on this machine",
	.opts = ls_table,
	.run = cache_ls,
};

const struct command cmd_template_cache_prune = {
	.synopsis = "[OPTIONS]",
	.summary = "Remove cached data of builds",
	.opts = prune_table,
	.run = cache_prune,
};
