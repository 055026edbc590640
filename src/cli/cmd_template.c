/* SPDX-License-Identifier: Apache-2.0 */
/* berth template import, rm, push, pull, gc */
#include "cli/commands.h"
#include "template/call.h"

/* What the helper prints goes to standard output as it is. */
static int call(struct cli *cli, const char *const args[], struct error *err)
{
	const struct store *s;
	int r = cli_store(cli, &s, err);

	return r < 0 ? r : template_call(s, args, &cli->out, err);
}

struct import_options {
	const char *compression;
};

#define S struct import_options

static const struct opt import_table[] = {
	OPT_STRING("compress", 0, S, compression, "METHOD",
		   "How the build is stored: none, lz4 or zstd (default none)"),
	OPT_END
};
#undef S

static int import(struct cli *cli, char **argv, struct error *err)
{
	struct import_options o = { .compression = "none" };
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (STREQ(argv[0], "-") && isatty(STDIN_FILENO))
		return error_hint(
			err, error_msg(err, EINVAL, "refusing to read an image from a terminal"),
			"name a file, or redirect standard input");
	return call(cli,
		    (const char *[]){ "import", argv[0], argv[1], argv[2], o.compression, NULL },
		    err);
}

/* The image may be larger than any buffer: the helper writes it to where standard output is. */
static int export(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r < 0)
		return r;
	if (STREQ(argv[1], "-") && isatty(STDOUT_FILENO))
		return error_hint(
			err, error_msg(err, EINVAL, "refusing to write an image to a terminal"),
			"name a file, or redirect standard output");
	r = cli_store(cli, &s, err);
	return r < 0 ? r
		     : template_call(s, (const char *[]){ "export", argv[0], argv[1], NULL }, NULL,
				     err);
}

static int cat(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv args = STRV_INIT;
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r < 0)
		return r;
	r = strv_add(&args, "cat");
	for (size_t i = 0; r == 0 && argv[i]; i++)
		r = strv_add(&args, argv[i]);
	if (r < 0)
		return error_set(err, r, "cannot read the files");
	r = cli_store(cli, &s, err);
	return r < 0 ? r : template_call(s, (const char *const *) args.v, NULL, err);
}

static int tar(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);
	const char *args[] = { "tar", argv[0], argv[1], r > 2 ? argv[2] : "/", NULL };

	if (r < 0)
		return r;
	if (isatty(STDOUT_FILENO))
		return error_hint(
			err, error_msg(err, EINVAL, "refusing to write an archive to a terminal"),
			"redirect standard output");
	r = cli_store(cli, &s, err);
	return r < 0 ? r : template_call(s, args, NULL, err);
}

struct rm_options {
	bool force;
};

#define S struct rm_options

static const struct opt rm_table[] = {
	OPT_FLAG("force", 'f', S, force,
		 "Even if other builds are made on it; a missing one is no failure"),
	OPT_END
};
#undef S

static int rm_one(struct cli *cli, const char *build, void *context, struct error *err)
{
	const struct rm_options *o = context;
	const char *const args[] = { "rm", build, o->force ? "force" : "", NULL };
	int r = call(cli, args, err);

	if (r < 0 && !(r == -ENOENT && o->force))
		return r;
	cli_print(cli, "%s\n", build);
	return 0;
}

static int rm(struct cli *cli, char **argv, struct error *err)
{
	struct rm_options o = { 0 };
	int r = cli_options(cli, argv, &o, err);

	return r < 0 ? r : cli_each(cli, argv, rm_one, &o, err);
}

static int push(struct cli *cli, char **argv, struct error *err)
{
	int r = cli_options(cli, argv, NULL, err);

	return r < 0 ? r : call(cli, (const char *[]){ "copy", "", argv[1], argv[0], NULL }, err);
}

static int pull(struct cli *cli, char **argv, struct error *err)
{
	int r = cli_options(cli, argv, NULL, err);

	return r < 0 ? r : call(cli, (const char *[]){ "copy", argv[1], "", argv[0], NULL }, err);
}

static int gc(struct cli *cli, char **argv, struct error *err)
{
	auto_buf struct buf n = { .limit = 64 };
	const char *const args[] = { "gc", NULL };
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = template_call(s, args, &n, err);
	if (r == 0)
		cli_print(cli, "Removed unfinished builds: %s", buf_str(&n));
	return r;
}

const struct command cmd_template_import = {
	.synopsis = "[OPTIONS] FILE|- TEMPLATE BUILD",
	.summary = "Make a build of a file system image",
	.description =
		"The image, a raw one such as mkfs.ext4 makes, is stored without its empty blocks in the "
		"storage that TEMPLATE_STORAGE_URL or STORAGE_PROVIDER names, else on this machine. Prints "
		"the build's id: BUILD if that is a UUID, else one that stands for the name.",
	.opts = import_table,
	.examples =
		(const char *const[]){
			"an image of a directory",
			"mkfs.ext4 -d root root.img 1g && berth template import root.img "
			"base v1",
			NULL },
	.run = import,
	.min_args = 3,
	.max_args = 3,
	.complete = COMPLETE_FILE,
};

const struct command cmd_template_cat = {
	.synopsis = "TEMPLATE BUILD PATH [PATH...]",
	.summary = "Print files of a build without mounting it",
	.description =
		"Reads the build's ext4 file system itself, without root, and fetches only the blocks that "
		"it needs. Links are followed inside the build.",
	.examples = (const char *const[]){ "a file of a build in a bucket",
					   "berth template cat base v1 /etc/os-release", NULL },
	.run = cat,
	.min_args = 3,
	.max_args = -1,
};

const struct command cmd_template_tar = {
	.synopsis = "TEMPLATE BUILD [PATH]",
	.summary = "Write files of a build as a tar archive",
	.description =
		"What is in directory PATH of the build, else in its root, goes to standard output, without "
		"mounting it: owners, times, links, devices and extended attributes as they are. mkfs's "
		"own lost+found is left out.",
	.examples = (const char *const[]){ "an image of a build",
					   "berth template tar base v1 | berth import - base:v1", NULL },
	.run = tar,
	.min_args = 2,
	.max_args = 3,
};

const struct command cmd_template_export = {
	.synopsis = "BUILD FILE|-",
	.summary = "Write a build as a raw image",
	.run = export,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_FILE,
};

const struct command cmd_template_rm = {
	.synopsis = "[OPTIONS] BUILD [BUILD...]",
	.summary = "Remove builds from the storage",
	.description = "A build that another one is made on is not removed.",
	.opts = rm_table,
	.run = rm,
	.min_args = 1,
	.max_args = -1,
};

const struct command cmd_template_push = {
	.synopsis = "BUILD URL",
	.summary = "Copy a build to another storage",
	.description =
		"The builds that it is made on are copied as well, those that are there already are "
		"left. Prints the ids of those that were copied.",
	.examples = (const char *const[]){ "to a bucket",
					   "berth template push v1 s3://templates?region=eu-west-1",
					   NULL },
	.run = push,
	.min_args = 2,
	.max_args = 2,
};

const struct command cmd_template_pull = {
	.synopsis = "BUILD URL",
	.summary = "Copy a build from another storage",
	.description =
		"The builds that it is made on are copied as well, those that are there already are "
		"left. Prints the ids of those that were copied.",
	.run = pull,
	.min_args = 2,
	.max_args = 2,
};

const struct command cmd_template_gc = {
	.synopsis = "",
	.summary = "Remove what interrupted imports and removals left",
	.run = gc,
	.max_args = 0,
};
