/* SPDX-License-Identifier: Apache-2.0 */
/* struct container_config to JSON and back. The keys are docker's where docker has one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/mount_json.h"
#include "runtime/record.h"

void container_config_done(struct container_config *c)
{
	char **const strings[] = {
		&c->name, &c->created, &c->image_id, &c->image_name, &c->rootfs, &c->workdir,
		&c->user, &c->hostname, &c->domainname, &c->stop_signal,
	};
	struct strv *const lists[] = {
		&c->layers, &c->argv, &c->entrypoint, &c->cmd, &c->env, &c->labels,
		&c->image_volumes, &c->ports,
	};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(*strings[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_done(lists[i]);
	mount_specs_done(&c->mounts);
	confinement_done(&c->confinement);
	settings_done(&c->settings);
	limits_done(&c->limits);
	log_config_done(&c->log);
	health_config_done(&c->health);
	*c = CONTAINER_CONFIG_INIT;
}

void run_request_done(struct run_request *r)
{
	struct strv *const lists[] = {
		&r->command, &r->env, &r->env_unset, &r->volumes_from, &r->labels,
		&r->log_opts,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_done(lists[i]);
	mount_specs_done(&r->mounts);
	limits_done(&r->limits);
	confinement_done(&r->confinement);
	settings_done(&r->settings);
	*r = RUN_REQUEST_INIT;
}

/* ["K=V", …] as {"K": "V"}; with @values false, ["K", …] as {"K": {}}, as Go writes a set. */
static void write_map(struct jsonw *w, const char *key, const struct strv *list, bool values)
{
	jsonw_object(w, key);
	strv_for_each(i, list) {
		auto_free char *name = NULL;
		size_t n = strcspn(list->v[i], "=");

		if (!values) {
			jsonw_object(w, list->v[i]);
			jsonw_end(w);
			continue;
		}
		name = strndup(list->v[i], n);
		if (name)
			jsonw_str(w, name, list->v[i][n] ? list->v[i] + n + 1 : "");
	}
	jsonw_end(w);
}

static int read_map(const struct json *object, struct strv *ret, bool values)
{
	json_for_each(m, object) {
		const char *value = json_str(m);
		int r;

		if (!json_key(m) || (values && !value))
			return -EINVAL;
		r = values ? strv_take(ret, str_format("%s=%s", json_key(m), value))
			   : strv_add(ret, json_key(m));
		if (r < 0)
			return r;
	}
	return 0;
}

static void str_or_null_list(struct jsonw *w, const char *key, const struct strv *list)
{
	if (list->n)
		jsonw_strv(w, key, list);
	else
		jsonw_null(w, key);
}

static const char *text(const char *s)
{
	return s ? s : "";
}

void container_config_json(const struct container_config *c, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_str(w, "Hostname", text(c->hostname));
	jsonw_str(w, "Domainname", text(c->domainname));
	jsonw_str(w, "User", text(c->user));
	jsonw_bool(w, "AttachStdin", c->interactive);
	jsonw_bool(w, "AttachStdout", true);
	jsonw_bool(w, "AttachStderr", true);
	if (c->ports.n)
		write_map(w, "ExposedPorts", &c->ports, false);
	jsonw_bool(w, "Tty", c->tty);
	jsonw_bool(w, "OpenStdin", c->interactive);
	jsonw_bool(w, "StdinOnce", false);
	jsonw_strv(w, "Env", &c->env);
	str_or_null_list(w, "Cmd", &c->cmd);
	jsonw_str(w, "Image", text(c->image_name));
	if (c->image_volumes.n)
		write_map(w, "Volumes", &c->image_volumes, false);
	else
		jsonw_null(w, "Volumes");
	jsonw_str(w, "WorkingDir", text(c->workdir));
	str_or_null_list(w, "Entrypoint", &c->entrypoint);
	health_config_json(&c->health, w, "Healthcheck");
	jsonw_null(w, "OnBuild");
	write_map(w, "Labels", &c->labels, true);
	if (c->stop_signal)
		jsonw_str(w, "StopSignal", c->stop_signal);
	jsonw_int(w, "StopTimeout", c->stop_timeout);
	jsonw_end(w);
}

void container_config_write(const struct container_config *c, struct jsonw *w)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "Id", c->id);
	jsonw_str(w, "Name", c->name);
	jsonw_str(w, "Created", c->created);
	if (c->image_id) {
		auto_free char *digest = str_format("sha256:%s", c->image_id);

		jsonw_str(w, "Image", digest);
	}
	jsonw_str(w, "Rootfs", c->rootfs);
	jsonw_strv(w, "Layers", &c->layers);
	jsonw_strv(w, "Argv", &c->argv);
	container_config_json(c, w, "Config");
	jsonw_str(w, "NetworkMode", c->network == NETWORK_HOST ? "host" : "none");
	jsonw_bool(w, "ReadonlyRootfs", c->read_only);
	jsonw_bool(w, "AutoRemove", c->remove);
	confinement_write(&c->confinement, w);
	settings_write(&c->settings, w);
	if (!limits_is_default(&c->limits)) {
		jsonw_object(w, "Limits");
		limits_write(&c->limits, w);
		jsonw_end(w);
	}
	jsonw_array(w, "Mounts");
	for (size_t i = 0; i < c->mounts.n; i++)
		mount_spec_write(&c->mounts.v[i], w);
	jsonw_end(w);
	log_config_json(&c->log, w, "LogConfig");
	if (c->restart.kind != RESTART_NO)
		restart_policy_json(&c->restart, w, "RestartPolicy");
	jsonw_end(w);
}

static int copy_str(const struct json *object, const char *key, char **ret)
{
	const char *s = json_get_str(object, key);

	if (!s || !*s)
		return 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

static int read_config_object(const struct json *j, struct container_config *c)
{
	const struct {
		const char *key;
		char **to;
	} strings[] = {
		{ "Hostname", &c->hostname }, { "Domainname", &c->domainname }, { "User", &c->user },
		{ "Image", &c->image_name }, { "WorkingDir", &c->workdir },
		{ "StopSignal", &c->stop_signal },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(strings); i++)
		r = copy_str(j, strings[i].key, strings[i].to);
	if (r == 0)
		r = json_strv(json_get(j, "Env"), &c->env);
	if (r == 0)
		r = json_strv(json_get(j, "Cmd"), &c->cmd);
	if (r == 0)
		r = json_strv(json_get(j, "Entrypoint"), &c->entrypoint);
	if (r == 0)
		r = read_map(json_get(j, "Labels"), &c->labels, true);
	if (r == 0)
		r = read_map(json_get(j, "Volumes"), &c->image_volumes, false);
	if (r == 0)
		r = read_map(json_get(j, "ExposedPorts"), &c->ports, false);
	if (r == 0)
		r = health_config_read(json_get(j, "Healthcheck"), &c->health);
	c->tty = json_bool(json_get(j, "Tty"), false);
	c->interactive = json_bool(json_get(j, "OpenStdin"), false);
	c->stop_timeout = (int)json_int(json_get(j, "StopTimeout"), 10);
	return r;
}

static int read_record(const struct json *j, struct container_config *c)
{
	const char *id = json_get_str(j, "Id"), *image = json_get_str(j, "Image");
	const char *network = json_get_str(j, "NetworkMode");
	int r = 0;

	if (!id || !id_is_valid(id))
		return -EINVAL;
	memcpy(c->id, id, ID_SIZE);
	if (image && strncmp(image, "sha256:", 7) == 0) {
		c->image_id = strdup(image + 7);
		r = c->image_id ? 0 : -ENOMEM;
	}
	c->network = network && STREQ(network, "host") ? NETWORK_HOST : NETWORK_NONE;
	c->read_only = json_bool(json_get(j, "ReadonlyRootfs"), false);
	c->remove = json_bool(json_get(j, "AutoRemove"), false);
	if (r == 0)
		r = copy_str(j, "Name", &c->name);
	if (r == 0)
		r = copy_str(j, "Created", &c->created);
	if (r == 0)
		r = copy_str(j, "Rootfs", &c->rootfs);
	if (r == 0)
		r = json_strv(json_get(j, "Layers"), &c->layers);
	if (r == 0)
		r = json_strv(json_get(j, "Argv"), &c->argv);
	if (r == 0)
		r = read_config_object(json_get(j, "Config"), c);
	if (r == 0)
		r = mount_specs_read(json_get(j, "Mounts"), &c->mounts);
	if (r == 0)
		r = confinement_read(j, &c->confinement);
	if (r == 0)
		r = settings_read(j, &c->settings);
	if (r == 0)
		r = limits_read(json_get(j, "Limits"), &c->limits);
	if (r == 0)
		r = log_config_read(json_get(j, "LogConfig"), &c->log);
	if (r == 0)
		r = restart_policy_read(json_get(j, "RestartPolicy"), &c->restart);
	return r == 0 && (!c->name || !c->created) ? -EINVAL : r;
}

int container_config_read(const struct json *j, struct container_config *ret, struct error *err)
{
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	int r = read_record(j, &c);

	if (r < 0)
		return error_set(err, r, "cannot read the container's record");
	*ret = c;
	c = CONTAINER_CONFIG_INIT;
	return 0;
}
