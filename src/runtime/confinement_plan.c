/* SPDX-License-Identifier: Apache-2.0 */
/* From the words of the command line to struct confinement, and its JSON. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "mount/device.h"
#include "runtime/confinement.h"
#include "sys/userns.h"

#define ALL "ALL"

static void forget_plan(struct confinement *c)
{
	free(c->profile);
	free(c->apparmor);
	mount_masks_done(&c->masks);
	c->profile = c->apparmor = NULL;
}

void confinement_done(struct confinement *c)
{
	strv_done(&c->cap_add);
	strv_done(&c->cap_drop);
	strv_done(&c->security_opt);
	strv_done(&c->devices);
	strv_done(&c->device_rules);
	forget_plan(c);
	*c = CONFINEMENT_INIT;
}

/* docker's spelling of a list of names, each once; "all" stands for all others. */
static int normalize_caps(struct strv *list, struct error *err)
{
	uint64_t caps = 0;
	bool all = false;
	int r = 0;

	strv_for_each(i, list) {
		uint64_t bit = cap_from_name(list->v[i]);

		if (strcasecmp(list->v[i], ALL) == 0 || strcasecmp(list->v[i], "CAP_ALL") == 0)
			all = true;
		else if (!bit)
			return error_msg(err, EINVAL, "invalid capability: unknown capability: \"%s\"",
					 list->v[i]);
		caps |= bit;
	}
	strv_done(list);
	if (all)
		r = strv_add(list, ALL);
	for (unsigned n = 0; r == 0 && !all && cap_name(n); n++) {
		if (caps >> n & 1)
			r = strv_add(list, cap_name(n));
	}
	strv_sort(list);
	return r < 0 ? error_set(err, r, "cannot keep a list of capabilities") : 0;
}

static uint64_t caps_of(const struct strv *list)
{
	uint64_t caps = 0;

	strv_for_each(i, list)
		caps |= STREQ(list->v[i], ALL) ? ~0ull : cap_from_name(list->v[i]);
	return caps;
}

/* What is both added and dropped is added: docker's command line. */
static void resolve_caps(struct confinement *c)
{
	uint64_t add = caps_of(&c->cap_add), drop = caps_of(&c->cap_drop);

	if (c->privileged || (~add == 0 && ~drop == 0))
		c->caps = ~0ull;
	else if (~add == 0)
		c->caps = ~drop;
	else
		c->caps = (CAPS_DEFAULT & ~drop) | add;
}

static int bad_option(const char *opt, struct error *err)
{
	return error_msg(err, EINVAL, "invalid --security-opt: \"%s\"", opt);
}

static int set_text(char **to, const char *value, struct error *err)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : error_set(err, ENOMEM, "--security-opt");
}

static int take_seccomp(struct confinement *c, const char *value, struct error *err)
{
	c->filter = FILTER_OWN;
	if (STREQ(value, "unconfined"))
		c->filter = FILTER_NONE;
	else if (STREQ(value, "builtin"))
		c->filter = FILTER_DEFAULT;
	return c->filter == FILTER_OWN ? set_text(&c->profile, value, err) : 0;
}

static int take_apparmor(struct confinement *c, const char *value, struct error *err)
{
	if (!STREQ(value, "unconfined"))
		return set_text(&c->apparmor, value, err);
	free(take_ptr(c->apparmor));
	return 0;
}

static int take_label(const char *value, const char *opt, struct error *err)
{
	if (STREQ(value, "disable"))
		return 0;
	if (strncmp(value, "user:", 5) != 0 && strncmp(value, "role:", 5) != 0 &&
	    strncmp(value, "type:", 5) != 0 && strncmp(value, "level:", 6) != 0 &&
	    strncmp(value, "filetype:", 9) != 0 && !STREQ(value, "nested"))
		return bad_option(opt, err);
	return error_msg(err, ENOTSUP, "--security-opt %s: berth gives containers no SELinux label", opt);
}

/* podman's: paths with a colon between. */
static int take_paths(struct strv *to, const char *value, const char *opt, struct error *err)
{
	for (const char *p = value;;) {
		size_t n = strcspn(p, ":");
		auto_free char *path = strndup(p, n);

		if (!path || (path[0] != '/' && (to == NULL || !STREQ(path, ALL))))
			return bad_option(opt, err);
		if (strv_add(to, path) < 0)
			return error_set(err, ENOMEM, "--security-opt");
		if (!p[n])
			return 0;
		p += n + 1;
	}
}

static int take_option(struct confinement *c, const char *opt, struct error *err)
{
	size_t n = strcspn(opt, "=");
	auto_free char *key = NULL;
	const char *value;

	if (STREQ(opt, "no-new-privileges")) {
		c->no_new_privs = true;
		return 0;
	}
	if (!opt[n])
		n = strcspn(opt, ":"); /* docker's older form */
	if (!opt[n])
		return bad_option(opt, err);
	key = strndup(opt, n);
	value = opt + n + 1;
	if (!key)
		return error_set(err, ENOMEM, "--security-opt");
	if (STREQ(key, "no-new-privileges"))
		return parse_bool(value, &c->no_new_privs) < 0 ? bad_option(opt, err) : 0;
	if (STREQ(key, "seccomp"))
		return take_seccomp(c, value, err);
	if (STREQ(key, "apparmor"))
		return take_apparmor(c, value, err);
	if (STREQ(key, "label"))
		return take_label(value, opt, err);
	if (STREQ(key, "mask"))
		return take_paths(&c->masks.mask, value, opt, err);
	if (STREQ(key, "unmask"))
		return take_paths(&c->masks.unmask, value, opt, err);
	if (!STREQ(key, "systempaths") || !STREQ(value, "unconfined"))
		return bad_option(opt, err);
	c->masks.none = true;
	return 0;
}

static int check_devices(const struct confinement *c, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->devices.n; i++) {
		auto_clean(device_spec) struct device_spec s = { 0 };

		r = device_spec_parse(c->devices.v[i], &s, err);
	}
	for (size_t i = 0; r == 0 && i < c->device_rules.n; i++) {
		struct device_rule rule;

		r = device_rule_parse(c->device_rules.v[i], &rule, err);
	}
	return r;
}

int confinement_resolve(struct confinement *c, struct error *err)
{
	int r;

	forget_plan(c);
	c->no_new_privs = false;
	c->filter = c->privileged ? FILTER_NONE : FILTER_DEFAULT;
	c->masks.none = c->privileged;
	r = normalize_caps(&c->cap_add, err);
	if (r == 0)
		r = normalize_caps(&c->cap_drop, err);
	resolve_caps(c);
	for (size_t i = 0; r == 0 && i < c->security_opt.n; i++)
		r = take_option(c, c->security_opt.v[i], err);
	return r == 0 ? check_devices(c, err) : r;
}

int confinement_copy(struct confinement *to, const struct confinement *from, struct error *err)
{
	int r = strv_copy(&to->cap_add, from->cap_add.v);

	if (r == 0)
		r = strv_copy(&to->cap_drop, from->cap_drop.v);
	if (r == 0)
		r = strv_copy(&to->security_opt, from->security_opt.v);
	if (r == 0)
		r = strv_copy(&to->devices, from->devices.v);
	if (r == 0)
		r = strv_copy(&to->device_rules, from->device_rules.v);
	to->privileged = from->privileged;
	return r < 0 ? error_set(err, r, "cannot keep the confinement") : confinement_resolve(to, err);
}

/* A device of the host's can't be made in a user namespace. */
static int refuse_devices(const struct strv *devices, struct error *err)
{
	auto_free char *what = devices->n ? str_format("--device %s", devices->v[0]) : NULL;

	return devices->n ? userns_refuse(what ? what : "--device", err) : 0;
}

int confinement_check(const struct confinement *c, struct error *err)
{
	uint64_t wanted = caps_of(&c->cap_add), own = 0;
	int r = wanted && ~wanted ? caps_get(&own) : 0;

	if (r < 0)
		return error_set(err, r, "cannot read the capabilities of berth");
	for (unsigned n = 0; ~wanted && cap_name(n); n++) {
		if ((wanted & ~own) >> n & 1)
			return error_msg(err, EINVAL,
					 "invalid capability: capability not supported by your kernel or "
					 "not available in the current environment: \"%s\"", cap_name(n));
	}
	return refuse_devices(&c->devices, err);
}

static void write_list(struct jsonw *w, const char *key, const struct strv *list)
{
	if (list->n)
		jsonw_strv(w, key, list);
}

void confinement_write(const struct confinement *c, struct jsonw *w)
{
	jsonw_bool(w, "Privileged", c->privileged);
	write_list(w, "CapAdd", &c->cap_add);
	write_list(w, "CapDrop", &c->cap_drop);
	write_list(w, "SecurityOpt", &c->security_opt);
	write_list(w, "Devices", &c->devices);
	write_list(w, "DeviceCgroupRules", &c->device_rules);
}

static void list_or_null(struct jsonw *w, const char *key, const struct strv *list)
{
	if (list->n)
		jsonw_strv(w, key, list);
	else
		jsonw_null(w, key);
}

void confinement_inspect(const struct confinement *c, struct jsonw *w)
{
	jsonw_bool(w, "Privileged", c->privileged);
	list_or_null(w, "CapAdd", &c->cap_add);
	list_or_null(w, "CapDrop", &c->cap_drop);
	list_or_null(w, "SecurityOpt", &c->security_opt);
	mount_masks_json(&c->masks, w);
	jsonw_array(w, "Devices");
	for (size_t i = 0; i < c->devices.n; i++) {
		auto_clean(device_spec) struct device_spec s = { 0 };

		if (device_spec_parse(c->devices.v[i], &s, NULL) < 0)
			continue;
		jsonw_object(w, NULL);
		jsonw_str(w, "PathOnHost", s.host);
		jsonw_str(w, "PathInContainer", s.target);
		jsonw_str(w, "CgroupPermissions", s.make ? "rwm" : "rw");
		jsonw_end(w);
	}
	jsonw_end(w);
	list_or_null(w, "DeviceCgroupRules", &c->device_rules);
}

int confinement_read(const struct json *record, struct confinement *ret)
{
	int r = json_strv(json_get(record, "CapAdd"), &ret->cap_add);

	if (r == 0)
		r = json_strv(json_get(record, "CapDrop"), &ret->cap_drop);
	if (r == 0)
		r = json_strv(json_get(record, "SecurityOpt"), &ret->security_opt);
	if (r == 0)
		r = json_strv(json_get(record, "Devices"), &ret->devices);
	if (r == 0)
		r = json_strv(json_get(record, "DeviceCgroupRules"), &ret->device_rules);
	ret->privileged = json_bool(json_get(record, "Privileged"), false);
	return r == 0 ? confinement_resolve(ret, NULL) : r;
}
