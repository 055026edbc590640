/* SPDX-License-Identifier: Apache-2.0 */
/* berth logs */
#include "base/parse.h"
#include "cli/commands.h"
#include "runtime/container.h"

#define S struct logs_request

static int parse_tail(const char *arg, void *value, struct error *err)
{
	uint64_t n;

	if (STREQ(arg, "all")) {
		*(long long *)value = -1;
		return 0;
	}
	if (parse_u64(arg, INT64_MAX, &n) < 0)
		return error_msg(err, EINVAL,
				 "invalid argument \"%s\" for \"-n, --tail\" flag: a "
				 "number or 'all'",
				 arg);
	*(long long *)value = (long long)n;
	return 0;
}

static const struct opt logs_table[] = {
	OPT_FLAG("follow", 'f', S, follow, "Go on as output comes, until the container ends"),
	OPT_PARSED("tail", 'n', S, tail, parse_tail, "N", "Only the last N lines (default all)"),
	OPT_FLAG("timestamps", 't', S, timestamps, "Put the time before each line"), OPT_END
};

static int logs(struct cli *cli, char **argv, struct error *err)
{
	struct logs_request req = { .tail = -1 };
	const struct store *s;
	int r = cli_options(cli, argv, &req, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : container_logs(s, argv[0], &req, err);
}

const struct command cmd_logs = {
	.synopsis = "[OPTIONS] CONTAINER",
	.summary = "Show what a container wrote",
	.description = "What a container that runs in the background wrote to standard output and "
		       "standard error; it goes to the same two here.",
	.opts = logs_table,
	.run = logs,
	.min_args = 1,
	.max_args = 1,
	.complete = COMPLETE_CONTAINER,
};
