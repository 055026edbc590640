/* SPDX-License-Identifier: Apache-2.0 */
/* berth commit, export, diff */
#include "base/newfile.h"
#include "cli/commands.h"
#include "runtime/container.h"

struct commit_options {
	const char *author, *message;
	struct strv changes;
	bool pause;
};

static void commit_options_done(struct commit_options *o)
{
	strv_done(&o->changes);
}
DEFINE_AUTO(commit_options, struct commit_options, commit_options_done)

#define S struct commit_options

static const struct opt commit_table[] = {
	OPT_STRING("author", 'a', S, author, "TEXT", "Author: \"Name <mail@example.org>\""),
	OPT_LIST(
		"change", 'c', S, changes, "INSTRUCTION",
		"Apply a Dockerfile instruction to the image: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, "
		"LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR"),
	OPT_STRING("message", 'm', S, message, "TEXT", "Comment kept in the image's history"),
	OPT_FLAG("pause", 'p', S, pause, "Pause the container meanwhile (default true)"), OPT_END
};
#undef S

static int commit(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(commit_options) struct commit_options o = { .pause = true };
	struct container_commit_request req;
	const struct store *s;
	char id[ID_SIZE];
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	req = (struct container_commit_request){ .reference = argv[1],
						 .author = o.author,
						 .message = o.message,
						 .changes = &o.changes,
						 .pause = o.pause };
	r = container_commit(s, argv[0], &req, id, err);
	if (r < 0)
		return r;
	cli_print(cli, "sha256:%s\n", id);
	return 0;
}

struct export_options {
	const char *output;
};

#define S struct export_options

static const struct opt export_table[] = { { .name = "output",
					     .letter = 'o',
					     .type = OPT_STRING,
					     .complete = COMPLETE_FILE,
					     .arg = "FILE",
					     .offset = OPT_OFFSET(S, output, const char *),
					     .help = "Write to a file instead of standard output" },
					   OPT_END };
#undef S

static int export_to_file(const struct store *s, const char *what, const char *path,
			  struct error *err)
{
	auto_new_file struct new_file f = NEW_FILE_INIT;
	int r = new_file_open(&f, path, err);

	if (r == 0)
		r = container_export(s, what, f.fd, err);
	return r == 0 ? new_file_finish(&f, err) : r;
}

static int export_one(struct cli *cli, char **argv, struct error *err)
{
	struct export_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (!o.output && isatty(STDOUT_FILENO))
		return error_hint(err,
				  error_msg(err, EINVAL, "refusing to write a tar to a terminal"),
				  "use -o FILE or redirect the output");
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	return o.output ? export_to_file(s, argv[0], o.output, err)
			: container_export(s, argv[0], STDOUT_FILENO, err);
}

static int diff(struct cli *cli, char **argv, struct error *err)
{
	auto_strv struct strv lines = STRV_INIT;
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r >= 0)
		r = container_diff(s, argv[0], &lines, err);
	if (r < 0)
		return r;
	strv_for_each(i, &lines)
		cli_print(cli, "%s\n", lines.v[i]);
	return 0;
}

const struct command cmd_commit = {
	.synopsis = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
	.summary = "Make an image of a container's changes",
	.description =
		"The image has the layers of the container's image and one more, of what the "
		"container changed; deleted files become OCI whiteouts. What is in volumes "
		"and other mounts is not part of it.",
	.opts = commit_table,
	.examples =
		(const char *const[]){
			"a new image with another command",
			"berth commit -m 'add tools' -c 'CMD [\"/bin/bash\"]' work tools:1", NULL },
	.run = commit,
	.min_args = 1,
	.max_args = 2,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_export = {
	.synopsis = "[OPTIONS] CONTAINER",
	.summary = "Write a container's file system as a tar archive",
	.description = "Without its volumes and other mounts.",
	.opts = export_table,
	.run = export_one,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_diff = {
	.synopsis = "CONTAINER",
	.summary = "List what a container changed in its file system",
	.description = "One path a line, after A (added), C (changed) or D (deleted).",
	.run = diff,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_CONTAINER,
};
