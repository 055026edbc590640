/* SPDX-License-Identifier: Apache-2.0 */
/* docker's `inspect` object of a container, from its record and its state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "runtime/cgroups.h"
#include "runtime/container.h"
#include "runtime/mount_json.h"
#include "runtime/record.h"
#include "runtime/stop.h"

#define NEVER "0001-01-01T00:00:00Z" /* Go's zero time */

static const char *text(const char *s)
{
	return s ? s : "";
}

/* As the monitor last wrote it; one that ended is not healthy, which is what docker says of it as well. */
static void write_health(const struct container *c, struct jsonw *w)
{
	auto_json struct json *health = NULL;

	if (!health_is_checked(&c->config.health) || json_read_at(c->dir_fd, "health.json", &health, NULL) < 0)
		return;
	jsonw_object(w, "Health");
	json_for_each(m, health) {
		if (!container_is_active(c) && STREQ(json_key(m), "Status"))
			jsonw_str(w, "Status", health_status_name(HEALTH_UNHEALTHY));
		else
			jsonw_copy(w, json_key(m), m);
	}
	jsonw_end(w);
}

static void write_state(const struct container *c, struct jsonw *w)
{
	const struct container_state *st = &c->state;
	bool running = container_is_active(c);

	jsonw_object(w, "State");
	jsonw_str(w, "Status", container_status_name(st->status));
	jsonw_bool(w, "Running", running);
	jsonw_bool(w, "Paused", st->status == CONTAINER_PAUSED);
	jsonw_bool(w, "Restarting", st->status == CONTAINER_RESTARTING);
	jsonw_bool(w, "OOMKilled", st->oom_killed);
	jsonw_bool(w, "Dead", false);
	jsonw_int(w, "Pid", running ? st->pid : 0);
	jsonw_int(w, "ExitCode", running && st->status != CONTAINER_RESTARTING ? 0 : st->exit_code);
	jsonw_str(w, "Error", st->error);
	jsonw_str(w, "StartedAt", st->started[0] ? st->started : NEVER);
	jsonw_str(w, "FinishedAt", st->finished[0] ? st->finished : NEVER);
	write_health(c, w);
	/* podman's: what `start --all` after a reboot goes by. */
	if (c->config.restart.kind != RESTART_NO)
		jsonw_bool(w, "StoppedByUser", container_was_stopped(c));
	jsonw_end(w);
}

/* docker's HostConfig.Binds holds what -v was given, HostConfig.Tmpfs what --tmpfs was. */
static void write_host_config(const struct container_config *c, struct jsonw *w)
{
	struct limits limits = c->limits; /* borrows what that owns */

	jsonw_object(w, "HostConfig");
	jsonw_array(w, "Binds");
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct mount_spec *m = &c->mounts.v[i];

		if (m->type != MOUNT_TMPFS && m->text && !strchr(m->text, '=') && strchr(m->text, ':'))
			jsonw_str(w, NULL, m->text);
	}
	jsonw_end(w);
	jsonw_object(w, "Tmpfs");
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct mount_spec *m = &c->mounts.v[i];
		const char *colon = m->text ? strchr(m->text, ':') : NULL;

		if (m->type == MOUNT_TMPFS)
			jsonw_str(w, m->target, colon ? colon + 1 : "");
	}
	jsonw_end(w);
	jsonw_str(w, "ContainerIDFile", "");
	log_config_json(&c->log, w, "LogConfig");
	jsonw_str(w, "NetworkMode", c->network == NETWORK_HOST ? "host" : "none");
	restart_policy_json(&c->restart, w, "RestartPolicy");
	jsonw_bool(w, "AutoRemove", c->remove);
	confinement_inspect(&c->confinement, w);
	settings_inspect(&c->settings, w);
	jsonw_bool(w, "ReadonlyRootfs", c->read_only);
	limits.memory_swap = limits_swap(&limits);
	limits_write(&limits, w);
	jsonw_end(w);
}

static void write_graph_driver(const struct store *s, const struct container_config *c,
			       struct jsonw *w)
{
	auto_free char *upper = str_format("%s/containers/%s/upper", s->root, c->id);
	auto_free char *work = str_format("%s/containers/%s/work", s->root, c->id);
	auto_buf struct buf lower = BUF_INIT;

	for (size_t i = c->layers.n; i-- > 0;)
		buf_addf(&lower, "%s%s/layers/%s/diff", lower.len ? ":" : "", s->root, c->layers.v[i]);
	jsonw_object(w, "GraphDriver");
	jsonw_str(w, "Name", c->rootfs ? "none" : "overlay2");
	jsonw_object(w, "Data");
	if (!c->rootfs) {
		jsonw_str(w, "LowerDir", buf_str(&lower));
		jsonw_str(w, "UpperDir", upper);
		jsonw_str(w, "WorkDir", work);
	}
	jsonw_end(w);
	jsonw_end(w);
}

static void write_network(const struct container_config *c, struct jsonw *w)
{
	jsonw_object(w, "NetworkSettings");
	jsonw_object(w, "Ports");
	jsonw_end(w);
	jsonw_object(w, "Networks");
	jsonw_object(w, c->network == NETWORK_HOST ? "host" : "none");
	jsonw_end(w);
	jsonw_end(w);
	jsonw_end(w);
}

static void write_paths(const struct container *c, const char *log, struct jsonw *w)
{
	static const struct {
		const char *key, *file;
	} files[] = {
		{ "ResolvConfPath", "resolv.conf" },
		{ "HostnamePath", "hostname" },
		{ "HostsPath", "hosts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = path_join(c->path, files[i].file);

		jsonw_str(w, files[i].key, path);
	}
	jsonw_str(w, "LogPath", log);
}

/* The path of the log, "" for a container that has none because it ran in the foreground. */
static char *log_path(const struct container *c)
{
	if (faccessat(c->dir_fd, "log", F_OK, 0) < 0)
		return strdup("");
	return path_join(c->path, "log");
}

static void write_container(const struct store *s, const struct container *c, const char *log,
			    struct jsonw *w)
{
	const struct container_config *cfg = &c->config;
	auto_free char *name = str_format("/%s", cfg->name);
	auto_free char *image = cfg->image_id ? str_format("sha256:%s", cfg->image_id) : NULL;

	jsonw_object(w, NULL);
	jsonw_str(w, "Id", cfg->id);
	jsonw_str(w, "Created", cfg->created);
	jsonw_str(w, "Path", cfg->argv.n ? cfg->argv.v[0] : "");
	jsonw_array(w, "Args");
	for (size_t i = 1; i < cfg->argv.n; i++)
		jsonw_str(w, NULL, cfg->argv.v[i]);
	jsonw_end(w);
	write_state(c, w);
	jsonw_str(w, "Image", text(image));
	write_paths(c, log, w);
	jsonw_str(w, "Name", name);
	jsonw_int(w, "RestartCount", c->state.restarts);
	jsonw_str(w, "Driver", cfg->rootfs ? "none" : "overlay2");
	jsonw_str(w, "Platform", "linux");
	jsonw_str(w, "Rootfs", text(cfg->rootfs));
	write_host_config(cfg, w);
	write_graph_driver(s, cfg, w);
	jsonw_array(w, "Mounts");
	for (size_t i = 0; i < cfg->mounts.n; i++)
		mount_spec_inspect(s, &cfg->mounts.v[i], w);
	jsonw_end(w);
	container_config_json(cfg, w, "Config");
	write_network(cfg, w);
	jsonw_end(w);
}

int container_inspect(const struct store *s, const char *what, struct jsonw *w, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_free char *log = NULL;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	if (c.state.status == CONTAINER_RUNNING || c.state.status == CONTAINER_PAUSED)
		c.state.oom_killed = container_cgroup_oom(&c);
	log = log_path(&c);
	if (!log)
		return error_set(err, ENOMEM, "cannot inspect container '%s'", what);
	write_container(s, &c, log, w);
	return 0;
}

int container_size(const struct store *s, const char *what, unsigned long long *ret_rw,
		   unsigned long long *ret_root, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int upper = FD_NONE;
	unsigned long long rw = 0, root = 0;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	upper = container_layer_open(s, c.id, "upper", err);
	if (upper < 0)
		return upper;
	r = tree_usage(upper, &rw);
	for (size_t i = 0; r == 0 && i < c.config.layers.n; i++) {
		auto_free char *path = str_format("layers/%s/diff", c.config.layers.v[i]);
		auto_close int layer = path ? dir_open(s->root_fd, path) : -ENOMEM;
		unsigned long long n = 0;

		r = layer < 0 ? layer : tree_usage(layer, &n);
		root += n;
	}
	if (r < 0)
		return error_set(err, r, "cannot measure container '%s'", what);
	*ret_rw = rw;
	*ret_root = root + rw;
	return 0;
}
