/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/macros.h"

static int digits(const char *s, unsigned base, uint64_t max, uint64_t *ret, const char **end)
{
	uint64_t v = 0;

	if (*s < '0' || *s >= '0' + (int)base)
		return -EINVAL;
	for (; *s >= '0' && *s < '0' + (int)base; s++) {
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v) || v > max)
			return -ERANGE;
	}
	*ret = v;
	*end = s;
	return 0;
}

int parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	const char *end;
	uint64_t v;
	int r = digits(s, 10, max, &v, &end);

	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	*ret = v;
	return 0;
}

int parse_octal(const char *s, unsigned max, unsigned *ret)
{
	const char *end;
	uint64_t v;
	int r = digits(s, 8, max, &v, &end);

	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	*ret = (unsigned)v;
	return 0;
}

/* The digits after a point, as @ret_part / @ret_scale; what a millionth does not say is left out. */
static int fraction(const char *s, uint64_t *ret_part, uint64_t *ret_scale, const char **end)
{
	uint64_t part = 0, scale = 1;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (scale == 1000000)
			continue;
		part = part * 10 + (uint64_t)(*s - '0');
		scale *= 10;
	}
	*ret_part = part;
	*ret_scale = scale;
	*end = s;
	return 0;
}

/* What follows the digits of a size: nothing, or a unit, which all but "b" may have "b" or "ib" after. */
static int unit_power(const char *s, unsigned *ret)
{
	static const char units[] = "bBkKmMgGtTpP";
	const char *unit = *s ? strchr(units, *s) : units;

	if (!unit)
		return -EINVAL;
	*ret = (unsigned)(unit - units) / 2;
	if (!*s || !s[1])
		return 0;
	return *ret > 0 && (strcasecmp(s + 1, "b") == 0 || strcasecmp(s + 1, "ib") == 0) ? 0 : -EINVAL;
}

int parse_size(const char *s, uint64_t *ret)
{
	const char *end;
	unsigned power = 0;
	uint64_t v, part = 0, scale = 1;
	int r = digits(s, 10, UINT64_MAX, &v, &end);

	if (r == 0 && *end == '.')
		r = fraction(end + 1, &part, &scale, &end);
	if (r == 0 && *end == ' ' && end[1])
		end++;
	if (r == 0)
		r = unit_power(end, &power);
	if (r < 0)
		return r;
	/* part is less than scale, and stays so; what goes over into bytes is added to v. */
	for (unsigned i = 0; i < power; i++) {
		if (__builtin_mul_overflow(v, 1024, &v) || __builtin_add_overflow(v, part * 1024 / scale, &v))
			return -ERANGE;
		part = part * 1024 % scale;
	}
	*ret = v;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (STREQ(s, yes[i]) || STREQ(s, no[i])) {
			*ret = STREQ(s, yes[i]);
			return 0;
		}
	}
	return -EINVAL;
}

/* The quoted field that starts after @s's opening quote; @*end is left after the closing one. */
static int quoted_field(const char *s, struct buf *field, const char **end)
{
	for (;; s++) {
		if (*s == '\0')
			return -EINVAL;
		if (*s == '"') {
			if (s[1] != '"')
				break;
			s++;
		}
		buf_addc(field, *s);
	}
	*end = s + 1;
	return 0;
}

static int csv_field(const char *s, struct buf *field, const char **end)
{
	if (*s == '"') {
		int r = quoted_field(s + 1, field, end);

		if (r < 0)
			return r;
		return **end == ',' || **end == '\0' ? 0 : -EINVAL;
	}
	*end = s + strcspn(s, ",");
	buf_add(field, s, (size_t)(*end - s));
	return strchr(buf_str(field), '"') ? -EINVAL : 0;
}

int parse_csv(const char *s, struct strv *ret)
{
	auto_strv struct strv fields = STRV_INIT;

	if (strpbrk(s, "\r\n"))
		return -EINVAL;
	for (;;) {
		auto_buf struct buf field = BUF_INIT;
		int r = csv_field(s, &field, &s);

		if (r == 0)
			r = strv_take(&fields, buf_take(&field));
		if (r < 0)
			return r;
		if (*s == '\0')
			break;
		s++;
	}
	strv_done(ret);
	*ret = fields;
	fields = STRV_INIT;
	return 0;
}
