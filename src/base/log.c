/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "base/timefmt.h"

/* The only mutable globals of berth: how this process talks to its user. */
static enum log_level threshold = LOG_LEVEL_WARN;
static bool as_json;

static const char *const names[] = { "debug", "info", "warning", "error" };

int log_setup(const char *level, bool json)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "trace", LOG_LEVEL_DEBUG }, { "debug", LOG_LEVEL_DEBUG },
		{ "info", LOG_LEVEL_INFO },   { "warn", LOG_LEVEL_WARN },
		{ "warning", LOG_LEVEL_WARN }, { "error", LOG_LEVEL_ERROR },
		{ "fatal", LOG_LEVEL_ERROR }, { "panic", LOG_LEVEL_ERROR },
	};

	as_json = json;
	for (size_t i = 0; level && i < ARRAY_SIZE(levels); i++) {
		if (STREQ(level, levels[i].name)) {
			threshold = levels[i].level;
			return 0;
		}
	}
	return level ? -EINVAL : 0;
}

bool log_enabled(enum log_level level)
{
	return level >= threshold;
}

static void emit(enum log_level level, const char *msg, const char *hint)
{
	auto_buf struct buf line = BUF_INIT;
	int saved = errno;

	if (as_json) {
		struct jsonw w = JSONW_INIT(&line, 0);
		char now[TIME_TEXT_MAX];

		jsonw_object(&w, NULL);
		jsonw_str(&w, "time", time_format_now(now));
		jsonw_str(&w, "level", names[level]);
		jsonw_str(&w, "msg", msg);
		if (hint && *hint)
			jsonw_str(&w, "hint", hint);
		jsonw_end(&w);
		buf_addc(&line, '\n');
	} else {
		buf_addf(&line, "berth: %s%s%s\n", level == LOG_LEVEL_ERROR ? "" : names[level],
			 level == LOG_LEVEL_ERROR ? "" : ": ", msg);
		if (hint && *hint)
			buf_addf(&line, "hint: %s\n", hint);
	}
	(void)fd_write_all(STDERR_FILENO, buf_str(&line), line.len);
	errno = saved;
}

void log_message(enum log_level level, const char *fmt, ...)
{
	auto_buf struct buf msg = BUF_INIT;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	buf_vaddf(&msg, fmt, ap);
	va_end(ap);
	emit(level, buf_str(&msg), NULL);
}

void log_error(const struct error *err)
{
	emit(LOG_LEVEL_ERROR, err->msg, err->hint);
}
