/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logconfig.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"

#define MAX_FILES 1000 /* `logs` opens all of them at once */

static const char *const names[] = {
	[LOG_DRIVER_JSON_FILE] = "json-file",
	[LOG_DRIVER_K8S_FILE] = "k8s-file",
	[LOG_DRIVER_NONE] = "none",
	[LOG_DRIVER_PASSTHROUGH] = "passthrough",
	[LOG_DRIVER_JOURNALD] = "journald",
};

void log_config_done(struct log_config *c)
{
	strv_done(&c->opts);
}

const char *log_driver_name(enum log_driver d)
{
	return names[d];
}

bool log_driver_has_file(enum log_driver d)
{
	return d == LOG_DRIVER_JSON_FILE || d == LOG_DRIVER_K8S_FILE;
}

/* docker reads sizes here in powers of 1000: "10k" is 10,000 bytes; its fractions are not taken. */
static int parse_human_size(const char *s, uint64_t *ret)
{
	static const char units[] = "kmgt";
	size_t digits = strspn(s, "0123456789");
	auto_free char *number = strndup(s, digits);
	const char *unit = s + digits, *hit;
	uint64_t v;

	if (!number || parse_u64(number, INT64_MAX, &v) < 0 || v == 0)
		return -EINVAL;
	hit = *unit ? strchr(units, *unit | 0x20) : NULL;
	if (hit) {
		for (const char *u = units; u <= hit; u++) {
			if (__builtin_mul_overflow(v, 1000, &v) || v > INT64_MAX)
				return -EINVAL;
		}
		unit++;
	}
	if (*unit && (unit[1] || (*unit | 0x20) != 'b'))
		return -EINVAL;
	*ret = v;
	return 0;
}

static bool has_name(const char *opt, const char *name)
{
	size_t n = strlen(name);

	return strncmp(opt, name, n) == 0 && opt[n] == '=';
}

static int check_file_opt(const char *opt, enum log_driver d, struct error *err)
{
	const char *value = strchr(opt, '=') + 1;
	uint64_t v;

	if (has_name(opt, "max-size")) {
		if (parse_human_size(value, &v) < 0)
			return error_msg(err, EINVAL, "invalid value '%s' for max-size: a positive number, "
					 "with a unit such as 10m", value);
		return 0;
	}
	if (has_name(opt, "max-file")) {
		if (parse_u64(value, MAX_FILES, &v) < 0)
			return error_msg(err, EINVAL, "invalid value '%s' for max-file: 1 to %d", value,
					 MAX_FILES);
		return v == 0 ? error_msg(err, EINVAL, "max-file cannot be less than 1") : 0;
	}
	if (has_name(opt, "compress") && STREQ(value, "false"))
		return 0;
	if (has_name(opt, "compress"))
		return error_hint(err, error_msg(err, ENOTSUP, "compress=%s: berth does not compress logs", value),
				  "cap them with max-size and max-file");
	if (d == LOG_DRIVER_JSON_FILE && (has_name(opt, "labels") || has_name(opt, "env")))
		return 0;
	return error_msg(err, EINVAL, "unknown log opt '%.*s' for %s log driver", (int)strcspn(opt, "="), opt,
			 names[d]);
}

static int check_opt(const char *opt, enum log_driver d, struct error *err)
{
	if (!strchr(opt, '=') || *opt == '=')
		return error_msg(err, EINVAL, "invalid argument \"%s\" for \"--log-opt\" flag: NAME=VALUE is expected",
				 opt);
	if (log_driver_has_file(d))
		return check_file_opt(opt, d, err);
	if (d == LOG_DRIVER_NONE)
		return error_msg(err, EINVAL, "invalid logging opts for driver none");
	return error_msg(err, EINVAL, "unknown log opt '%.*s' for %s log driver", (int)strcspn(opt, "="), opt,
			 names[d]);
}

static int parse_driver(const char *name, enum log_driver *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (STREQ(name, names[i])) {
			*ret = (enum log_driver)i;
			return 0;
		}
	}
	return -EINVAL;
}

int log_config_build(const char *driver, const struct strv *opts, struct log_config *ret, struct error *err)
{
	enum log_driver d = LOG_DRIVER_JSON_FILE;
	int r = 0;

	if (driver && parse_driver(driver, &d) < 0)
		return error_hint(err, error_msg(err, EINVAL, "logger: no log driver named '%s' is registered", driver),
				  "there are json-file, k8s-file, journald, none and passthrough");
	for (size_t i = 0; r == 0 && i < opts->n; i++)
		r = check_opt(opts->v[i], d, err);
	for (size_t i = 0; r == 0 && i < opts->n; i++)
		r = strv_set_env(&ret->opts, opts->v[i]);
	ret->driver = d;
	return r == -ENOMEM ? error_set(err, r, "--log-opt") : r;
}

static void write_pair(struct jsonw *w, const char *assignment)
{
	size_t n = strcspn(assignment, "=");
	auto_free char *name = strndup(assignment, n);

	if (name)
		jsonw_str(w, name, assignment + n + 1);
}

void log_config_json(const struct log_config *c, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_str(w, "Type", names[c->driver]);
	jsonw_object(w, "Config");
	strv_for_each(i, &c->opts)
		write_pair(w, c->opts.v[i]);
	jsonw_end(w);
	jsonw_end(w);
}

/* What is in the record was checked when it was made; a record that says otherwise is no record. */
int log_config_read(const struct json *j, struct log_config *ret)
{
	const char *type = json_get_str(j, "Type");
	enum log_driver d = LOG_DRIVER_JSON_FILE;

	if (type && parse_driver(type, &d) < 0)
		return -EINVAL;
	ret->driver = d;
	json_for_each(m, json_get(j, "Config")) {
		auto_free char *opt = json_key(m) && json_str(m) ? str_format("%s=%s", json_key(m), json_str(m)) : NULL;

		if (!opt || check_opt(opt, d, NULL) < 0)
			return -EINVAL;
		if (strv_set_env(&ret->opts, opt) < 0)
			return -ENOMEM;
	}
	return 0;
}

struct log_limits log_config_limits(const struct log_config *c)
{
	const char *size = strv_get_env(&c->opts, "max-size"), *files = strv_get_env(&c->opts, "max-file");
	struct log_limits l = { .max_files = 1 };
	uint64_t v;

	if (size)
		(void)parse_human_size(size, &l.max_size);
	if (files && parse_u64(files, MAX_FILES, &v) == 0)
		l.max_files = (unsigned)v;
	return l;
}

/* Those of @from that the list @names, comma-separated, asks for. */
static void add_attrs(struct jsonw *w, const char *list, const struct strv *from)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");
		auto_free char *name = strndup(list, n);
		const char *value = name && *name ? strv_get_env(from, name) : NULL;

		if (value)
			jsonw_str(w, name, value);
		list += n + (list[n] == ',');
	}
}

char *log_config_attrs(const struct log_config *c, const struct strv *labels, const struct strv *env)
{
	struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);

	jsonw_object(&w, NULL);
	add_attrs(&w, strv_get_env(&c->opts, "labels"), labels);
	add_attrs(&w, strv_get_env(&c->opts, "env"), env);
	jsonw_end(&w);
	if (buf_failed(&out) || STREQ(buf_str(&out), "{}")) {
		buf_done(&out);
		return NULL;
	}
	return buf_take(&out);
}
