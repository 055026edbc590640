/* SPDX-License-Identifier: Apache-2.0 */
#include "base/when.h"

#include <errno.h>

#include "tap.h"

static int64_t duration(const char *s)
{
	int64_t v = 0;
	int r = duration_parse(s, &v);

	return r < 0 ? r : v;
}

static void durations(void)
{
	EQ_INT(duration("0"), 0);
	EQ_INT(duration("1s"), NSEC_PER_SEC);
	EQ_INT(duration("1h30m"), 5400 * NSEC_PER_SEC);
	EQ_INT(duration("1.5h"), 5400 * NSEC_PER_SEC);
	EQ_INT(duration(".5s"), NSEC_PER_SEC / 2);
	EQ_INT(duration("100ms"), 100 * NSEC_PER_MSEC);
	EQ_INT(duration("3us"), 3000);
	EQ_INT(duration("3\xc2\xb5s"), 3000);
	EQ_INT(duration("+2ns"), 2);
	EQ_INT(duration("-10s"), -10 * NSEC_PER_SEC);
	EQ_INT(duration(""), -EINVAL);
	EQ_INT(duration("-"), -EINVAL);
	EQ_INT(duration("5"), -EINVAL);
	EQ_INT(duration("s"), -EINVAL);
	EQ_INT(duration(".s"), -EINVAL);
	EQ_INT(duration("1d"), -EINVAL);
	EQ_INT(duration(" 1s"), -EINVAL);
	EQ_INT(duration("1s "), -EINVAL);
	EQ_INT(duration("99999999999999999999s"), -ERANGE);
	EQ_INT(duration("9999999h"), -ERANGE);
}

static void duration_texts(void)
{
	char out[DURATION_TEXT_MAX];

	EQ_STR(duration_text(out, 0), "0s");
	EQ_STR(duration_text(out, 5), "5ns");
	EQ_STR(duration_text(out, 1500), "1.5\xc2\xb5s");
	EQ_STR(duration_text(out, 100 * NSEC_PER_MSEC), "100ms");
	EQ_STR(duration_text(out, 30 * NSEC_PER_SEC), "30s");
	EQ_STR(duration_text(out, 90 * NSEC_PER_SEC), "1m30s");
	EQ_STR(duration_text(out, 3600 * NSEC_PER_SEC), "1h0m0s");
	EQ_STR(duration_text(out, 1500 * NSEC_PER_MSEC), "1.5s");
}

/* In UTC with @zone 0; now is 2026-11-21T06:30:00.25Z. */
static long long seconds(const char *s, long zone)
{
	struct timespec now = { .tv_sec = 1795242600, .tv_nsec = 250000000 }, t = { 0 };
	int r = when_parse(s, now, zone, &t);

	return r < 0 ? r : (long long)t.tv_sec;
}

static void points(void)
{
	struct timespec now = { .tv_sec = 1795242600, .tv_nsec = 250000000 }, t = { 0 };

	EQ_INT(seconds("10m", 0), 1795242000);
	EQ_INT(seconds("-10m", 0), 1795243200);
	EQ_INT(when_parse("500ms", now, 0, &t), 0);
	EQ_INT(t.tv_sec, 1795242599);
	EQ_INT(t.tv_nsec, 750000000);
	EQ_INT(seconds("0", 0), 0);
	EQ_INT(seconds("1136073845", 0), 1136073845);
	EQ_INT(when_parse("1136073845.000000001", now, 0, &t), 0);
	EQ_INT(t.tv_nsec, 1);
	EQ_INT(when_parse("1136073845.5", now, 0, &t), 0);
	EQ_INT(t.tv_nsec, 500000000);
	EQ_INT(seconds("2026-11-21T06:30:00Z", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T07:30:00+01:00", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T05:30:00.5-01:00", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T06:30:00", 0), 1795242600);
	EQ_INT(seconds("2026-11-21T08:30:00", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T08:30", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T06:30Z", 7200), 1795242600);
	EQ_INT(seconds("2026-11-21T06", 0), 1795242600 - 1800);
	EQ_INT(seconds("2026-11-21", 0), 1795242600 - 23400);
	EQ_INT(seconds("2026-11-21Z", 7200), 1795242600 - 23400);
	EQ_INT(seconds("2026-11-21+01:00", 0), 1795242600 - 23400 - 3600);
	EQ_INT(seconds("2026-11-21-01:00", 0), 1795242600 - 23400 + 3600);
	EQ_INT(seconds("2026-13-21", 0), -EINVAL);
	EQ_INT(seconds("yesterday", 0), -EINVAL);
	EQ_INT(seconds("", 0), -EINVAL);
	EQ_INT(seconds("2026", 0), 2026);
	EQ_INT(seconds("2026-11", 0), -EINVAL);
	EQ_INT(seconds("2026-11-21T06:3", 0), -EINVAL);
	EQ_INT(seconds("12x", 0), -EINVAL);
}

static void order(void)
{
	struct timespec a = { 1, 5 }, b = { 1, 6 }, c = { 2, 0 };

	OK(time_compare(a, b) < 0);
	OK(time_compare(c, b) > 0);
	EQ_INT(time_compare(a, a), 0);
}

TAP_MAIN(durations, duration_texts, points, order)
