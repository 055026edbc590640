/* SPDX-License-Identifier: Apache-2.0 */
#include "base/when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/timefmt.h"

struct unit {
	const char *name;
	int64_t nsec;
};

/* Longer names before those that they start with. */
static const struct unit units[] = {
	{ "ns", 1 },	      { "us", 1000 },		 { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 },
	{ "ms", NSEC_PER_MSEC }, { "s", NSEC_PER_SEC }, { "m", 60 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const struct unit *take_unit(const char **s)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(*s, units[i].name, n) == 0) {
			*s += n;
			return &units[i];
		}
	}
	return NULL;
}

/* Digits after the point, as a fraction of @one; what is below a nanosecond is dropped. */
static int64_t fraction(const char *digits, size_t n, int64_t one)
{
	double scale = (double)one, sum = 0;

	for (size_t i = 0; i < n; i++) {
		scale /= 10;
		sum += (digits[i] - '0') * scale;
	}
	return (int64_t)(sum + 0.5);
}

/* One "1.5h": a number and its unit, added to *@sum. */
static int add_part(const char **s, int64_t *sum)
{
	const char *p = *s, *decimals;
	const struct unit *u;
	int64_t v = 0;
	bool any = is_digit(*p);
	size_t n;

	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return -ERANGE;
	}
	decimals = *p == '.' ? p + 1 : p;
	n = *p == '.' ? strspn(decimals, "0123456789") : 0;
	if (!any && n == 0)
		return -EINVAL;
	p = decimals + n;
	u = take_unit(&p);
	if (!u)
		return -EINVAL;
	if (__builtin_mul_overflow(v, u->nsec, &v) ||
	    __builtin_add_overflow(v, fraction(decimals, n, u->nsec), &v) ||
	    __builtin_add_overflow(*sum, v, sum))
		return -ERANGE;
	*s = p;
	return 0;
}

int duration_parse(const char *s, int64_t *ret)
{
	bool negative = *s == '-';
	int64_t sum = 0;

	s += *s == '-' || *s == '+';
	if (STREQ(s, "0")) {
		*ret = 0;
		return 0;
	}
	if (!*s)
		return -EINVAL;
	while (*s) {
		int r = add_part(&s, &sum);

		if (r < 0)
			return r;
	}
	*ret = negative ? -sum : sum;
	return 0;
}

/* "1.5" of a number of @unit, without zeros at the end. */
static const char *decimal(char *out, size_t size, int64_t nsec, int64_t unit, const char *name)
{
	char digits[24];
	int64_t rest = nsec % unit;
	size_t n;

	(void)snprintf(digits, sizeof(digits), ".%09lld",
		       (long long)(rest * (NSEC_PER_SEC / unit)));
	for (n = strlen(digits); n > 0 && (digits[n - 1] == '0' || digits[n - 1] == '.'); n--)
		digits[n - 1] = '\0';
	(void)snprintf(out, size, "%lld%s%s", (long long)(nsec / unit), digits, name);
	return out;
}

const char *duration_text(char out[DURATION_TEXT_MAX], int64_t nsec)
{
	int64_t minutes = nsec / (60 * NSEC_PER_SEC);
	char seconds[32];

	if (nsec <= 0)
		return "0s";
	if (nsec < 1000)
		return decimal(out, DURATION_TEXT_MAX, nsec, 1, "ns");
	if (nsec < NSEC_PER_MSEC)
		return decimal(out, DURATION_TEXT_MAX, nsec, 1000, "\xc2\xb5s");
	if (nsec < NSEC_PER_SEC)
		return decimal(out, DURATION_TEXT_MAX, nsec, NSEC_PER_MSEC, "ms");
	(void)decimal(seconds, sizeof(seconds), nsec % (60 * NSEC_PER_SEC), NSEC_PER_SEC, "s");
	if (minutes >= 60)
		(void)snprintf(out, DURATION_TEXT_MAX, "%lldh%lldm%s", (long long)minutes / 60,
			       (long long)minutes % 60, seconds);
	else if (minutes > 0)
		(void)snprintf(out, DURATION_TEXT_MAX, "%lldm%s", (long long)minutes, seconds);
	else
		(void)snprintf(out, DURATION_TEXT_MAX, "%s", seconds);
	return out;
}

/* Seconds with up to nine decimals. */
static int parse_unix(const char *s, struct timespec *ret)
{
	struct timespec t = { 0 };
	long scale = NSEC_PER_SEC / 10;
	int64_t seconds = 0;

	if (!is_digit(*s))
		return -EINVAL;
	for (; is_digit(*s); s++) {
		if (__builtin_mul_overflow(seconds, 10, &seconds) ||
		    __builtin_add_overflow(seconds, *s - '0', &seconds))
			return -EINVAL;
	}
	if (*s == '.') {
		for (s++; is_digit(*s) && scale > 0; s++, scale /= 10)
			t.tv_nsec += (*s - '0') * scale;
	}
	t.tv_sec = (time_t)seconds;
	*ret = t;
	return *s ? -EINVAL : 0;
}

/* The zone at the end of a date: "Z", "+01:00" or, only after a time or as a third dash, "-01:00". */
static size_t zone_length(const char *s)
{
	size_t n = strlen(s);

	if (n > 0 && (s[n - 1] == 'Z' || s[n - 1] == 'z'))
		return 1;
	if (n >= 16 && s[n - 3] == ':' && (s[n - 6] == '+' || s[n - 6] == '-'))
		return 6;
	return 0;
}

/* What is left out of "2006-01-02T15:04:05" and the zone is filled in; time_parse() does the rest. */
static int parse_date(const char *s, long zone, struct timespec *ret)
{
	static const char midnight[] = "0000-00-00T00:00:00";
	size_t zone_len = zone_length(s), n = strlen(s) - zone_len;
	char text[TIME_TEXT_MAX];
	const char *rest = "";
	int r;

	if (n < 10 || n + sizeof(midnight) + 8 > sizeof(text))
		return -EINVAL;
	if (n < sizeof(midnight) - 1) {
		if (n != 10 && n != 13 && n != 16)
			return -EINVAL;
		rest = midnight + n;
	}
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)n, s, rest, zone_len ? s + n : "Z");
	if (text[10] != 'T')
		return -EINVAL;
	r = time_parse(text, ret);
	if (r == 0 && !zone_len)
		ret->tv_sec -= zone;
	return r;
}

int when_parse(const char *s, struct timespec now, long zone, struct timespec *ret)
{
	int64_t back;

	if (!STREQ(s, "0") && duration_parse(s, &back) == 0) {
		int64_t nsec = now.tv_nsec - back % NSEC_PER_SEC;

		ret->tv_sec = (time_t)(now.tv_sec - back / NSEC_PER_SEC);
		if (nsec < 0 || nsec >= NSEC_PER_SEC) {
			ret->tv_sec += nsec < 0 ? -1 : 1;
			nsec += nsec < 0 ? NSEC_PER_SEC : -NSEC_PER_SEC;
		}
		ret->tv_nsec = (long)nsec;
		return 0;
	}
	return parse_unix(s, ret) == 0 ? 0 : parse_date(s, zone, ret);
}

long when_local_zone(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? local.tm_gmtoff : 0;
}

int time_compare(struct timespec a, struct timespec b)
{
	if (a.tv_sec != b.tv_sec)
		return a.tv_sec < b.tv_sec ? -1 : 1;
	return a.tv_nsec < b.tv_nsec ? -1 : a.tv_nsec > b.tv_nsec;
}
