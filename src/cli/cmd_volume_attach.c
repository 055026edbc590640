/* SPDX-License-Identifier: Apache-2.0 */
/* berth volume attach, detach */
#include "cli/commands.h"
#include "runtime/container.h"

static int attach(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : container_attach(s, argv[0], argv[1], err);
}

struct detach_options {
	bool force;
};

#define S struct detach_options

static const struct opt detach_table[] = {
	OPT_FLAG("force", 'f', S, force, "Though processes use it: they keep it, others don't see it"), OPT_END
};

static int detach(struct cli *cli, char **argv, struct error *err)
{
	struct detach_options o = { false };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : container_detach(s, argv[0], argv[1], o.force, err);
}

const struct command cmd_volume_attach = {
	.synopsis = "CONTAINER SOURCE:PATH[:OPTIONS]",
	.summary = "Mount a volume in a running container",
	.description = "The argument is that of run -v. The mount is there at once, in inspect too, and at the "
		       "container's next start.",
	.examples = (const char *const[]){ "a directory for a container that runs",
					   "berth volume attach web ./uploads:/srv/uploads:ro", NULL },
	.run = attach,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_volume_detach = {
	.synopsis = "[OPTIONS] CONTAINER PATH",
	.summary = "Take a mount away from a running container",
	.description = "One that a process works in, or has a file of open, is not taken away; the error says "
		       "which process that is.",
	.opts = detach_table,
	.run = detach,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_CONTAINER,
};
