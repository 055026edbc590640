/* SPDX-License-Identifier: Apache-2.0 */
/* berth volume exists, rename, update, resize, mount, unmount, reload */
#include <stdlib.h>

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/run_options.h"
#include "volume/catalog.h"

/* What all of these begin with. */
static int begin(struct cli *cli, char **argv, void *options, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, options, err);

	return r < 0 ? r : cli_store(cli, &s, err);
}

static int exists(struct cli *cli, char **argv, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	int r = begin(cli, argv, NULL, err);

	if (r < 0)
		return r;
	r = volume_open(&cli->store, argv[0], &v, err);
	return r == -ENOENT ? 1 : r < 0 ? error_status(err, r, 125) : 0;
}

static int rename_volume(struct cli *cli, char **argv, struct error *err)
{
	int r = begin(cli, argv, NULL, err);

	if (r == 0)
		r = volume_rename(&cli->store, argv[0], argv[1], err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[1]);
	return r;
}

struct update_options {
	struct strv labels, drop;
};

static void update_options_done(struct update_options *o)
{
	strv_done(&o->labels);
	strv_done(&o->drop);
}
DEFINE_AUTO(update_options, struct update_options, update_options_done)

static int parse_label(const char *arg, void *value, struct error *err)
{
	return label_add(value, arg, err);
}

#define S struct update_options

static const struct opt update_table[] = {
	OPT_PARSED("label", 'l', S, labels, parse_label, "KEY[=VALUE]", "Set this label"),
	OPT_LIST("label-rm", 0, S, drop, "KEY", "Take this label away"), OPT_END
};
#undef S

static int update(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(update_options) struct update_options o = { 0 };
	int r = begin(cli, argv, &o, err);

	if (r == 0 && o.labels.n == 0 && o.drop.n == 0)
		return error_status(err, error_msg(err, EINVAL, "nothing to change: --label or --label-rm"),
				    125);
	if (r == 0)
		r = volume_update_labels(&cli->store, argv[0], &o.labels, &o.drop, err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[0]);
	return r;
}

static int resize(struct cli *cli, char **argv, struct error *err)
{
	uint64_t size = 0;
	int r = begin(cli, argv, NULL, err);

	if (r == 0 && parse_size(argv[1], &size) < 0)
		return error_status(err, error_msg(err, EINVAL, "invalid size '%s'", argv[1]), 125);
	if (r == 0)
		r = volume_resize(&cli->store, argv[0], size, err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[0]);
	return r;
}

static int mount_one(struct cli *cli, const char *name, void *context, struct error *err)
{
	auto_free char *path = NULL;
	int r = volume_host_mount(&cli->store, name, &path, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%s\n", path);
	return r;
}

static int mount(struct cli *cli, char **argv, struct error *err)
{
	int r = begin(cli, argv, NULL, err);

	return r < 0 ? r : cli_each(cli, argv, mount_one, NULL, err);
}

static int unmount_one(struct cli *cli, const char *name, void *context, struct error *err)
{
	int r = volume_host_unmount(&cli->store, name, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%s\n", name);
	return r;
}

struct unmount_options {
	bool all;
};

#define S struct unmount_options

static const struct opt unmount_table[] = { OPT_FLAG("all", 'a', S, all, "All volumes"), OPT_END };
#undef S

static int unmount(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	struct unmount_options o = { false };
	int r = begin(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.all == (argv[0] != NULL))
		return error_status(err, error_msg(err, EINVAL, "name volumes, or all of them with --all"),
				    125);
	if (o.all)
		r = volume_names(&cli->store, &names, err);
	if (r < 0 || (o.all && names.n == 0))
		return r;
	return cli_each(cli, o.all ? names.v : argv, unmount_one, NULL, err);
}

/* Volumes are always read from what is on disk: there is nothing that could be out of date. */
static int reload(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv findings = STRV_INIT;
	int r = begin(cli, argv, NULL, err);

	if (r == 0)
		r = volume_check(&cli->store, /* repair= */ false, &findings, err);
	strv_for_each(i, &findings)
		cli_print(cli, "%s\n", findings.v[i]);
	return r < 0 ? r : findings.n > 0;
}

const struct command cmd_volume_exists = {
	.synopsis = "VOLUME",
	.summary = "Whether there is such a volume",
	.exit_status = "0 if there is, 1 if not, 125 if it can't be known.",
	.run = exists,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_rename = {
	.synopsis = "VOLUME NEW_NAME",
	.summary = "Give a volume that no container has another name",
	.exit_status = "0; 1; 2 if the volume is in use; 125 if the command line is wrong.",
	.run = rename_volume,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_update = {
	.synopsis = "[OPTIONS] VOLUME",
	.summary = "Change the labels of a volume",
	.opts = update_table,
	.run = update,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_resize = {
	.synopsis = "VOLUME SIZE",
	.summary = "Make a volume that has a size larger",
	.examples = (const char *const[]){ "twenty gigabytes", "berth volume resize data 20g", NULL },
	.run = resize,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_mount = {
	.synopsis = "VOLUME [VOLUME...]",
	.summary = "Have the data of volumes in directories of this host",
	.description = "Prints the directories. A volume that is a directory is there always; one that is a "
		       "file system is mounted until volume unmount.",
	.run = mount,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_unmount = {
	.synopsis = "[OPTIONS] [VOLUME...]",
	.summary = "Undo what volume mount did",
	.description = "Containers that use the volume keep it.",
	.opts = unmount_table,
	.run = unmount,
	.max_args = -1,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_reload = {
	.synopsis = "",
	.summary = "Look at all volumes afresh",
	.description = "There is no daemon whose knowledge could be out of date: this reports what is wrong "
		       "with any volume.",
	.run = reload,
};
