/* SPDX-License-Identifier: Apache-2.0 */
/* berth rename, top, port */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/table.h"
#include "runtime/container.h"

#define TOP_WIDTH 20 /* docker's least width of a column */

static int rename_one(struct cli *cli, char **argv, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : container_rename(s, argv[0], argv[1], err);
}

static int top(struct cli *cli, char **argv, struct error *err)
{
	auto_buf struct buf rows = BUF_INIT;
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r >= 0)
		r = container_top(s, argv[0], argv + 1, &rows, err);
	if (r < 0)
		return r;
	table_align(&cli->out, buf_str(&rows), TOP_WIDTH);
	return 0;
}

/* "80" or "80/udp" as docker writes it. */
static int port_key(const char *arg, char **ret, struct error *err)
{
	size_t n = strcspn(arg, "/");
	auto_free char *number = strndup(arg, n);
	uint64_t port;

	if (!number)
		return error_set(err, ENOMEM, "cannot look for a port");
	if (parse_u64(number, 65535, &port) < 0)
		return error_msg(err, EINVAL, "invalid port (%s)", number);
	*ret = str_format("%s/%s", number, arg[n] && arg[n + 1] ? arg + n + 1 : "tcp");
	return *ret ? 0 : error_set(err, ENOMEM, "cannot look for a port");
}

static void print_bindings(struct cli *cli, const struct json *port, bool with_port)
{
	json_for_each(b, port) {
		const char *ip = json_get_str(b, "HostIp"), *number = json_get_str(b, "HostPort");
		bool v6 = ip && strchr(ip, ':');

		if (with_port)
			cli_print(cli, "%s -> ", json_key(port));
		cli_print(cli, "%s%s%s:%s\n", v6 ? "[" : "", ip ? ip : "", v6 ? "]" : "", number ? number : "");
	}
}

static int print_ports(struct cli *cli, const struct json *doc, char *const argv[], struct error *err)
{
	const struct json *ports = json_get(json_get(doc, "NetworkSettings"), "Ports"), *one;
	auto_free char *key = NULL;
	int r = argv[1] ? port_key(argv[1], &key, err) : 0;

	if (r < 0)
		return r;
	one = key ? json_get(ports, key) : NULL;
	if (key && !one)
		return error_msg(err, ENOENT, "no public port '%s' published for %s", key, argv[0]);
	json_for_each(p, ports) {
		if (!key || p == one)
			print_bindings(cli, p, !key);
	}
	return 0;
}

static int port(struct cli *cli, char **argv, struct error *err)
{
	auto_json struct json *doc = NULL;
	const struct store *s;
	int r = cli_options(cli, argv, NULL, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r >= 0)
		r = container_document(s, argv[0], &doc, err);
	return r >= 0 ? print_ports(cli, doc, argv, err) : r;
}

const struct command cmd_rename = {
	.synopsis = "CONTAINER NEW_NAME",
	.summary = "Rename a container",
	.run = rename_one,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_top = {
	.synopsis = "CONTAINER [PS OPTIONS]",
	.summary = "Show the processes of a container",
	.description = "Runs the host's ps with the options that follow CONTAINER, or -ef, and shows those of "
		       "its lines that are about processes of the container. The options must leave the "
		       "column PID in.",
	.examples = (const char *const[]){ "who uses memory", "berth top web -o pid,rss,args", NULL },
	.run = top,
	.min_args = 1,
	.max_args = -1,
	.flags = COMMAND_STOP_EARLY,
	.complete = COMPLETE_CONTAINER,
};

const struct command cmd_port = {
	.synopsis = "CONTAINER [PRIVATE_PORT[/PROTO]]",
	.summary = "List the ports of a container that are published on the host",
	.run = port,
	.min_args = 1,
	.max_args = 2,
	.complete = COMPLETE_CONTAINER,
};
