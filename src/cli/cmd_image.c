/* SPDX-License-Identifier: Apache-2.0 */
/* berth rmi, tag */
#include "cli/commands.h"
#include "store/catalog.h"

struct rmi_options {
	bool force;
};

#define S struct rmi_options

static const struct opt rmi_table[] = {
	OPT_FLAG(
		"force", 'f', S, force,
		"Remove all names, even if a container was made from it; a missing image is no "
		 "failure"),
	OPT_END
};

static int remove_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	const struct rmi_options *o = context;
	auto_strv struct strv lines = STRV_INIT;
	int r = catalog_remove(&cli->store, what, o->force, &lines, err);

	if (r == -ENOENT && o->force)
		return 0;
	strv_for_each(i, &lines)
		cli_print(cli, "%s\n", lines.v[i]);
	return r;
}

static int rmi(struct cli *cli, char **argv, struct error *err)
{
	struct rmi_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, remove_one, &o, err);
}

static int tag(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : catalog_tag(s, argv[0], argv[1], err);
}

const struct command cmd_rmi = {
	.synopsis = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Remove images",
	.description = "Takes the name away; with its last name goes the image, and with it the "
		       "layers that no other image needs. An ID stands for all names.",
	.opts = rmi_table,
	.run = rmi,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_IMAGE,
};

const struct command cmd_tag = {
	.synopsis = "IMAGE NAME[:TAG]",
	.summary = "Give an image one more name",
	.run = tag,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_IMAGE,
};
