/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timefmt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/parse.h"

/* Days since 1970-01-01 of a proleptic Gregorian date, valid for every year that fits. */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

/* The reverse: year, month and day of a number of days since 1970-01-01. */
static void civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	int64_t era;
	unsigned doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (unsigned)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (int64_t)yoe + era * 400 + (*m <= 2);
}

/* gmtime_r(3) would read /etc/localtime first: five system calls on the hot path of `berth run`. */
const char *time_format(char out[TIME_TEXT_MAX], struct timespec t)
{
	int64_t days = t.tv_sec / 86400, rest = t.tv_sec % 86400, y;
	unsigned m, d;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	(void)snprintf(out, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02lld:%02lld:%02lld.%09ldZ",
		       (long long)y, m, d, (long long)rest / 3600, (long long)rest / 60 % 60,
		       (long long)rest % 60, t.tv_nsec);
	return out;
}

const char *time_format_now(char out[TIME_TEXT_MAX])
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return time_format(out, now);
}

static int number(const char **s, int width, unsigned max, unsigned *ret)
{
	unsigned v = 0;

	for (int i = 0; i < width; i++) {
		if (**s < '0' || **s > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(*(*s)++ - '0');
	}
	*ret = v;
	return v > max ? -EINVAL : 0;
}

static int literal(const char **s, char c)
{
	return *(*s)++ == c ? 0 : -EINVAL;
}

/* ".123" and then "Z" or "+hh:mm": nanoseconds, and the offset in seconds. */
static int fraction_and_zone(const char *s, long *nsec, int64_t *offset)
{
	long scale = 100000000;
	unsigned h, m;
	char sign;

	*nsec = 0;
	*offset = 0;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			*nsec += (*s - '0') * scale;
	}
	if ((*s == 'Z' || *s == 'z') && s[1] == '\0')
		return 0;
	sign = *s++;
	if (sign != '+' && sign != '-')
		return -EINVAL;
	if (number(&s, 2, 23, &h) || literal(&s, ':') || number(&s, 2, 59, &m) || *s)
		return -EINVAL;
	*offset = ((int64_t)h * 3600 + (int64_t)m * 60) * (sign == '-' ? -1 : 1);
	return 0;
}

int time_parse(const char *s, struct timespec *ret)
{
	unsigned y, mon, d, h, min, sec;
	int64_t offset;
	long nsec;

	if (number(&s, 4, 9999, &y) || literal(&s, '-') || number(&s, 2, 12, &mon) ||
	    literal(&s, '-') || number(&s, 2, 31, &d) || mon < 1 || d < 1)
		return -EINVAL;
	if (*s != 'T' && *s != 't' && *s != ' ')
		return -EINVAL;
	s++;
	if (number(&s, 2, 23, &h) || literal(&s, ':') || number(&s, 2, 59, &min) ||
	    literal(&s, ':') || number(&s, 2, 60, &sec))
		return -EINVAL;
	if (fraction_and_zone(s, &nsec, &offset))
		return -EINVAL;
	ret->tv_sec = (time_t)(days_from_civil(y, mon, d) * 86400 + h * 3600L + min * 60L + sec -
			       offset);
	ret->tv_nsec = nsec;
	return 0;
}

const char *duration_format(char out[TIME_TEXT_MAX], int64_t s)
{
	static const struct {
		int64_t below, unit;
		const char *text; /* with a number where it has a % */
	} steps[] = {
		{ 1, 1, "Less than a second" },
		{ 2, 1, "1 second" },
		{ 60, 1, "%lld seconds" },
		{ 120, 60, "About a minute" },
		{ 3600, 60, "%lld minutes" },
		{ 5400, 3600, "About an hour" },
		{ 48 * 3600LL, 3600, "%lld hours" },
		{ 14 * 86400LL, 86400, "%lld days" },
		{ 60 * 86400LL, 7 * 86400LL, "%lld weeks" },
		{ 730 * 86400LL, 30 * 86400LL, "%lld months" },
		{ INT64_MAX, 365 * 86400LL, "%lld years" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		/* docker rounds hours and below half up, and counts whole days and above. */
		int64_t n = (s + (steps[i].unit == 3600 ? 1800 : 0)) / steps[i].unit;

		if (s >= steps[i].below)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(out, TIME_TEXT_MAX, steps[i].text, (long long)n);
#pragma GCC diagnostic pop
		return out;
	}
	return out;
}

const char *size_format(char out[TIME_TEXT_MAX], uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double v = (double)bytes;
	size_t i = 0;

	for (; v >= 1000.0 && i + 1 < ARRAY_SIZE(units); i++)
		v /= 1000.0;
	(void)snprintf(out, TIME_TEXT_MAX, "%.4g%s", v, units[i]);
	return out;
}

int time_parse_until(const char *s, struct timespec *ret)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	auto_free char *digits = strdup(s);
	size_t len = strlen(s);
	uint64_t n;

	if (time_parse(s, ret) == 0)
		return 0;
	for (size_t i = 0; digits && len > 0 && i < ARRAY_SIZE(units); i++) {
		if (s[len - 1] != units[i].unit)
			continue;
		digits[len - 1] = '\0';
		if (parse_u64(digits, 1000000, &n) < 0)
			break;
		(void)clock_gettime(CLOCK_REALTIME, ret);
		ret->tv_sec -= (time_t)(n * units[i].seconds);
		return 0;
	}
	return -EINVAL;
}
