/* SPDX-License-Identifier: Apache-2.0 */
/* berth volume serve */
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "volume/plugin.h"

#define DEFAULT_SOCKET "/run/docker/plugins/berth.sock"

struct serve_options {
	const char *socket;
};

#define S struct serve_options

static const struct opt serve_table[] = {
	OPT_STRING("socket", 0, S, socket, "PATH", "Listen here (default " DEFAULT_SOCKET ")"), OPT_END
};
#undef S

static int serve(struct cli *cli, char **argv, struct error *err)
{
	struct serve_options o = { DEFAULT_SOCKET };
	const struct store *s = NULL;
	auto_close int fd = FD_NONE;
	bool made = false;
	int r = cli_options(cli, argv, &o, err);

	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	fd = plugin_listen(o.socket, &made, err);
	if (fd < 0)
		return fd;
	r = plugin_serve(&cli->store, fd, err);
	if (made)
		(void)unlink(o.socket);
	return r;
}

const struct command cmd_volume_serve = {
	.synopsis = "[OPTIONS]",
	.summary = "Be a volume plugin for docker, podman and Nomad",
	.description = "Speaks docker's volume plugin protocol (version 1) on a unix socket, or on the one that "
		       "systemd passes (berth-volume.socket), until SIGTERM. The options of docker volume create "
		       "are those of berth volume create. What is mounted for a client stays so when the server "
		       "ends; the next one goes on with it.",
	.examples = (const char *const[]){ "a volume of one gigabyte for docker",
					   "docker volume create -d berth -o size=1g data", NULL },
	.opts = serve_table,
	.run = serve,
};
