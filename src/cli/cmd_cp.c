/* SPDX-License-Identifier: Apache-2.0 */
/* berth cp */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "cli/commands.h"
#include "runtime/container.h"

struct cp_options {
	struct copy_request req;
	bool quiet;
};

#define S struct cp_options

static const struct opt cp_table[] = {
	OPT_FLAG("archive", 'a', S, req.archive, "Keep owners, set-id bits and devices on the host, too"),
	OPT_FLAG("follow-link", 'L', S, req.follow, "Copy what a link as SRC_PATH leads to"),
	OPT_FLAG("quiet", 'q', S, quiet, "Don't say on a terminal how much was copied"),
	OPT_END
};

/* CONTAINER of "CONTAINER:PATH", owned by the caller, or NULL for a path of this host: "/a:b", "./a:b". */
static char *container_of(const char *arg, const char **ret_path)
{
	const char *colon = strchr(arg, ':');

	*ret_path = arg;
	if (!colon || arg[0] == '/' || arg[0] == '.')
		return NULL;
	*ret_path = colon + 1;
	return strndup(arg, (size_t)(colon - arg));
}

static int take_operands(char *const argv[], char *const containers[2], const char *paths[2],
			 struct copy_request *req, struct error *err)
{
	if (containers[0] && containers[1])
		return error_msg(err, EINVAL, "copying between containers is not supported");
	if (!containers[0] && !containers[1])
		return error_msg(err, EINVAL, "must specify at least one container source");
	if (!argv[0][0] || !paths[0][0])
		return error_msg(err, EINVAL, "source can not be empty");
	if (!argv[1][0] || !paths[1][0])
		return error_msg(err, EINVAL, "destination can not be empty");
	req->to_container = containers[1] != NULL;
	req->container = containers[req->to_container];
	req->inside = paths[req->to_container];
	req->host = paths[!req->to_container];
	return 0;
}

static void say(const struct cp_options *o, const char *to, unsigned long long bytes)
{
	char size[TIME_TEXT_MAX];

	if (!o->quiet && isatty(STDOUT_FILENO) && !STREQ(o->req.host, "-"))
		(void)fprintf(stderr, "Successfully copied %s to %s\n", size_format(size, bytes), to);
}

static int cp(struct cli *cli, char **argv, struct error *err)
{
	struct cp_options o = { 0 };
	auto_free char *from = NULL, *to = NULL;
	const char *paths[2];
	unsigned long long bytes = 0;
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	from = container_of(argv[0], &paths[0]);
	to = container_of(argv[1], &paths[1]);
	r = take_operands(argv, (char *const[]){ from, to }, paths, &o.req, err);
	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r >= 0)
		r = container_copy(s, &o.req, &bytes, err);
	if (r < 0)
		return r;
	say(&o, argv[1], bytes);
	return 0;
}

const struct command cmd_cp = {
	.synopsis = "[OPTIONS] [CONTAINER:]SRC_PATH|- [CONTAINER:]DEST|-",
	.summary = "Copy files between a container and this host",
	.description =
		"The container may run or not; of one that does not, volumes are mounted for the copy. A path "
		"in it starts at its root. A directory is copied into one that is there, and else under the new "
		"name; with '/.' at its end, what is in it is copied. The parent of DEST must be there.\n\n"
		"With '-' a tar archive is read from standard input, or written to standard output.\n\n"
		"Files keep their owners by number on the way into a container. On the way out they become the "
		"caller's, and lose what would give rights on this host: set-id bits, capabilities; devices are "
		"an error. With -a they keep all of it.",
	.opts = cp_table,
	.examples = (const char *const[]){ "a file into a container", "berth cp site.conf web:/etc/nginx/",
					   "what is in a directory, out of it", "berth cp web:/var/log/. ./logs",
					   "as an archive", "berth cp web:/srv - | tar -t", NULL },
	.run = cp,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_FILE,
};
