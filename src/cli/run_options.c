/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/confine_options.h"
#include "cli/health_options.h"
#include "cli/limit_options.h"
#include "cli/log_options.h"
#include "cli/run_options.h"
#include "cli/volume_options.h"

#define USAGE_STATUS 125

void run_options_done(struct run_options *o)
{
	run_request_done(&o->req);
	strv_done(&o->env);
	strv_done(&o->env_files);
	strv_done(&o->labels);
	strv_done(&o->label_files);
}

#define S struct run_options
#define STR(member) OPT_OFFSET(S, member, const char *)
#define LIST(member) OPT_OFFSET(S, member, struct strv)

/* clang-format off */
#define COMMON_OPTIONS                                                                             \
	{ .name = "cidfile", .type = OPT_STRING, .complete = COMPLETE_FILE, .arg = "FILE",         \
	  .offset = STR(req.cidfile), .help = "Write the container's ID to this file, which must not exist" }, \
	SETTING_OPTIONS(S, req.settings, words),                                                   \
	CONFINE_OPTIONS(S, req.confinement),                                                       \
	OPT_STRING("domainname", 0, S, req.domainname, "NAME", "NIS domain name of the container"), \
	OPT_STRING("entrypoint", 0, S, req.entrypoint, "PROGRAM",                                  \
		   "Run this instead of the image's ENTRYPOINT; an empty one clears it"),          \
	OPT_LIST("env", 'e', S, env, "NAME[=VALUE]",                                               \
		 "Set an environment variable; without VALUE take it from berth's own environment"), \
	{ .name = "env-file", .type = OPT_LIST, .complete = COMPLETE_FILE, .arg = "FILE",          \
	  .offset = LIST(env_files), .help = "Read environment variables from a file, one NAME[=VALUE] a line" }, \
	HEALTH_OPTIONS,                                                                            \
	OPT_STRING("hostname", 'h', S, req.hostname, "NAME", "Host name of the container (default: its short ID)"), \
	OPT_FLAG("interactive", 'i', S, req.interactive, "Keep standard input open and pass it on"), \
	LIMIT_OPTIONS(S, req.limits),                                                              \
	LOG_OPTIONS,                                                                               \
	OPT_LIST("label", 'l', S, labels, "KEY[=VALUE]", "Attach a label to the container"),       \
	{ .name = "label-file", .type = OPT_LIST, .complete = COMPLETE_FILE, .arg = "FILE",        \
	  .offset = LIST(label_files), .help = "Read labels from a file, one KEY[=VALUE] a line" },  \
	VOLUME_OPTIONS                                                                             \
	OPT_STRING("name", 0, S, req.name, "NAME", "Name of the container (default: one is made up)"), \
	OPT_STRING("network", 0, S, network, "MODE",                                               \
		   "Network of the container: none (a loopback device of its own; the default) or host"), \
	{ .name = "net", .type = OPT_STRING, .hidden = true, .arg = "MODE",                        \
	  .offset = STR(network), .help = "Another name of --network" },                           \
	NO_HEALTH_OPTION,                                                                          \
	OPT_STRING("pull", 0, S, pull, "WHEN",                                                     \
		   "What to do about a missing image: missing or never, both an error as yet "     \
		   "(default missing)"),                                                           \
	OPT_FLAG("read-only", 0, S, req.read_only, "Mount the container's root file system read-only"), \
	RESTART_OPTION,                                                                            \
	OPT_FLAG("rm", 0, S, req.remove, "Remove the container and its anonymous volumes when it ends"), \
	{ .name = "rootfs", .type = OPT_STRING, .complete = COMPLETE_DIR, .arg = "DIR",            \
	  .offset = STR(req.rootfs), .help = "Use this host directory as root instead of an image; no IMAGE then" }, \
	OPT_STRING("stop-signal", 0, S, req.stop_signal, "SIGNAL",                                 \
		   "Signal that asks the container to stop (default: the image's, or SIGTERM)"),   \
	OPT_INT("stop-timeout", 0, S, req.stop_timeout, "SECONDS",                                 \
		"How long to wait for it before killing (default 10)"),                            \
	OPT_FLAG("tty", 't', S, req.tty, "Give it a terminal of its own"),                         \
	OPT_STRING("user", 'u', S, req.user, "USER[:GROUP]",                                       \
		   "User, and group, by name or number, that runs the command"),                   \
	OPT_STRING("workdir", 'w', S, req.workdir, "DIR", "Working directory inside the container")

const struct opt run_options_table[] = {
	OPT_FLAG("detach", 'd', S, req.detach, "Run in the background and print the container's ID"),
	COMMON_OPTIONS,
	OPT_END
};

const struct opt create_options_table[] = {
	COMMON_OPTIONS,
	OPT_END
};
/* clang-format on */

static int take_env_and_labels(struct run_options *o, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->env_files.n; i++)
		r = env_file_read(o->env_files.v[i], &o->req.env, err);
	for (size_t i = 0; r == 0 && i < o->env.n; i++)
		r = env_add(&o->req.env, &o->req.env_unset, o->env.v[i], err);
	for (size_t i = 0; r == 0 && i < o->label_files.n; i++)
		r = label_file_read(o->label_files.v[i], &o->req.labels, err);
	for (size_t i = 0; r == 0 && i < o->labels.n; i++)
		r = label_add(&o->req.labels, o->labels.v[i], err);
	return r;
}

static int take_words(struct run_options *o, struct error *err)
{
	if (o->network && STREQ(o->network, "host"))
		o->req.network = NETWORK_HOST;
	else if (o->network && !STREQ(o->network, "none"))
		return error_msg(err, EINVAL, "unsupported network '%s': none or host", o->network);
	if (o->pull && STREQ(o->pull, "always"))
		return error_hint(
			err,
			error_msg(err, ENOTSUP, "--pull always: berth has no registry client yet"),
			"load the image from a file: skopeo copy docker://NAME "
			"docker-archive:FILE && berth load -i FILE");
	if (o->pull && !STREQ(o->pull, "missing") && !STREQ(o->pull, "never"))
		return error_msg(err, EINVAL, "invalid pull policy '%s': missing or never",
				 o->pull);
	return 0;
}

static int take_settings(struct run_options *o, struct error *err)
{
	struct settings *s = &o->req.settings;
	const struct {
		const char *from;
		char **to;
	} words[] = {
		{ o->words.ipc, &s->ipc }, { o->words.uts, &s->uts }, { o->words.shm, &s->shm },
		{ o->words.oom, &s->oom },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		*words[i].to = words[i].from ? strdup(words[i].from) : NULL;
		if (words[i].from && !*words[i].to)
			return error_set(err, ENOMEM, "cannot keep an option");
	}
	if (s->uts && STREQ(s->uts, "host") && o->req.hostname)
		return error_msg(err, EINVAL, "conflicting options: hostname and the UTS mode");
	return settings_resolve(s, o->req.network == NETWORK_HOST, err);
}

static int take_operands(struct run_options *o, char *const operands[], struct error *err)
{
	if (o->req.rootfs)
		return strv_copy(&o->req.command, operands) < 0 ? error_set(err, ENOMEM, "command")
								: 0;
	if (!*operands)
		return error_msg(err, EINVAL, "an image is needed: IMAGE, or --rootfs DIR");
	o->req.image = *operands;
	if (strv_copy(&o->req.command, operands + 1) < 0)
		return error_set(err, ENOMEM, "command");
	return 0;
}

int run_options_finish(struct run_options *o, char *const operands[], struct error *err)
{
	int r = take_operands(o, operands, err);

	if (r == 0)
		r = take_words(o, err);
	if (r == 0)
		r = mount_specs_expand(&o->req.mounts, err);
	if (r == 0)
		r = mount_specs_check(&o->req.mounts, err);
	if (r == 0)
		r = limit_options_check(&o->req.limits, err);
	if (r == 0)
		r = confinement_resolve(&o->req.confinement, err);
	if (r == 0)
		r = take_settings(o, err);
	if (r == 0)
		r = take_env_and_labels(o, err);
	if (r == 0 && o->req.tty && o->req.interactive && !o->req.detach && !isatty(STDIN_FILENO))
		r = error_hint(err, error_msg(err, ENOTTY, "the input device is not a terminal"),
			       "without a terminal give -i alone");
	o->req.has_entrypoint = o->req.entrypoint != NULL;
	return r < 0 ? error_status(err, r, USAGE_STATUS) : 0;
}
