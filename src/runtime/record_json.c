/* SPDX-License-Identifier: Apache-2.0 */
/* struct container_config to JSON and back. The keys are docker's where docker has one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	*c = CONTAINER_CONFIG_INIT;
}

void run_request_done(struct run_request *r)
{
	struct strv *const lists[] = {
		&r->command, &r->env, &r->env_unset, &r->volumes_from, &r->labels,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_done(lists[i]);
	mount_specs_done(&r->mounts);
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
	jsonw_null(w, "OnBuild");
	write_map(w, "Labels", &c->labels, true);
	if (c->stop_signal)
		jsonw_str(w, "StopSignal", c->stop_signal);
	jsonw_int(w, "StopTimeout", c->stop_timeout);
	jsonw_end(w);
}

static const char *const mount_types[] = {
	[MOUNT_BIND] = "bind", [MOUNT_VOLUME] = "volume", [MOUNT_TMPFS] = "tmpfs"
};

static void write_mount(const struct mount_spec *m, struct jsonw *w)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "Type", mount_types[m->type]);
	jsonw_str(w, m->type == MOUNT_VOLUME ? "Name" : "Source", m->source);
	jsonw_str(w, "Destination", m->target);
	jsonw_str(w, "Subpath", m->subpath);
	jsonw_str(w, "Text", m->text);
	jsonw_int(w, "Flags", m->flags);
	jsonw_str(w, "Propagation", mount_propagation_name(m->propagation));
	jsonw_uint(w, "TmpfsSize", m->tmpfs_size);
	if (m->has_tmpfs_mode)
		jsonw_int(w, "TmpfsMode", m->tmpfs_mode);
	jsonw_strv(w, "TmpfsOptions", &m->tmpfs_options);
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
	jsonw_array(w, "Mounts");
	for (size_t i = 0; i < c->mounts.n; i++)
		write_mount(&c->mounts.v[i], w);
	jsonw_end(w);
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

static int read_mount_type(const struct json *j, enum mount_type *ret)
{
	const char *name = json_get_str(j, "Type");

	for (size_t i = 0; name && i < ARRAY_SIZE(mount_types); i++) {
		if (STREQ(name, mount_types[i])) {
			*ret = (enum mount_type)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int read_mount(const struct json *j, struct mount_spec *m)
{
	const char *propagation = json_get_str(j, "Propagation");
	int r = read_mount_type(j, &m->type);

	m->flags = (unsigned)json_int(json_get(j, "Flags"), 0);
	m->tmpfs_size = (uint64_t)json_int(json_get(j, "TmpfsSize"), 0);
	m->has_tmpfs_mode = json_get(j, "TmpfsMode");
	m->tmpfs_mode = (unsigned)json_int(json_get(j, "TmpfsMode"), 0);
	if (r == 0 && propagation && *propagation)
		r = mount_propagation_parse(propagation, &m->propagation);
	if (r == 0)
		r = copy_str(j, m->type == MOUNT_VOLUME ? "Name" : "Source", &m->source);
	if (r == 0)
		r = copy_str(j, "Destination", &m->target);
	if (r == 0)
		r = copy_str(j, "Subpath", &m->subpath);
	if (r == 0)
		r = copy_str(j, "Text", &m->text);
	if (r == 0)
		r = json_strv(json_get(j, "TmpfsOptions"), &m->tmpfs_options);
	return r == 0 && !m->target ? -EINVAL : r;
}

static int read_mounts(const struct json *array, struct mount_specs *ret)
{
	json_for_each(j, array) {
		struct mount_spec m = { 0 };
		int r = read_mount(j, &m);

		if (r == 0)
			r = mount_specs_take(ret, &m);
		if (r < 0) {
			mount_spec_done(&m);
			return r;
		}
	}
	return 0;
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
		r = read_mounts(json_get(j, "Mounts"), &c->mounts);
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
