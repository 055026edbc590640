/* SPDX-License-Identifier: Apache-2.0 */
/* berth ps */
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/filter.h"
#include "cli/listing.h"
#include "cli/ps_match.h"
#include "runtime/container.h"

#define COMMAND_WIDTH 20

struct ps_options {
	bool all, quiet, latest, no_trunc, size;
	int last;
	const char *format;
	struct strv filters;
};

static void ps_options_done(struct ps_options *o)
{
	strv_done(&o->filters);
}
DEFINE_AUTO(ps_options, struct ps_options, ps_options_done)

#define S struct ps_options

static const struct opt ps_table[] = {
	OPT_FLAG("all", 'a', S, all, "Show all containers (default: those that run)"),
	OPT_LIST(
		"filter", 'f', S, filters, "KEY=VALUE",
		"Show those that match: id, name, label, status, exited, ancestor, volume, before, "
		"since, network, expose, publish, is-task, restart-policy, health"),
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_INT("last", 'n', S, last, "N", "Show the N last created ones, in any state"),
	OPT_FLAG("latest", 'l', S, latest, "Show the last created one, in any state"),
	OPT_FLAG("no-trunc", 0, S, no_trunc, "Don't shorten IDs and commands"),
	OPT_FLAG("quiet", 'q', S, quiet, "Print IDs only"),
	OPT_FLAG("size", 's', S, size, "Show how much each has written"),
	OPT_END
};

static const char headings[] =
	"{\"ID\":\"CONTAINER ID\",\"CreatedAt\":\"CREATED AT\",\"RunningFor\":\"CREATED\","
	"\"LocalVolumes\":\"LOCAL VOLUMES\"}";

/* As Go quotes: a command of several lines does not break the table. */
static void quote(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addf(out, "\\%c", *text);
		else if (*text == '\n' || *text == '\t')
			buf_adds(out, *text == '\n' ? "\\n" : "\\t");
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			buf_addf(out, "\\x%02x", (unsigned char)*text);
		else
			buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

/* The command line in double quotes, cut to docker's width. */
static void command_text(struct buf *out, const struct json *c, bool whole)
{
	auto_buf struct buf line = BUF_INIT;
	const char *path = json_get_str(c, "Path");

	buf_adds(&line, path ? path : "");
	json_for_each(arg, json_get(c, "Args"))
		buf_addf(&line, " %s", json_str(arg) ? json_str(arg) : "");
	if (!whole && line.len > COMMAND_WIDTH) {
		size_t keep = COMMAND_WIDTH - 1;

		/* Not in the middle of a character. */
		while (keep > 0 && ((unsigned char)line.data[keep] & 0xc0) == 0x80)
			keep--;
		buf_truncate(&line, keep);
		buf_adds(&line, "…");
	}
	quote(out, buf_str(&line));
}

static void size_member(struct jsonw *w, const struct store *s, const char *id)
{
	unsigned long long rw = 0, root = 0;
	char own[TIME_TEXT_MAX], all[TIME_TEXT_MAX], text[2 * TIME_TEXT_MAX + 16];

	if (container_size(s, id, &rw, &root, NULL) < 0)
		return jsonw_str(w, "Size", "?");
	(void)snprintf(text, sizeof(text), "%s (virtual %s)", size_format(own, rw),
		       size_format(all, rw + root));
	jsonw_str(w, "Size", text);
}

static void mounts_member(struct jsonw *w, const struct json *c, bool whole)
{
	auto_buf struct buf list = BUF_INIT;
	unsigned volumes = 0;
	char count[16];

	json_for_each(m, json_get(c, "Mounts")) {
		const char *name = json_get_str(m, "Name");
		const char *text = name && *name ? name : json_get_str(m, "Source");

		if (!text || !*text)
			continue;
		volumes += name && *name;
		if (!whole && strlen(text) > 15)
			buf_addf(&list, "%s%.14s…", list.len ? "," : "", text);
		else
			buf_addf(&list, "%s%s", list.len ? "," : "", text);
	}
	(void)snprintf(count, sizeof(count), "%u", volumes);
	jsonw_str(w, "Mounts", buf_str(&list));
	jsonw_str(w, "LocalVolumes", count);
}

static void row_json(struct buf *out, const struct store *s, const struct json *c,
		     const struct ps_options *o)
{
	const struct json *config = json_get(c, "Config"), *state = json_get(c, "State");
	struct jsonw w = JSONW_INIT(out, 0);
	auto_buf struct buf command = BUF_INIT, labels = BUF_INIT;
	const char *id = json_get_str(c, "Id"), *image = json_get_str(config, "Image");
	char text[160], ago[128], id_text[80];

	command_text(&command, c, o->no_trunc);
	labels_text(&labels, json_get(config, "Labels"));
	jsonw_object(&w, NULL);
	jsonw_str(&w, "Command", buf_str(&command));
	jsonw_str(&w, "CreatedAt", list_time(ago, json_get_str(c, "Created")));
	jsonw_str(&w, "ID", short_id(id_text, id, o->no_trunc));
	jsonw_str(&w, "Image", image ? image : "");
	jsonw_str(&w, "Labels", buf_str(&labels));
	mounts_member(&w, c, o->no_trunc);
	jsonw_str(&w, "Names", container_name(c));
	jsonw_str(&w, "Networks",
		  json_get_str(json_get(c, "HostConfig"), "NetworkMode")
			  ? json_get_str(json_get(c, "HostConfig"), "NetworkMode")
			  : "none");
	jsonw_str(&w, "Ports", "");
	jsonw_str(&w, "RunningFor", ago_text(ago, json_get_str(c, "Created")));
	if (o->size)
		size_member(&w, s, id);
	else
		jsonw_str(&w, "Size", "0B");
	jsonw_str(&w, "State", json_get_str(state, "Status"));
	jsonw_str(&w, "Status", status_text(text, state));
	jsonw_end(&w);
}

static bool has_key(const struct strv *filters, const char *key)
{
	strv_for_each(i, filters) {
		if (filter_value(filters, i, key))
			return true;
	}
	return false;
}

/* One container: shown or passed over. Return: 1 if it was shown, 0, or -errno. */
static int list_one(struct listing *l, const struct store *s, const char *id,
		    const struct ps_options *o, struct error *err)
{
	auto_buf struct buf row = BUF_INIT;
	auto_json struct json *c = NULL;
	int r = container_document(s, id, &c, err);

	if (r == -ENOENT)
		return 0; /* removed since we listed it */
	if (r < 0)
		return r;
	if (!o->all && !json_bool(json_get(json_get(c, "State"), "Running"), false))
		return 0;
	r = ps_match(s, c, &o->filters, err);
	if (r <= 0)
		return r;
	row_json(&row, s, c, o);
	r = listing_add(l, &row, json_get(json_get(c, "Config"), "Labels"), err);
	return r < 0 ? r : 1;
}

static int ps(struct cli *cli, char **argv, struct error *err)
{
	static const char columns[] = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t"
				      "{{.Status}}\t{{.Ports}}\t{{.Names}}";
	auto_clean(ps_options) struct ps_options o = { .last = -1 };
	auto_listing struct listing l = LISTING_INIT;
	auto_strv struct strv ids = STRV_INIT;
	auto_buf struct buf wide = BUF_INIT;
	const struct store *s;
	int shown = 0;
	int r = cli_options(cli, argv, &o, err);

	if (r == 0)
		r = ps_filter_check(&o.filters, err);
	if (r < 0)
		return r;
	if (o.latest)
		o.last = 1;
	o.all |= o.last > 0 || has_key(&o.filters, "status") || has_key(&o.filters, "exited");
	buf_addf(&wide, "%s%s", columns, o.size ? "\t{{.Size}}" : "");
	if (o.quiet)
		r = listing_begin(&l, o.format ? o.format : "{{.ID}}", columns, headings, err);
	else
		r = listing_begin(&l, o.format, buf_str(&wide), headings, err);
	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = container_ids(s, &ids, err);
	for (size_t i = 0; r >= 0 && i < ids.n && (o.last <= 0 || shown < o.last); i++) {
		r = list_one(&l, s, ids.v[i], &o, err);
		shown += r > 0;
	}
	if (r < 0)
		return r;
	listing_end(&l, cli);
	return 0;
}

const struct command cmd_ps = {
	.synopsis = "[OPTIONS]",
	.summary = "List containers",
	.opts = ps_table,
	.examples = (const char *const[]){ "all of them, as a table of two columns",
					   "berth ps -a --format 'table {{.Names}}\\t{{.Status}}'",
					   "IDs of those that use a volume",
					   "berth ps -aq --filter volume=data", NULL },
	.run = ps,
};
