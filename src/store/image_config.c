/* SPDX-License-Identifier: Apache-2.0 */
/* The "config" object of an image: OCI image-spec config.md, "Properties"; written by strangers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"
#include "store/image.h"

#define MAX_ENTRIES 8192     /* of a list: no real image has a tenth of it */
#define MAX_STRING  131072   /* the kernel's MAX_ARG_STRLEN: execve(2) takes no longer one */

void image_config_done(struct image_config *c)
{
	strv_done(&c->env);
	strv_done(&c->entrypoint);
	strv_done(&c->cmd);
	strv_done(&c->volumes);
	strv_done(&c->ports);
	strv_done(&c->labels);
	free(c->user);
	free(c->working_dir);
	free(c->stop_signal);
	*c = (struct image_config){ 0 };
}

static int bad(struct error *err, const char *key, const char *why)
{
	return error_msg(err, EINVAL, "image configuration: '%s' %s", key, why);
}

/* Absent and null are the same everywhere: Go writes either for an empty value. */
static bool is_absent(const struct json *v)
{
	return !v || json_type(v) == JSON_NULL;
}

static int check_list(const struct json *v, enum json_type type, const char *key,
		      struct error *err)
{
	if (json_type(v) != type)
		return bad(err, key, type == JSON_ARRAY ? "must be an array" : "must be an object");
	if (json_count(v) > MAX_ENTRIES)
		return bad(err, key, "has too many entries");
	return 0;
}

static int add_checked(struct strv *to, const char *text, const char *key, struct error *err)
{
	if (strlen(text) >= MAX_STRING)
		return bad(err, key, "has an entry that is too long");
	return strv_add(to, text) < 0 ? error_set(err, ENOMEM, "image configuration") : 0;
}

static int read_strings(const struct json *config, const char *key, struct strv *ret,
			struct error *err)
{
	const struct json *v = json_get(config, key);
	int r;

	if (is_absent(v))
		return 0;
	r = check_list(v, JSON_ARRAY, key, err);
	if (r < 0)
		return r;
	json_for_each(entry, v) {
		const char *text = json_str(entry);

		r = text ? add_checked(ret, text, key, err)
			 : bad(err, key, "must hold nothing but strings");
		if (r < 0)
			return r;
	}
	return 0;
}

/* Names without '=' are variables without a value; an empty name is none at all. */
static int read_env(const struct json *config, struct strv *ret, struct error *err)
{
	auto_strv struct strv raw = STRV_INIT;
	int r = read_strings(config, "Env", &raw, err);

	if (r < 0)
		return r;
	strv_for_each(i, &raw) {
		const char *text = raw.v[i];

		if (text[0] == '\0' || text[0] == '=')
			return bad(err, "Env", "has an entry without a name");
		if (strv_take(ret, str_format("%s%s", text, strchr(text, '=') ? "" : "=")) < 0)
			return error_set(err, ENOMEM, "image configuration");
	}
	return 0;
}

/* A Go map used as a set: {"/data": {}} */
static int read_keys(const struct json *config, const char *key, struct strv *ret,
		     struct error *err)
{
	const struct json *v = json_get(config, key);
	int r;

	if (is_absent(v))
		return 0;
	r = check_list(v, JSON_OBJECT, key, err);
	if (r < 0)
		return r;
	json_for_each(entry, v) {
		if (!is_absent(entry) && json_type(entry) != JSON_OBJECT)
			return bad(err, key, "must hold nothing but empty objects");
		r = add_checked(ret, json_key(entry), key, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_volumes(const struct json *config, struct strv *ret, struct error *err)
{
	int r = read_keys(config, "Volumes", ret, err);

	if (r < 0)
		return r;
	strv_for_each(i, ret) {
		if (ret->v[i][0] != '/')
			return bad(err, "Volumes", "has a path that is not absolute");
	}
	return 0;
}

static int read_labels(const struct json *config, struct strv *ret, struct error *err)
{
	const struct json *v = json_get(config, "Labels");
	int r;

	if (is_absent(v))
		return 0;
	r = check_list(v, JSON_OBJECT, "Labels", err);
	if (r < 0)
		return r;
	json_for_each(entry, v) {
		const char *value = json_str(entry);
		auto_free char *text = NULL;

		if (!value)
			return bad(err, "Labels", "must hold nothing but strings");
		if (strchr(json_key(entry), '='))
			return bad(err, "Labels", "has a name with '='");
		text = str_format("%s=%s", json_key(entry), value);
		if (!text)
			return error_set(err, ENOMEM, "image configuration");
		r = add_checked(ret, text, "Labels", err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* An empty string is "not set". */
static int read_string(const struct json *config, const char *key, char **ret, struct error *err)
{
	const struct json *v = json_get(config, key);
	const char *text = json_str(v);

	if (is_absent(v))
		return 0;
	if (!text)
		return bad(err, key, "must be a string");
	if (strlen(text) >= MAX_STRING)
		return bad(err, key, "is too long");
	if (*text) {
		*ret = strdup(text);
		if (!*ret)
			return error_set(err, ENOMEM, "image configuration");
	}
	return 0;
}

static int read_all(const struct json *config, struct image_config *c, struct error *err)
{
	const struct {
		const char *key;
		char **to;
	} strings[] = { { "User", &c->user },
			{ "WorkingDir", &c->working_dir },
			{ "StopSignal", &c->stop_signal } };
	int r = read_env(config, &c->env, err);

	if (r == 0)
		r = read_strings(config, "Entrypoint", &c->entrypoint, err);
	if (r == 0)
		r = read_strings(config, "Cmd", &c->cmd, err);
	if (r == 0)
		r = read_volumes(config, &c->volumes, err);
	if (r == 0)
		r = read_keys(config, "ExposedPorts", &c->ports, err);
	if (r == 0)
		r = read_labels(config, &c->labels, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(strings); i++)
		r = read_string(config, strings[i].key, strings[i].to, err);
	return r;
}

int image_config_parse(const struct json *config, struct image_config *ret, struct error *err)
{
	struct image_config c = { 0 };
	int r;

	if (!is_absent(config) && json_type(config) != JSON_OBJECT)
		return bad(err, "config", "must be an object");
	r = read_all(config, &c, err);
	if (r < 0) {
		image_config_done(&c);
		return r;
	}
	*ret = c;
	return 0;
}
