/* SPDX-License-Identifier: Apache-2.0 */
/* berth system check, system df */
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/listing.h"
#include "cli/table.h"
#include "runtime/container.h"
#include "store/catalog.h"
#include "store/check.h"
#include "template/sweep.h"
#include "volume/catalog.h"

struct check_options {
	bool repair;
};

#define S struct check_options

static const struct opt check_table[] = {
	OPT_FLAG("repair", 0, S, repair, "Put right what is found"), OPT_END
};
#undef S

/* Containers first: what is left of them holds on to images and volumes. */
static int find_all(const struct store *s, bool repair, struct strv *findings, struct error *err)
{
	unsigned all = repair ? MOUNT_SWEEP_GONE | MOUNT_SWEEP_FAILED : 0;
	int r = container_sweep(s, repair, findings, err);

	if (r == 0)
		r = volume_check(s, repair, findings, err);
	if (r == 0)
		r = mount_sweep(s, all, findings, err);
	if (r == 0)
		r = store_check(s, repair, findings, err);
	return r;
}

static int check(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv findings = STRV_INIT, left = STRV_INIT;
	struct check_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = find_all(s, o.repair, &findings, err);
	strv_for_each(i, &findings)
		cli_print(cli, "%s\n", findings.v[i]);
	if (r < 0 || !o.repair)
		return r < 0 ? r : findings.n > 0;
	/* Some things only a person can put right: they are still there. */
	r = find_all(s, false, &left, err);
	strv_for_each(i, &left)
		cli_print(cli, "not repaired: %s\n", left.v[i]);
	return r < 0 ? r : left.n > 0;
}

struct df_options {
	bool verbose;
	const char *format;
};

#define S struct df_options

static const struct opt df_table[] = {
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("verbose", 'v', S, verbose, "Each image, container and volume"), OPT_END
};
#undef S

struct usage {
	const char *type;
	uint64_t total, active, size, reclaimable;
};

static int container_usage(const struct store *s, struct usage *ret, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	int r = container_ids(s, &ids, err);

	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		auto_json struct json *c = NULL;
		unsigned long long rw = 0, root = 0;
		bool running;

		if (container_document(s, ids.v[i], &c, NULL) < 0)
			continue;
		running = json_bool(json_get(json_get(c, "State"), "Running"), false);
		(void)container_size(s, ids.v[i], &rw, &root, NULL);
		ret->total++;
		ret->active += running;
		ret->size += rw;
		ret->reclaimable += running ? 0 : rw;
	}
	return r;
}

static int add_usage(struct listing *l, const struct usage *u, struct error *err)
{
	auto_buf struct buf row = BUF_INIT;
	struct jsonw w = JSONW_INIT(&row, 0);
	char text[TIME_TEXT_MAX], percent[TIME_TEXT_MAX + 24], number[24];

	jsonw_object(&w, NULL);
	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)u->active);
	jsonw_str(&w, "Active", number);
	(void)snprintf(percent, sizeof(percent), "%s", size_format(text, u->reclaimable));
	if (u->size > 0)
		(void)snprintf(percent + strlen(percent), 24, " (%llu%%)",
			       (unsigned long long)(u->reclaimable * 100 / u->size));
	jsonw_str(&w, "Reclaimable", percent);
	jsonw_str(&w, "Size", size_format(text, u->size));
	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)u->total);
	jsonw_str(&w, "TotalCount", number);
	jsonw_str(&w, "Type", u->type);
	jsonw_end(&w);
	return listing_add(l, &row, NULL, err);
}

static int df_summary(struct cli *cli, const struct store *s, const char *format, struct error *err)
{
	static const char columns[] = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t"
				      "{{.Reclaimable}}";
	struct usage rows[] = { { .type = "Images" },
				{ .type = "Containers" },
				{ .type = "Local Volumes" } };
	auto_listing struct listing l = LISTING_INIT;
	struct image_usage images = { 0 };
	struct volume_df volumes = { 0 };
	int r = listing_begin(&l, format, columns, "{\"TotalCount\":\"TOTAL\"}", err);

	if (r == 0)
		r = catalog_usage(s, &images, err);
	if (r == 0)
		r = container_usage(s, &rows[1], err);
	if (r == 0)
		r = volume_df_read(s, &volumes, err);
	rows[0] = (struct usage){ "Images", images.count, images.active, images.size,
				  images.reclaimable };
	rows[2] = (struct usage){ "Local Volumes", volumes.total, volumes.active, volumes.size,
				  volumes.reclaimable };
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
		r = add_usage(&l, &rows[i], err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

static const char *text_of(const struct json *object, const char *key)
{
	const char *text = json_get_str(object, key);

	return text ? text : "";
}

static int df_images(struct buf *out, const struct store *s, struct error *err)
{
	struct image_list_request req = { 0 };
	auto_buf struct buf text = BUF_INIT;
	auto_json struct json *rows = NULL;
	struct jsonw w = JSONW_INIT(&text, 0);
	int r = catalog_list(s, &req, &w, NULL, err);

	if (r == 0)
		r = json_parse(buf_str(&text), text.len, &rows, err);
	if (r < 0)
		return r;
	buf_adds(
		out,
		"REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\tCONTAINERS\n");
	json_for_each(row, rows)
		buf_addf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", text_of(row, "Repository"),
			 text_of(row, "Tag"), text_of(row, "ID"), text_of(row, "CreatedSince"),
			 text_of(row, "Size"), text_of(row, "SharedSize"),
			 text_of(row, "UniqueSize"), text_of(row, "Containers"));
	return 0;
}

static void df_container(struct buf *out, const struct store *s, const char *id)
{
	auto_json struct json *c = NULL;
	unsigned long long rw = 0, root = 0;
	char short_text[80], ago[128], status[160], size[TIME_TEXT_MAX];
	unsigned volumes = 0;

	if (container_document(s, id, &c, NULL) < 0)
		return; /* removed meanwhile */
	(void)container_size(s, id, &rw, &root, NULL);
	json_for_each(m, json_get(c, "Mounts"))
		volumes += STREQ(text_of(m, "Type"), "volume");
	buf_addf(out, "%s\t%s\t%u\t%s\t%s\t%s\t%s\n", short_id(short_text, id, false),
		 text_of(json_get(c, "Config"), "Image"), volumes, size_format(size, rw),
		 ago_text(ago, json_get_str(c, "Created")),
		 status_text(status, json_get(c, "State")), container_name(c));
}

static int df_verbose(struct cli *cli, const struct store *s, struct error *err)
{
	auto_buf struct buf images = BUF_INIT, containers = BUF_INIT, volumes = BUF_INIT;
	auto_volume_list struct volume_list list = VOLUME_LIST_INIT;
	auto_strv struct strv ids = STRV_INIT;
	char size[TIME_TEXT_MAX];
	int r = df_images(&images, s, err);

	if (r == 0)
		r = container_ids(s, &ids, err);
	if (r == 0)
		r = volume_list_read(s, NULL, VOLUME_LIST_SIZES, &list, err);
	if (r < 0)
		return r;
	buf_adds(&containers, "CONTAINER ID\tIMAGE\tLOCAL VOLUMES\tSIZE\tCREATED\tSTATUS\tNAMES\n");
	strv_for_each(i, &ids)
		df_container(&containers, s, ids.v[i]);
	buf_adds(&volumes, "VOLUME NAME\tLINKS\tSIZE\n");
	for (size_t i = 0; i < list.n; i++)
		buf_addf(&volumes, "%s\t%zu\t%s\n", list.v[i].volume.name, list.v[i].links,
			 size_format(size, list.v[i].size));
	cli_print(cli, "Images space usage:\n\n");
	table_align(&cli->out, buf_str(&images), TABLE_WIDTH);
	cli_print(cli, "\nContainers space usage:\n\n");
	table_align(&cli->out, buf_str(&containers), TABLE_WIDTH);
	cli_print(cli, "\nLocal Volumes space usage:\n\n");
	table_align(&cli->out, buf_str(&volumes), TABLE_WIDTH);
	return 0;
}

static int df(struct cli *cli, char **argv, struct error *err)
{
	struct df_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.verbose && o.format)
		return error_msg(err, EINVAL, "--verbose and --format exclude each other");
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	return o.verbose ? df_verbose(cli, s, err) : df_summary(cli, s, o.format, err);
}

const struct command cmd_system_check = {
	.synopsis = "[OPTIONS]",
	.summary = "Look for what killed processes left, and for damage",
	.description = "Prints one line for each finding. What a running command is just making is "
		       "none. Data of volumes is never removed.",
	.exit_status = "0 if nothing was found or all was repaired, else 1.",
	.opts = check_table,
	.run = check,
};

const struct command cmd_system_df = {
	.synopsis = "[OPTIONS]",
	.summary = "Show what images, containers and volumes take of the disk",
	.opts = df_table,
	.run = df,
};
