/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/changes.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/parse.h"
#include "base/path.h"
#include "helper/healthcheck.h"

#define MAX_PORT 65535

void changes_done(struct changes *c)
{
	strv_done(&c->env);
	strv_done(&c->entrypoint);
	strv_done(&c->cmd);
	strv_done(&c->volumes);
	strv_done(&c->ports);
	strv_done(&c->labels);
	strv_done(&c->on_build);
	strv_done(&c->shell);
	free(c->user);
	free(c->working_dir);
	free(c->stop_signal);
	free(c->healthcheck);
	*c = CHANGES_INIT;
}

/* ---- reading an existing configuration ---- */

/* Sets are objects with empty values: {"80/tcp": {}}. Docker's own config of a container has null there. */
static int read_keys(const struct json *object, struct strv *ret)
{
	json_for_each(m, object) {
		if (!json_key(m))
			return -EINVAL;
		if (strv_add(ret, json_key(m)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_labels(const struct json *object, struct strv *ret)
{
	json_for_each(m, object) {
		if (!json_key(m) || !json_str(m))
			return -EINVAL;
		if (strv_take(ret, str_format("%s=%s", json_key(m), json_str(m))) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_text(const struct json *config, const char *key, char **ret)
{
	const char *s = json_get_str(config, key);

	if (!s || !s[0])
		return 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

int changes_begin(struct changes *c, const struct json *config, struct error *err)
{
	int r[] = {
		json_strv(json_get(config, "Env"), &c->env),
		json_strv(json_get(config, "Entrypoint"), &c->entrypoint),
		json_strv(json_get(config, "Cmd"), &c->cmd),
		json_strv(json_get(config, "OnBuild"), &c->on_build),
		json_strv(json_get(config, "Shell"), &c->shell),
		read_keys(json_get(config, "Volumes"), &c->volumes),
		read_keys(json_get(config, "ExposedPorts"), &c->ports),
		read_labels(json_get(config, "Labels"), &c->labels),
		read_text(config, "User", &c->user),
		read_text(config, "WorkingDir", &c->working_dir),
		read_text(config, "StopSignal", &c->stop_signal),
	};

	c->base = config;
	for (size_t i = 0; i < ARRAY_SIZE(r); i++) {
		if (r[i] < 0)
			return error_set(err, r[i], "invalid image configuration");
	}
	return 0;
}

/* ---- words ---- */

static int bad(const char *instruction, const char *why, struct error *err)
{
	return error_msg(err, EINVAL, "invalid change '%s': %s", instruction, why);
}

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* The next word, its quotes and backslashes resolved as BuildKit does. Return: 1, 0 at the end, -EINVAL. */
static int next_word(const char **pos, char **ret)
{
	auto_buf struct buf word = BUF_INIT;
	const char *s = skip_space(*pos);
	char quote = 0;

	if (!*s)
		return 0;
	for (; *s && (quote || !isspace((unsigned char)*s)); s++) {
		if (!quote && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else if (*s == quote) {
			quote = 0;
		} else {
			if (*s == '\\' && quote != '\'' && s[1] && (!quote || strchr("\"\\$", s[1])))
				s++;
			buf_addc(&word, *s);
		}
	}
	if (quote)
		return -EINVAL;
	*pos = s;
	*ret = buf_take(&word);
	return *ret ? 1 : -ENOMEM;
}

/* A JSON array of strings, or the words of a shell command line: then @ret is { "/bin/sh", "-c", TEXT }. */
static int parse_command(const struct changes *c, const char *text, struct strv *ret,
			 const char *instruction, struct error *err)
{
	auto_json struct json *array = NULL;
	int r;

	if (*text == '[' && json_parse(text, strlen(text), &array, NULL) == 0) {
		if (json_strv(array, ret) < 0)
			return bad(instruction, "only strings can be in the array", err);
		return 0;
	}
	r = c->shell.n > 0 ? strv_copy(ret, c->shell.v) : strv_add(ret, "/bin/sh");
	if (r == 0 && c->shell.n == 0)
		r = strv_add(ret, "-c");
	return r < 0 ? r : strv_add(ret, text);
}

/* ---- instructions ---- */

static int set_command(struct changes *c, struct strv *field, const char *text,
		       const char *instruction, struct error *err)
{
	auto_strv struct strv argv = STRV_INIT;
	int r = parse_command(c, text, &argv, instruction, err);

	if (r < 0)
		return r;
	strv_done(field);
	*field = argv;
	argv = STRV_INIT;
	return 0;
}

static int apply_cmd(struct changes *c, const char *text, const char *whole, struct error *err)
{
	return set_command(c, &c->cmd, text, whole, err);
}

static int apply_entrypoint(struct changes *c, const char *text, const char *whole,
			    struct error *err)
{
	return set_command(c, &c->entrypoint, text, whole, err);
}

static int apply_pairs(struct strv *field, const char *text, bool spaced, const char *whole,
		       struct error *err)
{
	auto_free char *first = NULL;
	const char *pos = text;
	int r = next_word(&pos, &first);

	/* The old form, ENV NAME VALUE: all the rest of the line is the value. */
	if (r == 1 && spaced && !strchr(first, '=')) {
		auto_free char *pair = str_format("%s=%s", first, skip_space(pos));

		return !*skip_space(pos) ? bad(whole, "it needs NAME=VALUE", err) :
		       pair		 ? strv_set_env(field, pair) :
					   -ENOMEM;
	}
	for (; r == 1; r = next_word(&pos, &first)) {
		if (!strchr(first, '=') || first[0] == '=')
			return bad(whole, "it needs NAME=VALUE", err);
		if (strv_set_env(field, first) < 0)
			return -ENOMEM;
		free(take_ptr(first));
	}
	return r == -EINVAL ? bad(whole, "unterminated quote", err) : r;
}

static int apply_env(struct changes *c, const char *text, const char *whole, struct error *err)
{
	return apply_pairs(&c->env, text, true, whole, err);
}

static int apply_label(struct changes *c, const char *text, const char *whole, struct error *err)
{
	return apply_pairs(&c->labels, text, true, whole, err);
}

static int add_once(struct strv *field, const char *item)
{
	return strv_has(field, item) ? 0 : strv_add(field, item);
}

static int apply_volume(struct changes *c, const char *text, const char *whole, struct error *err)
{
	auto_json struct json *array = NULL;
	auto_free char *word = NULL;
	int r;

	if (*text == '[' && json_parse(text, strlen(text), &array, NULL) == 0) {
		auto_strv struct strv paths = STRV_INIT;

		r = json_strv(array, &paths);
		strv_for_each(i, &paths)
			r = r < 0 ? r : add_once(&c->volumes, paths.v[i]);
		return r == -EINVAL ? bad(whole, "only strings can be in the array", err) : r;
	}
	for (r = next_word(&text, &word); r == 1; r = next_word(&text, &word)) {
		if (add_once(&c->volumes, word) < 0)
			return -ENOMEM;
		free(take_ptr(word));
	}
	return r == -EINVAL ? bad(whole, "unterminated quote", err) : r;
}

/* PORT[-PORT][/PROTOCOL]; a range is kept as docker writes it, one key for each port. */
static int add_port(struct changes *c, const char *word, const char *whole, struct error *err)
{
	const char *slash = strchr(word, '/'), *protocol = slash ? slash + 1 : "tcp";
	auto_free char *ports = slash ? strndup(word, (size_t)(slash - word)) : strdup(word);
	char *dash = ports ? strchr(ports, '-') : NULL;
	uint64_t first = 0, last = 0;

	if (!ports)
		return -ENOMEM;
	if (dash)
		*dash = '\0';
	if (parse_u64(ports, MAX_PORT, &first) < 0 ||
	    parse_u64(dash ? dash + 1 : ports, MAX_PORT, &last) < 0 || first == 0 || first > last ||
	    (!STREQ(protocol, "tcp") && !STREQ(protocol, "udp") && !STREQ(protocol, "sctp")))
		return bad(whole, "invalid port", err);
	for (uint64_t port = first; port <= last; port++) {
		auto_free char *text = str_format("%u/%s", (unsigned)port, protocol);

		if (!text || add_once(&c->ports, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int apply_expose(struct changes *c, const char *text, const char *whole, struct error *err)
{
	auto_free char *word = NULL;
	int r;

	for (r = next_word(&text, &word); r == 1; r = next_word(&text, &word)) {
		int added = add_port(c, word, whole, err);

		if (added < 0)
			return added;
		free(take_ptr(word));
	}
	return r == -EINVAL ? bad(whole, "unterminated quote", err) : r;
}

static int one_word(const char *text, char **field, const char *whole, struct error *err)
{
	auto_free char *word = NULL;
	auto_free char *more = NULL;
	int r = next_word(&text, &word);

	if (r != 1 || next_word(&text, &more) != 0)
		return bad(whole, "it takes one argument", err);
	free(*field);
	*field = take_ptr(word);
	return 0;
}

static int apply_user(struct changes *c, const char *text, const char *whole, struct error *err)
{
	return one_word(text, &c->user, whole, err);
}

static int apply_stop_signal(struct changes *c, const char *text, const char *whole,
			     struct error *err)
{
	return one_word(text, &c->stop_signal, whole, err);
}

static int apply_workdir(struct changes *c, const char *text, const char *whole, struct error *err)
{
	auto_free char *dir = NULL;
	auto_free char *joined = NULL;
	int r = one_word(text, &dir, whole, err);

	if (!dir)
		return r;
	/* A relative one goes on from the one before. */
	joined = dir[0] == '/' ? strdup(dir) :
				 path_join(c->working_dir ? c->working_dir : "/", dir);
	free(c->working_dir);
	c->working_dir = joined ? path_clean(joined) : NULL;
	return c->working_dir ? 0 : -ENOMEM;
}

static int apply_on_build(struct changes *c, const char *text, const char *whole, struct error *err)
{
	(void)whole;
	(void)err;
	return strv_add(&c->on_build, text);
}

static int apply_shell(struct changes *c, const char *text, const char *whole, struct error *err)
{
	auto_json struct json *array = NULL;

	strv_done(&c->shell);
	if (json_parse(text, strlen(text), &array, NULL) < 0 || json_type(array) != JSON_ARRAY ||
	    json_strv(array, &c->shell) < 0)
		return bad(whole, "it needs a JSON array", err);
	return 0;
}

static int apply_healthcheck(struct changes *c, const char *text, const char *whole, struct error *err)
{
	const char *why = NULL;
	char *json = healthcheck_parse(text, &why);

	if (!json)
		return bad(whole, why, err);
	free(c->healthcheck);
	c->healthcheck = json;
	return 0;
}

static const struct instruction {
	const char *name;
	int (*apply)(struct changes *c, const char *text, const char *whole, struct error *err);
} instructions[] = {
	{ "CMD", apply_cmd },	      { "ENTRYPOINT", apply_entrypoint },
	{ "ENV", apply_env },	      { "EXPOSE", apply_expose },
	{ "HEALTHCHECK", apply_healthcheck },
	{ "LABEL", apply_label },     { "ONBUILD", apply_on_build },
	{ "SHELL", apply_shell },     { "STOPSIGNAL", apply_stop_signal },
	{ "USER", apply_user },	      { "VOLUME", apply_volume },
	{ "WORKDIR", apply_workdir },
};

/*
 * "NAME ARGUMENTS", or "NAME=VALUE" as podman takes it for what has one argument. Trailing space is none
 * of the argument.
 */
int changes_apply(struct changes *c, const char *instruction, struct error *err)
{
	const char *name = skip_space(instruction);
	size_t len = strcspn(name, " \t\n=");
	auto_free char *text = NULL;
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		int r;

		if (strlen(instructions[i].name) != len ||
		    strncasecmp(instructions[i].name, name, len) != 0)
			continue;
		text = strdup(skip_space(name + len + (name[len] == '=')));
		if (!text)
			return error_set(err, ENOMEM, "cannot apply '%s'", instruction);
		n = strlen(text);
		while (n > 0 && isspace((unsigned char)text[n - 1]))
			text[--n] = '\0';
		if (n == 0)
			return bad(instruction, "it needs an argument", err);
		r = instructions[i].apply(c, text, instruction, err);
		return r == -ENOMEM ? error_set(err, r, "cannot apply '%s'", instruction) : r;
	}
	return error_hint(err,
			  error_msg(err, EINVAL, "invalid change '%s': unknown instruction '%.*s'",
				    instruction, (int)len, name),
			  "use CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, "
			  "VOLUME or WORKDIR");
}

/* ---- writing ---- */

static void write_set(struct jsonw *w, const char *key, const struct strv *items)
{
	if (items->n == 0)
		return;
	jsonw_object(w, key);
	strv_for_each(i, items) {
		jsonw_object(w, items->v[i]);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void write_labels(struct jsonw *w, const struct strv *labels)
{
	if (labels->n == 0)
		return;
	jsonw_object(w, "Labels");
	strv_for_each(i, labels) {
		char *equals = strchr(labels->v[i], '=');

		if (!equals)
			continue;
		*equals = '\0';
		jsonw_str(w, labels->v[i], equals + 1);
		*equals = '=';
	}
	jsonw_end(w);
}

static void write_list(struct jsonw *w, const char *key, const struct strv *list)
{
	if (list->n > 0)
		jsonw_strv(w, key, list);
}

static void write_text(struct jsonw *w, const char *key, const char *text)
{
	if (text && text[0])
		jsonw_str(w, key, text);
}

/* What an image's configuration may say besides: extensions of docker's that others act upon. */
static void write_rest(struct jsonw *w, const struct json *base, const char *healthcheck)
{
	static const char *const kept[] = { "ArgsEscaped", "Healthcheck", "StopTimeout" };

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		const struct json *v = json_get(base, kept[i]);

		if (healthcheck && STREQ(kept[i], "Healthcheck"))
			jsonw_raw(w, kept[i], healthcheck);
		else if (v && json_type(v) != JSON_NULL)
			jsonw_copy(w, kept[i], v);
	}
}

void changes_write(const struct changes *c, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	write_text(w, "User", c->user);
	write_set(w, "ExposedPorts", &c->ports);
	write_list(w, "Env", &c->env);
	write_list(w, "Entrypoint", &c->entrypoint);
	write_list(w, "Cmd", &c->cmd);
	write_set(w, "Volumes", &c->volumes);
	write_text(w, "WorkingDir", c->working_dir);
	write_labels(w, &c->labels);
	write_text(w, "StopSignal", c->stop_signal);
	write_list(w, "OnBuild", &c->on_build);
	write_list(w, "Shell", &c->shell);
	write_rest(w, c->base, c->healthcheck);
	jsonw_end(w);
}
