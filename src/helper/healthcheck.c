/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/healthcheck.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/macros.h"
#include "base/parse.h"
#include "base/when.h"

static const struct {
	const char *option, *member;
} durations[] = {
	{ "--interval=", "Interval" },		 { "--timeout=", "Timeout" },
	{ "--start-period=", "StartPeriod" },	 { "--start-interval=", "StartInterval" },
};

/* One word that begins with "--". Return: what is wrong with it, or NULL. */
static const char *take_option(const char *word, struct jsonw *w)
{
	static const char retries[] = "--retries=";
	uint64_t n;
	int64_t v;

	if (strncmp(word, retries, strlen(retries)) == 0) {
		if (parse_u64(word + strlen(retries), INT_MAX, &n) < 0)
			return "--retries needs a number";
		jsonw_uint(w, "Retries", n);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		size_t len = strlen(durations[i].option);

		if (strncmp(word, durations[i].option, len) != 0)
			continue;
		if (duration_parse(word + len, &v) < 0 || (v && v < NSEC_PER_MSEC))
			return "a duration of at least 1ms is needed";
		jsonw_int(w, durations[i].member, v);
		return NULL;
	}
	return "unknown option";
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t");
}

/* CMD: an array of words, or a line for the shell. */
static const char *write_command(const char *text, struct jsonw *w)
{
	auto_json struct json *array = NULL;
	auto_strv struct strv words = STRV_INIT;

	if (!*text)
		return "CMD needs a command";
	jsonw_array(w, "Test");
	if (json_parse(text, strlen(text), &array, NULL) == 0 && json_type(array) == JSON_ARRAY &&
	    json_strv(array, &words) == 0) {
		jsonw_str(w, NULL, "CMD");
		strv_for_each(i, &words)
			jsonw_str(w, NULL, words.v[i]);
	} else {
		jsonw_str(w, NULL, "CMD-SHELL");
		jsonw_str(w, NULL, text);
	}
	jsonw_end(w);
	return NULL;
}

static const char *parse(const char *text, struct jsonw *w)
{
	text = skip_space(text);
	if (strcasecmp(text, "NONE") == 0) {
		jsonw_array(w, "Test");
		jsonw_str(w, NULL, "NONE");
		jsonw_end(w);
		return NULL;
	}
	while (strncmp(text, "--", 2) == 0) {
		size_t n = strcspn(text, " \t");
		auto_free char *word = strndup(text, n);
		const char *why = word ? take_option(word, w) : "no memory";

		if (why)
			return why;
		text = skip_space(text + n);
	}
	if (strncasecmp(text, "CMD", 3) != 0 || !strchr(" \t", text[3]))
		return "it needs NONE, or CMD and a command";
	return write_command(skip_space(text + 3), w);
}

char *healthcheck_parse(const char *text, const char **ret_why)
{
	struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	const char *why;

	jsonw_object(&w, NULL);
	why = parse(text, &w);
	if (why) {
		*ret_why = why;
		buf_done(&out);
		return NULL;
	}
	jsonw_end(&w);
	*ret_why = "no memory";
	return buf_take(&out);
}
