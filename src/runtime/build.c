/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/timefmt.h"

#define DEFAULT_PATH	     "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_STOP_TIMEOUT 10

/* strdup() that leaves NULL alone. */
static int set(char **to, const char *from)
{
	free(*to);
	*to = from ? strdup(from) : NULL;
	return *to || !from ? 0 : -ENOMEM;
}

static const char *first_of(const char *a, const char *b)
{
	return a ? a : b;
}

static int append(struct strv *to, const struct strv *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->n; i++)
		r = strv_add(to, from->v[i]);
	return r;
}

/* An entrypoint from the command line resets the image's command; an empty one means none. */
static int build_argv(const struct run_request *req, const struct image_config *img,
		      struct container_config *c, struct error *err)
{
	const struct strv *cmd = req->command.n || req->has_entrypoint ? &req->command : &img->cmd;
	int r = 0;

	if (!req->has_entrypoint)
		r = append(&c->entrypoint, &img->entrypoint);
	else if (req->entrypoint && *req->entrypoint)
		r = strv_add(&c->entrypoint, req->entrypoint);
	if (r == 0)
		r = append(&c->cmd, cmd);
	if (r == 0)
		r = append(&c->argv, &c->entrypoint);
	if (r == 0)
		r = append(&c->argv, &c->cmd);
	if (r < 0)
		return error_set(err, r, "cannot build the command");
	if (c->argv.n == 0) {
		(void)error_msg(err, EINVAL, "no command specified");
		return error_hint(err, -EINVAL, "the image names none; add one: berth run … IMAGE COMMAND");
	}
	return 0;
}

static int build_env(const struct run_request *req, const struct image_config *img,
		     struct container_config *c)
{
	int r = append(&c->env, &img->env);

	strv_for_each(i, &req->env_unset)
		strv_unset_env(&c->env, req->env_unset.v[i]);
	for (size_t i = 0; r == 0 && i < req->env.n; i++)
		r = strv_set_env(&c->env, req->env.v[i]);
	return r;
}

static int build_labels(const struct run_request *req, const struct image_config *img,
			struct container_config *c)
{
	int r = append(&c->labels, &img->labels);

	for (size_t i = 0; r == 0 && i < req->labels.n; i++)
		r = strv_set_env(&c->labels, req->labels.v[i]);
	return r;
}

static int add_mount(struct mount_specs *list, const struct mount_spec *m)
{
	struct mount_spec copy = { 0 };
	int r = mount_spec_copy(m, &copy);

	if (r == 0)
		r = mount_specs_take(list, &copy);
	if (r < 0)
		mount_spec_done(&copy);
	return r;
}

static int add_image_volume(const char *path, enum image_volumes how, struct mount_specs *list,
			    struct error *err)
{
	auto_free char *target = path_clean(path);
	struct mount_spec m = {
		.type = MOUNT_VOLUME, .flags = MOUNT_FROM_IMAGE, .target = target
	};
	int r;

	if (how == IMAGE_VOLUMES_TMPFS) {
		m.type = MOUNT_TMPFS;
		m.flags = MOUNT_EXEC;
	}
	if (!target)
		return -ENOMEM;
	if (target[0] != '/' || STREQ(target, "/") || path_is_inside(target, "/proc"))
		return error_msg(err, EINVAL, "the image's volume '%s' can't be mounted there", path);
	if (mount_spec_find(list, target))
		return 0;
	r = add_mount(list, &m);
	return r < 0 ? error_set(err, r, "cannot add the image's volume '%s'", path) : 0;
}

/* podman's places that programs write to, in a container whose root is read-only. */
static int add_memory(struct mount_specs *list, struct error *err)
{
	static const char *const targets[] = { "/run", "/tmp", "/var/tmp" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(targets); i++) {
		auto_free char *target = strdup(targets[i]);
		struct mount_spec m = {
			.type = MOUNT_TMPFS, .flags = MOUNT_EXEC | MOUNT_COPYUP, .target = target
		};

		if (!target)
			r = -ENOMEM;
		else if (!mount_spec_find(list, target))
			r = add_mount(list, &m);
	}
	return r < 0 ? error_set(err, r, "cannot list the mounts") : 0;
}

/* The user's own first, then what is inherited, then the image's, each where nothing is yet. */
static int build_mounts(const struct build_input *in, const struct image_config *img,
			struct container_config *c, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < in->req->mounts.n; i++)
		r = add_mount(&c->mounts, &in->req->mounts.v[i]);
	for (size_t i = 0; r == 0 && in->inherited && i < in->inherited->n; i++) {
		if (!mount_spec_find(&c->mounts, in->inherited->v[i].target))
			r = add_mount(&c->mounts, &in->inherited->v[i]);
	}
	if (r < 0)
		return error_set(err, r, "cannot list the mounts");
	for (size_t i = 0; r == 0 && i < img->volumes.n; i++) {
		if (in->req->image_volumes != IMAGE_VOLUMES_IGNORE)
			r = add_image_volume(img->volumes.v[i], in->req->image_volumes, &c->mounts,
					     err);
	}
	return r == 0 && in->req->read_only && in->req->read_only_tmpfs ? add_memory(&c->mounts, err)
									: r;
}

static int build_workdir(const char *dir, struct container_config *c, struct error *err)
{
	if (dir && *dir && dir[0] != '/')
		return error_msg(err, EINVAL,
				 "the working directory '%s' is invalid, it needs to be an absolute path",
				 dir);
	c->workdir = dir && *dir ? path_clean(dir) : NULL;
	return c->workdir || !dir || !*dir ? 0 : error_set(err, ENOMEM, "working directory");
}

static int build_strings(const struct build_input *in, const struct image_config *img,
			 struct container_config *c)
{
	const struct run_request *req = in->req;
	auto_free char *short_id = strndup(in->id, ID_SHORT);
	char created[TIME_TEXT_MAX];
	const char *hostname = first_of(req->hostname,
					req->network == NETWORK_HOST ? in->host_hostname : short_id);
	const struct {
		char **to;
		const char *from;
	} strings[] = {
		{ &c->created, time_format_now(created) },
		{ &c->image_id, in->image ? in->image->id : NULL },
		{ &c->image_name, req->image },
		{ &c->user, first_of(req->user, img->user) },
		{ &c->hostname, hostname },
		{ &c->domainname, req->domainname },
		{ &c->stop_signal, first_of(req->stop_signal, img->stop_signal) },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(strings); i++)
		r = set(strings[i].to, strings[i].from);
	return r;
}

static int build_health(const struct build_input *in, struct health_config *ret, struct error *err)
{
	const struct json *image = in->image ? json_get(in->image->raw, "config") : NULL;

	return health_config_build(&in->req->health, json_get(image, "Healthcheck"), ret, err);
}

static int build_restart(const struct run_request *req, struct restart_policy *ret, struct error *err)
{
	int r = req->restart ? restart_policy_parse(req->restart, ret, err) : 0;

	if (r < 0 || ret->kind == RESTART_NO)
		return r;
	if (req->remove)
		return error_msg(err, EINVAL, "conflicting options: --restart and --rm");
	return 0;
}

/* What depends on rules of its own, and can be wrong. */
static int build_parts(const struct build_input *in, const struct image_config *img,
		       struct container_config *c, struct error *err)
{
	const struct run_request *req = in->req;
	int r = build_argv(req, img, c, err);

	if (r == 0)
		r = build_workdir(first_of(req->workdir, img->working_dir), c, err);
	if (r == 0)
		r = build_mounts(in, img, c, err);
	if (r == 0)
		r = log_config_build(req->log_driver, &req->log_opts, &c->log, err);
	if (r == 0)
		r = build_health(in, &c->health, err);
	if (r == 0)
		r = build_restart(req, &c->restart, err);
	if (r == 0 && c->log.driver == LOG_DRIVER_PASSTHROUGH && req->tty)
		r = error_msg(err, EINVAL, "conflicting options: --log-driver passthrough and --tty");
	return r == 0 ? confinement_copy(&c->confinement, &req->confinement, err) : r;
}

static void build_flags(const struct run_request *req, struct container_config *c)
{
	c->stop_timeout = req->stop_timeout >= 0 ? req->stop_timeout : DEFAULT_STOP_TIMEOUT;
	c->network = req->network;
	c->read_only = req->read_only;
	c->remove = req->remove;
	c->interactive = req->interactive;
	c->tty = req->tty;
}

/* What is taken as it is. */
static int build_copies(const struct build_input *in, const struct image_config *img, struct container_config *c)
{
	const struct run_request *req = in->req;
	int r = build_strings(in, img, c);

	if (r == 0)
		r = limits_copy(&c->limits, &req->limits);
	if (r == 0)
		r = settings_copy(&c->settings, &req->settings);
	if (r == 0)
		r = build_env(req, img, c);
	if (r == 0)
		r = build_labels(req, img, c);
	if (r == 0)
		r = strv_copy(&c->image_volumes, img->volumes.v);
	if (r == 0)
		r = strv_copy(&c->ports, img->ports.v);
	if (r == 0 && in->image)
		r = strv_copy(&c->layers, in->image->layers.v);
	return r;
}

int container_config_build(const struct build_input *in, struct container_config *ret,
			   struct error *err)
{
	static const struct image_config nothing;
	auto_container_config struct container_config c = CONTAINER_CONFIG_INIT;
	const struct image_config *img = in->image ? &in->image->config : &nothing;
	int r = build_parts(in, img, &c, err);

	if (r < 0)
		return r;
	memcpy(c.id, in->id, ID_SIZE);
	build_flags(in->req, &c);
	r = build_copies(in, img, &c);
	if (r < 0)
		return error_set(err, r, "cannot build the container's configuration");
	*ret = c;
	c = CONTAINER_CONFIG_INIT;
	return 0;
}

int container_environment(const struct container_config *c, bool tty, const char *home,
			  struct strv *ret)
{
	auto_strv struct strv env = STRV_INIT;
	int r = strv_add(&env, "PATH=" DEFAULT_PATH);

	if (r == 0 && c->hostname)
		r = strv_take(&env, str_format("HOSTNAME=%s", c->hostname));
	if (r == 0 && tty)
		r = strv_add(&env, "TERM=xterm");
	for (size_t i = 0; r == 0 && i < c->env.n; i++)
		r = strv_set_env(&env, c->env.v[i]);
	if (r == 0 && !strv_get_env(&env, "HOME"))
		r = strv_take(&env, str_format("HOME=%s", home));
	if (r < 0)
		return r;
	strv_done(ret);
	*ret = env;
	env = STRV_INIT;
	return 0;
}
