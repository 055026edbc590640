/* SPDX-License-Identifier: Apache-2.0 */
/* berth import, save, load */
#include "cli/commands.h"
#include "store/archive.h"

struct import_options {
	struct strv changes;
	const char *message, *platform;
};

static void import_options_done(struct import_options *o)
{
	strv_done(&o->changes);
}
DEFINE_AUTO(import_options, struct import_options, import_options_done)

#define S struct import_options

static const struct opt import_table[] = {
	OPT_LIST(
		"change", 'c', S, changes, "INSTRUCTION",
		"Apply a Dockerfile instruction to the image: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, "
		"LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR"),
	OPT_STRING("message", 'm', S, message, "TEXT", "Comment kept in the image's history"),
	OPT_STRING("platform", 0, S, platform, "OS/ARCH[/VARIANT]",
		   "Platform of the image (default: this machine's)"),
	OPT_END
};
#undef S

static int import(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(import_options) struct import_options o = { 0 };
	struct import_request req;
	const struct store *s;
	char id[ID_SIZE];
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (STREQ(argv[0], "-") && isatty(STDIN_FILENO))
		return error_hint(err,
				  error_msg(err, EINVAL, "refusing to read a tar from a terminal"),
				  "name a file, or redirect standard input");
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	req = (struct import_request){ .source = argv[0],
				       .reference = argv[1],
				       .message = o.message,
				       .platform = o.platform,
				       .changes = &o.changes };
	r = archive_import(s, &req, id, err);
	if (r < 0)
		return r;
	cli_print(cli, "sha256:%s\n", id);
	return 0;
}

struct save_options {
	const char *output, *format, *compression;
};

#define S struct save_options

static const struct opt save_table[] = {
	OPT_STRING("compress", 0, S, compression, "METHOD",
		   "Layers inside an OCI archive: none, gzip or zstd (default none)"),
	OPT_STRING(
		"format", 0, S, format, "FORMAT",
		"docker-archive or oci-archive (default docker-archive); oci-dir as a directory"),
	{ .name = "output",
	  .letter = 'o',
	  .type = OPT_STRING,
	  .complete = COMPLETE_FILE,
	  .arg = "FILE",
	  .offset = OPT_OFFSET(S, output, const char *),
	  .help = "Write to a file instead of standard output; with oci-dir, the directory" },
	OPT_END
};
#undef S

static int save_format(const char *name, enum archive_format *ret, bool *ret_dir, struct error *err)
{
	static const struct {
		const char *name;
		enum archive_format format;
		bool dir;
	} formats[] = {
		{ "docker-archive", ARCHIVE_DOCKER, false },
		{ "docker", ARCHIVE_DOCKER, false },
		{ "oci-archive", ARCHIVE_OCI, false },
		{ "oci", ARCHIVE_OCI, false },
		{ "oci-dir", ARCHIVE_OCI, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (STREQ(formats[i].name, name)) {
			*ret = formats[i].format;
			*ret_dir = formats[i].dir;
			return 0;
		}
	}
	return error_msg(err, EINVAL, "unknown format '%s': docker-archive, oci-archive or oci-dir",
			 name);
}

static int save(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	auto_free char *output = NULL;
	struct save_options o = { .format = "docker-archive" };
	struct save_request req = { .references = &names };
	const struct store *s;
	bool dir = false;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = save_format(o.format, &req.format, &dir, err);
	if (r < 0)
		return r;
	if (!o.output && (dir || isatty(STDOUT_FILENO)))
		return error_hint(err, error_msg(err, EINVAL, "nowhere to write to but a terminal"),
				  "use -o FILE or redirect the output");
	output = str_format("%s%s", o.output ? o.output : "-", dir ? "/" : "");
	if (!output || strv_copy(&names, argv) < 0)
		return error_set(err, ENOMEM, "cannot save");
	req.output = output;
	req.layer_compression = o.compression;
	r = cli_store(cli, &s, err);
	return r < 0 ? r : archive_save(s, &req, err);
}

struct load_options {
	const char *input;
	bool quiet;
};

#define S struct load_options

static const struct opt load_table[] = {
	{ .name = "input",
	  .letter = 'i',
	  .type = OPT_STRING,
	  .complete = COMPLETE_FILE,
	  .arg = "FILE",
	  .offset = OPT_OFFSET(S, input, const char *),
	  .help = "Read from a file or directory instead of standard input" },
	OPT_FLAG("quiet", 'q', S, quiet, "Say nothing of the progress"),
	OPT_END
};
#undef S

static int load(struct cli *cli, char **argv, struct error *err)
{
	struct load_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (!o.input && isatty(STDIN_FILENO))
		return error_hint(
			err, error_msg(err, EINVAL, "refusing to read an archive from a terminal"),
			"use -i FILE, or redirect standard input");
	r = cli_store(cli, &s, err);
	return r < 0 ? r : archive_load(s, o.input ? o.input : "-", o.quiet, err);
}

const struct command cmd_import = {
	.synopsis = "[OPTIONS] FILE|DIR|- [REPOSITORY[:TAG]]",
	.summary = "Make an image of a root file system",
	.description =
		"Takes a tar archive, plain or compressed with gzip, zstd or xz, from a file or "
		"standard input, or a directory, and makes an image of one layer.",
	.opts = import_table,
	.examples = (const char *const[]){ "a Debian root",
					   "debootstrap stable root && berth import root debian",
					   NULL },
	.run = import,
	.min_args = 1,
	.max_args = 2,
	.complete = COMPLETE_FILE,
};

const struct command cmd_save = {
	.synopsis = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Write images to an archive",
	.opts = save_table,
	.examples = (const char *const[]){ "for docker load", "berth save -o tools.tar tools:1",
					   "an OCI layout",
					   "berth save --format oci-dir -o layout tools:1", NULL },
	.run = save,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_IMAGE,
};

const struct command cmd_load = {
	.synopsis = "[OPTIONS]",
	.summary = "Read images from an archive",
	.description =
		"Takes what docker save, podman save, skopeo and umoci write: a docker archive "
		"or an OCI layout, as a tar, plain or compressed, or as a directory.",
	.opts = load_table,
	.run = load,
};
