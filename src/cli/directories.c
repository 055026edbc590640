/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "cli/cli.h"

#define ROOTS_ROOT "/var/lib/berth"
#define ROOTS_RUN  "/run/berth"

static bool is_given(const char *dir)
{
	return dir && *dir;
}

/* $XDG_DATA_HOME/berth, else ~/.local/share/berth. NULL with @err without a home. */
static char *users_root(struct error *err)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char *dir = NULL;

	if (is_given(data) && data[0] == '/')
		dir = path_join(data, "berth");
	else if (is_given(home) && home[0] == '/')
		dir = path_join(home, ".local/share/berth");
	else
		(void)error_hint(err, error_msg(err, ENOENT, "cannot find your home directory: HOME is not set"),
				 "set HOME or XDG_DATA_HOME, or give a directory with --root");
	return dir;
}

/*
 * $XDG_RUNTIME_DIR/berth, else what a login would set it to, else a directory in /tmp, of which rootless_enter() sees
 * that it is the user's own.
 */
static char *users_run(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	auto_free char *usual = str_format("/run/user/%u", (unsigned)getuid());

	if (is_given(runtime) && runtime[0] == '/')
		return path_join(runtime, "berth");
	if (usual && access(usual, W_OK) == 0)
		return path_join(usual, "berth");
	return str_format("/tmp/berth-%u", (unsigned)getuid());
}

int cli_directories(struct cli *cli, struct error *err)
{
	bool is_root = geteuid() == 0;

	if (!is_given(cli->root))
		cli->root = is_root ? ROOTS_ROOT : (cli->default_root = users_root(err));
	if (!is_given(cli->run))
		cli->run = is_root ? ROOTS_RUN : (cli->default_run = users_run());
	if (cli->root && cli->run)
		return 0;
	return err && err->code ? -err->code : error_set(err, ENOMEM, "cannot find berth's directories");
}
