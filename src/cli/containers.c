/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/timefmt.h"
#include "cli/containers.h"
#include "runtime/container.h"

int container_document(const struct store *s, const char *what, struct json **ret,
		       struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	int r = container_inspect(s, what, &w, err);

	if (r < 0)
		return r;
	if (buf_failed(&text))
		return error_set(err, ENOMEM, "cannot inspect '%s'", what);
	return json_parse(buf_str(&text), text.len, ret, err);
}

const char *container_name(const struct json *c)
{
	const char *name = json_get_str(c, "Name");

	return name && *name == '/' ? name + 1 : name ? name : "";
}

const char *short_id(char out[80], const char *id, bool whole)
{
	const char *digits = id && strncmp(id, "sha256:", 7) == 0 ? id + 7 : id ? id : "";

	(void)snprintf(out, 80, "%.*s", whole ? 79 : ID_SHORT, whole && id ? id : digits);
	return out;
}

static int64_t seconds_since(const char *time_text)
{
	struct timespec then, now;

	if (!time_text || time_parse(time_text, &then) < 0)
		return -1;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > then.tv_sec ? now.tv_sec - then.tv_sec : 0;
}

const char *ago_text(char out[128], const char *time_text)
{
	int64_t seconds = seconds_since(time_text);
	char span[TIME_TEXT_MAX];

	out[0] = '\0';
	if (seconds >= 0)
		(void)snprintf(out, 128, "%s ago", duration_format(span, seconds));
	return out;
}

const char *list_time(char out[128], const char *time_text)
{
	char utc[TIME_TEXT_MAX];
	struct timespec t;

	out[0] = '\0';
	if (time_text && time_parse(time_text, &t) == 0) {
		(void)time_format(utc, t);
		(void)snprintf(out, 128, "%.10s %.8s +0000 UTC", utc, utc + 11);
	}
	return out;
}

/* docker's words after "Up …". */
static const char *health_text(const struct json *state)
{
	const char *status = json_get_str(json_get(state, "Health"), "Status");

	if (!status)
		return "";
	if (STREQ(status, "starting"))
		return " (health: starting)";
	return STREQ(status, "healthy") ? " (healthy)" : " (unhealthy)";
}

const char *status_text(char out[160], const struct json *state)
{
	const char *status = json_get_str(state, "Status");
	char text[128];
	char span[TIME_TEXT_MAX];

	if (status && STREQ(status, "restarting")) {
		(void)snprintf(out, 160, "Restarting (%lld) %s",
			       (long long)json_int(json_get(state, "ExitCode"), 0),
			       ago_text(text, json_get_str(state, "FinishedAt")));
	} else if (json_bool(json_get(state, "Running"), false)) {
		int64_t seconds = seconds_since(json_get_str(state, "StartedAt"));
		bool paused = json_bool(json_get(state, "Paused"), false);

		(void)snprintf(out, 160, "Up %s%s", duration_format(span, MAX(seconds, 0)),
			       paused ? " (Paused)" : health_text(state));
	} else if (status && STREQ(status, "exited")) {
		(void)snprintf(out, 160, "Exited (%lld) %s",
			       (long long)json_int(json_get(state, "ExitCode"), 0),
			       ago_text(text, json_get_str(state, "FinishedAt")));
	} else if (status && STREQ(status, "dead")) {
		(void)snprintf(out, 160, "Dead");
	} else {
		(void)snprintf(out, 160, "Created");
	}
	return out;
}
