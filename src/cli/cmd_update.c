/* SPDX-License-Identifier: Apache-2.0 */
/* berth update */
#include "cli/commands.h"
#include "cli/limit_options.h"
#include "runtime/container.h"

struct update_options {
	const char *restart;
	struct limits limits;
};

static void update_options_done(struct update_options *o)
{
	limits_done(&o->limits);
}
DEFINE_AUTO(update_options, struct update_options, update_options_done)

/* clang-format off */
static const struct opt update_table[] = {
	LIMIT_OPTIONS_LIVE(struct update_options, limits),
	OPT_STRING("restart", 0, struct update_options, restart, "POLICY",
		   "What happens when it ends: no, on-failure[:N], always or unless-stopped"),
	OPT_END
};
/* clang-format on */

static int update_one(struct cli *cli, const char *what, void *context, struct error *err)
{
	const struct update_options *o = context;
	int r = container_update(&cli->store, what, &o->limits, limit_options_cpus(), o->restart, err);

	if (r == 0)
		cli_print(cli, "%s\n", what);
	return r;
}

static int update(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(update_options) struct update_options o = { .limits = LIMITS_INIT };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : cli_each(cli, argv, update_one, &o, err);
}

const struct command cmd_update = {
	.synopsis = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Change limits and restart policy of containers",
	.description = "What a running container has in memory when it gets its first limit stays uncounted; all that "
		       "it takes from then on counts. A restart policy holds from the next end on.",
	.opts = update_table,
	.examples = (const char *const[]){ "half a processor and 256 MiB",
					   "berth update --cpus 0.5 -m 256m worker", NULL },
	.run = update,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
