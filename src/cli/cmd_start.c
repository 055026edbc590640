/* SPDX-License-Identifier: Apache-2.0 */
/* berth start, berth wait */
#include <string.h>

#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/filter.h"
#include "cli/ps_match.h"
#include "runtime/container.h"

struct start_options {
	struct start_request req;
	bool all;
	struct strv filters;
};

static void start_options_done(struct start_options *o)
{
	strv_done(&o->filters);
}
DEFINE_AUTO(start_options, struct start_options, start_options_done)

#define S struct start_options

static const struct opt start_table[] = {
	OPT_FLAG("all", 0, S, all, "Start all containers that do not run, or those of them that --filter names"),
	OPT_FLAG("attach", 'a', S, req.attach,
		 "Stay in the foreground with the container's output here"),
	OPT_LIST("filter", 'f', S, filters, "KEY=VALUE",
		 "With --all: those that match, as for `berth ps`. With restart-policy=unless-stopped not "
		 "those that were stopped by their user"),
	OPT_FLAG("interactive", 'i', S, req.interactive, "Pass standard input on to the container"),
	OPT_END
};

static int start_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int status = 0;
	int r = container_start(&cli->store, what, context, &status, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static bool names_policy(const struct strv *filters)
{
	strv_for_each(i, filters) {
		if (filter_value(filters, i, "restart-policy"))
			return true;
	}
	return false;
}

/* What unless-stopped means after a reboot, when --restart's policies are what is asked for. */
static bool stays_stopped(const struct json *c, const struct strv *filters)
{
	const char *policy = json_get_str(json_get(json_get(c, "HostConfig"), "RestartPolicy"), "Name");

	return policy && STREQ(policy, "unless-stopped") && names_policy(filters) &&
	       json_bool(json_get(json_get(c, "State"), "StoppedByUser"), false);
}

static int is_to_start(const struct store *s, const char *id, const struct strv *filters, struct error *err)
{
	auto_json struct json *c = NULL;
	int r = container_document(s, id, &c, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r; /* removed since we listed it */
	if (json_bool(json_get(json_get(c, "State"), "Running"), false) || stays_stopped(c, filters))
		return 0;
	return ps_match(s, c, filters, err);
}

static int start_all(struct cli *cli, struct start_options *o, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT, chosen = STRV_INIT;
	const struct store *s;
	int r = ps_filter_check(&o->filters, err);

	if (r < 0)
		return r;
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	r = container_ids(s, &ids, err);
	for (size_t i = ids.n; r >= 0 && i-- > 0;) {
		r = is_to_start(s, ids.v[i], &o->filters, err);
		if (r > 0)
			r = strv_add(&chosen, ids.v[i]);
	}
	if (r < 0 || chosen.n == 0)
		return r;
	return cli_each(cli, chosen.v, start_one, &o->req, err);
}

static int check_start(const struct start_options *o, int n, struct error *err)
{
	if (o->all && (n > 0 || o->req.attach))
		return error_msg(err, EINVAL, "--all goes with neither a container nor --attach");
	if (!o->all && o->filters.n)
		return error_msg(err, EINVAL, "--filter needs --all");
	if (!o->all && n == 0)
		return error_msg(err, EINVAL, "'berth start' requires at least 1 argument");
	if (o->req.attach && n > 1)
		return error_msg(err, EINVAL, "only one container can be started in the foreground");
	return 0;
}

static int start(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(start_options) struct start_options o = { 0 };
	const struct store *s;
	int status = 0;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	o.req.attach |= o.req.interactive;
	r = check_start(&o, r, err);
	if (r < 0)
		return r;
	if (o.all)
		return start_all(cli, &o, err);
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	if (!o.req.attach)
		return cli_each(cli, argv, start_one, &o.req, err);
	r = container_start(s, argv[0], &o.req, &status, err);
	return r < 0 ? r : status;
}

static int wait_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	int status = 0;
	int r = container_wait(&cli->store, what, &status, err);

	(void)context;
	if (r == 0)
		cli_print(cli, "%d\n", status);
	return r;
}

static int wait_all(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, wait_one, NULL, err);
}

const struct command cmd_start = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Start containers that were created or have ended",
	.exit_status =
		"With -a or -i that of the container; else 0, or 1 if one could not be started.",
	.opts = start_table,
	.examples = (const char *const[]){
		"as berth-restart.service does when the machine has started",
		"berth start --all --filter restart-policy=always", NULL },
	.run = start,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_wait = {
	.synopsis = "CONTAINER [CONTAINER...]",
	.summary = "Wait until containers have ended, then print their exit statuses",
	.run = wait_all,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
