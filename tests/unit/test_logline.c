/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logline.h"

#include <errno.h>

#include "tap.h"

static int parse(const char *line, enum log_format format, struct log_line *l)
{
	return log_line_parse(line, strlen(line), format, l);
}

static void docker(void)
{
	auto_log_line struct log_line l = LOG_LINE_INIT;

	EQ_INT(parse("{\"log\":\"a\\u003cb\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-21T06:30:00Z\"}",
		     LOG_FORMAT_JSON, &l),
	       0);
	EQ_STR(buf_str(&l.text), "a<b\n");
	OK(l.is_stderr);
	EQ_STR(l.time, "2026-11-21T06:30:00Z");
	EQ_INT(parse("{\"log\":\"x\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"1\",\"b\":\"2\"},\"time\":\"t\"}",
		     LOG_FORMAT_JSON, &l),
	       0);
	EQ_STR(buf_str(&l.attrs), "a=1,b=2");
	OK(!l.is_stderr);
	EQ_INT(parse("{\"log\":\"\\ud83d\\ude00\\ud83d\",\"stream\":\"stdout\",\"time\":\"t\"}", LOG_FORMAT_JSON,
		     &l),
	       0);
	EQ_STR(buf_str(&l.text), "\xf0\x9f\x98\x80\xef\xbf\xbd");
}

static void torn(void)
{
	static const char whole[] = "{\"log\":\"a\\u003cb\\n\",\"stream\":\"stderr\",\"attrs\":{\"a\":\"1\"},"
				    "\"time\":\"t\"}";
	auto_log_line struct log_line l = LOG_LINE_INIT;
	int accepted = 0;

	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		accepted += log_line_parse(whole, n, LOG_FORMAT_JSON, &l) == 0;
	EQ_INT(accepted, 0);
	EQ_INT(log_line_parse(whole, sizeof(whole) - 1, LOG_FORMAT_JSON, &l), 0);
	EQ_INT(parse("{\"log\":\"a\"}x", LOG_FORMAT_JSON, &l), -EINVAL);
	EQ_INT(parse("{\"other\":\"a\"}", LOG_FORMAT_JSON, &l), -EINVAL);
	EQ_INT(parse("{\"log\":\"\\q\"}", LOG_FORMAT_JSON, &l), -EINVAL);
	EQ_INT(parse("{\"log\":\"\\u12g4\"}", LOG_FORMAT_JSON, &l), -EINVAL);
}

static void kubernetes(void)
{
	auto_log_line struct log_line l = LOG_LINE_INIT;

	EQ_INT(parse("2026-11-21T06:30:00.1+00:00 stderr F two words", LOG_FORMAT_K8S, &l), 0);
	EQ_STR(buf_str(&l.text), "two words\n");
	OK(l.is_stderr);
	EQ_INT(parse("2026-11-21T06:30:00.1+00:00 stdout P ", LOG_FORMAT_K8S, &l), 0);
	EQ_STR(buf_str(&l.text), "");
	EQ_INT(parse("2026-11-21T06:30:00.1+00:00 stdout X a", LOG_FORMAT_K8S, &l), -EINVAL);
	EQ_INT(parse("2026-11-21T06:30:00.1+00:00", LOG_FORMAT_K8S, &l), -EINVAL);
	EQ_INT(parse("", LOG_FORMAT_K8S, &l), -EINVAL);
}

/* Every byte that a container may write comes back, or as U+FFFD where it is no UTF-8. */
static void round_trip(void)
{
	auto_log_line struct log_line l = LOG_LINE_INIT;
	auto_buf struct buf out = BUF_INIT;
	char all[128];

	for (int i = 0; i < 128; i++)
		all[i] = (char)i;
	for (int format = LOG_FORMAT_JSON; format <= LOG_FORMAT_K8S; format++) {
		buf_truncate(&out, 0);
		/* Its newline is in the middle: kubernetes' format has lines that end with theirs. */
		log_line_format(&out, (enum log_format)format, true, all, format == LOG_FORMAT_JSON ? 128 : 10,
				NULL);
		EQ_INT(log_line_parse(out.data, out.len - 1, (enum log_format)format, &l), 0);
		EQ_INT(l.text.len, format == LOG_FORMAT_JSON ? 128 : 10);
		OK(memcmp(l.text.data, all, l.text.len) == 0);
	}
	buf_truncate(&out, 0);
	log_line_format(&out, LOG_FORMAT_JSON, false, "\xc3\xa4\xff\xc3", 4, "{\"k\":\"v\"}");
	EQ_INT(log_line_parse(out.data, out.len - 1, LOG_FORMAT_JSON, &l), 0);
	EQ_STR(buf_str(&l.text), "\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd");
	EQ_STR(buf_str(&l.attrs), "k=v");
}

TAP_MAIN(docker, torn, kubernetes, round_trip)
