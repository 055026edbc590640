/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timefmt.h"

#include <errno.h>

#include "tap.h"

static void round_trip(void)
{
	char out[TIME_TEXT_MAX];
	struct timespec t = { .tv_sec = 1795242600, .tv_nsec = 5 }, back = { 0 };

	EQ_STR(time_format(out, t), "2026-11-21T06:30:00.000000005Z");
	EQ_INT(time_parse(out, &back), 0);
	EQ_INT(back.tv_sec, t.tv_sec);
	EQ_INT(back.tv_nsec, 5);
	EQ_INT(time_parse("2026-11-21T07:30:00.5+01:00", &back), 0);
	EQ_INT(back.tv_sec, t.tv_sec);
	EQ_INT(back.tv_nsec, 500000000);
	EQ_INT(time_parse("2026-11-21", &back), -EINVAL);
	EQ_INT(time_parse("2026-13-21T00:00:00Z", &back), -EINVAL);
	EQ_INT(time_parse("2026-11-21T00:00:00", &back), -EINVAL);
}

static void every_day_comes_back(void)
{
	char out[TIME_TEXT_MAX];
	int wrong = 0;

	/* 1900 to 2200, a day and a bit at a time: leap years and centuries included. */
	for (int64_t t = -2208988800; t < 7258118400; t += 86400 + 3661) {
		struct timespec in = { .tv_sec = t }, back = { 0 };

		(void)time_format(out, in);
		wrong += time_parse(out, &back) != 0 || back.tv_sec != t;
	}
	EQ_INT(wrong, 0);
}

static void words(void)
{
	char out[TIME_TEXT_MAX];

	EQ_STR(duration_format(out, 0), "Less than a second");
	EQ_STR(duration_format(out, 1), "1 second");
	EQ_STR(duration_format(out, 59), "59 seconds");
	EQ_STR(duration_format(out, 61), "About a minute");
	EQ_STR(duration_format(out, 300), "5 minutes");
	EQ_STR(duration_format(out, 3700), "About an hour");
	EQ_STR(duration_format(out, 3 * 3600), "3 hours");
	EQ_STR(duration_format(out, 3 * 86400), "3 days");
	EQ_STR(size_format(out, 0), "0B");
	EQ_STR(size_format(out, 13300), "13.3kB");
	EQ_STR(size_format(out, 1240000), "1.24MB");
}

TAP_MAIN(round_trip, every_day_comes_back, words)
