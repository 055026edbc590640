/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/library.h"

#include "base/log.h"

static void say(enum berth_log_level level, const char *message, void *context)
{
	(void)context;
	if (level == BERTH_LOG_WARNING)
		log_warning("%s", message);
	else
		log_debug("%s", message);
}

int library_error(int r, const struct berth_error *from, struct error *err)
{
	if (r >= 0)
		return r;
	(void)error_msg(err, from->code, "%s", from->message);
	return from->hint[0] ? error_hint(err, r, "%s", from->hint) : r;
}

void library_close(struct berth_manager **m)
{
	(void)berth_manager_close(*m, NULL);
}

int library_open(struct cli *cli, struct berth_manager **ret, struct error *err)
{
	struct berth_manager_options o = { .size = sizeof(o), .log = say };
	struct berth_error e;
	int r = cli_directories(cli, err);

	if (r < 0)
		return r;
	o.root = cli->root;
	o.run = cli->run;
	return library_error(berth_manager_new(&o, ret, &e), &e, err);
}
