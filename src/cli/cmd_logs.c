/* SPDX-License-Identifier: Apache-2.0 */
/* berth logs */
#include "base/parse.h"
#include "base/when.h"
#include "cli/commands.h"
#include "runtime/container.h"

struct logs_options {
	struct logs_request req;
	const char *since, *until;
};

#define S struct logs_options

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
	OPT_FLAG("details", 0, S, req.details, "Put the labels and variables that --log-opt keeps before each line"),
	OPT_FLAG("follow", 'f', S, req.follow, "Go on as output comes, until the container ends"),
	OPT_STRING("since", 0, S, since, "TIME",
		   "Only lines from this time on: 2026-11-21T06:30:00Z, seconds since 1970, or 10m for so long ago"),
	OPT_PARSED("tail", 'n', S, req.tail, parse_tail, "N", "Only the last N lines (default all)"),
	OPT_FLAG("timestamps", 't', S, req.timestamps, "Put the time before each line"),
	OPT_STRING("until", 0, S, until, "TIME", "Only lines up to this time"), OPT_END
};

static int take_time(const char *option, const char *arg, bool *has, struct timespec *ret, struct error *err)
{
	struct timespec now;

	if (!arg)
		return 0;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (when_parse(arg, now, when_local_zone(), ret) < 0)
		return error_msg(err, EINVAL,
				 "invalid value for \"%s\": failed to parse value as time or duration: "
				 "\"%s\"", option, arg);
	*has = true;
	return 0;
}

static int logs(struct cli *cli, char **argv, struct error *err)
{
	struct logs_options o = { .req = { .tail = -1 } };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = take_time("since", o.since, &o.req.has_since, &o.req.since, err);
	if (r >= 0)
		r = take_time("until", o.until, &o.req.has_until, &o.req.until, err);
	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : container_logs(s, argv[0], &o.req, err);
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
