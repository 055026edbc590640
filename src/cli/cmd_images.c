/* SPDX-License-Identifier: Apache-2.0 */
/* berth images, history: rows that the catalogue gives as JSON */
#include <stdio.h>

#include "base/jsonw.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/listing.h"
#include "store/catalog.h"

struct images_options {
	bool all, quiet, digests, no_trunc;
	const char *format;
	struct strv filters;
};

static void images_options_done(struct images_options *o)
{
	strv_done(&o->filters);
}
DEFINE_AUTO(images_options, struct images_options, images_options_done)

#define S struct images_options

static const struct opt images_table[] = {
	OPT_FLAG("all", 'a', S, all, "Show all images (berth has no hidden ones)"),
	OPT_FLAG("digests", 0, S, digests, "Show digests"),
	OPT_LIST("filter", 'f', S, filters, "KEY=VALUE",
		 "Show those that match: dangling, reference, label, before, since"),
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("no-trunc", 0, S, no_trunc, "Don't shorten IDs"),
	OPT_FLAG("quiet", 'q', S, quiet, "Print IDs only"),
	OPT_END
};
#undef S

static const char image_headings[] =
	"{\"ID\":\"IMAGE ID\",\"CreatedSince\":\"CREATED\",\"CreatedAt\":\"CREATED AT\","
	"\"VirtualSize\":\"SIZE\",\"SharedSize\":\"SHARED SIZE\",\"UniqueSize\":\"UNIQUE SIZE\"}";
static const char history_headings[] =
	"{\"ID\":\"IMAGE\",\"CreatedSince\":\"CREATED\",\"CreatedAt\":\"CREATED AT\","
	"\"CreatedBy\":\"CREATED BY\"}";

/* What `--format json` shows: docker's members, the strings but for Id and Created. */
static void docker_members(struct buf *out, const struct json *row)
{
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_object(&w, NULL);
	json_for_each(member, row) {
		const char *key = json_key(member);

		if (json_str(member) && !STREQ(key, "Id") && !STREQ(key, "Created"))
			jsonw_copy(&w, key, member);
	}
	jsonw_end(&w);
}

static int add_rows(struct listing *l, const struct buf *text, struct error *err)
{
	auto_json struct json *rows = NULL;
	int r;

	if (buf_failed(text))
		return error_set(err, ENOMEM, "cannot list");
	r = json_parse(buf_str(text), text->len, &rows, err);
	json_for_each(row, rows) {
		auto_buf struct buf one = BUF_INIT;

		if (r < 0)
			break;
		docker_members(&one, row);
		r = listing_add(l, &one, json_get(row, "Labels"), err);
	}
	return r;
}

static int list_images(struct cli *cli, const struct images_options *o, const char *name,
		       struct error *err)
{
	static const char plain[] =
		"{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
	static const char digests[] = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t"
				      "{{.CreatedSince}}\t{{.Size}}";
	struct image_list_request req = { .filters = &o->filters,
					  .name = name,
					  .no_trunc = o->no_trunc };
	auto_listing struct listing l = LISTING_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	const char *format = !o->format && o->quiet ? "{{.ID}}" : o->format;
	const struct store *s;
	int r = listing_begin(&l, format, o->digests ? digests : plain, image_headings, err);

	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = catalog_list(s, &req, &w, NULL, err);
	if (r == 0)
		r = add_rows(&l, &text, err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

static int images(struct cli *cli, char **argv, struct error *err)
{
	static const char *const keys[] = { "dangling", "reference", "label",
					    "before",	"since",     NULL };
	auto_clean(images_options) struct images_options o = { 0 };
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = filter_check(&o.filters, keys, err);
	return r < 0 ? r : list_images(cli, &o, argv[0], err);
}

struct history_options {
	bool no_trunc, quiet, human;
	const char *format;
};

#define S struct history_options

static const struct opt history_table[] = {
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("human", 'H', S, human, "Sizes and times for people (default true)"),
	OPT_FLAG("no-trunc", 0, S, no_trunc, "Don't shorten anything"),
	OPT_FLAG("quiet", 'q', S, quiet, "Print IDs only"), OPT_END
};
#undef S

static int add_history_rows(struct listing *l, const struct buf *text, bool human,
			    struct error *err)
{
	auto_json struct json *rows = NULL;
	int r = buf_failed(text) ? error_set(err, ENOMEM, "cannot list")
				 : json_parse(buf_str(text), text->len, &rows, err);

	json_for_each(row, rows) {
		auto_buf struct buf one = BUF_INIT;
		struct jsonw w = JSONW_INIT(&one, 0);

		if (r < 0)
			break;
		jsonw_object(&w, NULL);
		json_for_each(member, row) {
			const char *key = json_key(member);
			char bytes[32];

			if (!json_str(member) || STREQ(key, "Created"))
				continue;
			(void)snprintf(bytes, sizeof(bytes), "%lld",
				       (long long)json_int(json_get(row, "Bytes"), 0));
			if (!human && STREQ(key, "Size"))
				jsonw_str(&w, key, bytes);
			else if (!human && STREQ(key, "CreatedSince"))
				jsonw_str(&w, key, json_get_str(row, "Created"));
			else
				jsonw_copy(&w, key, member);
		}
		jsonw_end(&w);
		r = listing_add(l, &one, NULL, err);
	}
	return r;
}

static int history(struct cli *cli, char **argv, struct error *err)
{
	static const char columns[] = "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t"
				      "{{.Comment}}";
	struct history_options o = { .human = true };
	auto_listing struct listing l = LISTING_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = listing_begin(&l, !o.format && o.quiet ? "{{.ID}}" : o.format, columns,
				  history_headings, err);
	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = catalog_history(s, argv[0], o.no_trunc, &w, NULL, err);
	if (r == 0)
		r = add_history_rows(&l, &text, o.human, err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

const struct command cmd_images = {
	.synopsis = "[OPTIONS] [REPOSITORY[:TAG]]",
	.summary = "List images",
	.opts = images_table,
	.examples = (const char *const[]){ "those without a name",
					   "berth images -q --filter dangling=true", NULL },
	.run = images,
	.max_args = 1,
	.complete = COMPLETE_IMAGE,
};

const struct command cmd_history = {
	.synopsis = "[OPTIONS] IMAGE",
	.summary = "Show how an image came to be",
	.opts = history_table,
	.run = history,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_IMAGE,
};
