/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"

#include <errno.h>

#include "base/id.h"
#include "tap.h"

static void numbers(void)
{
	uint64_t v = 0;
	unsigned mode = 0;

	EQ_INT(parse_u64("42", UINT64_MAX, &v), 0);
	EQ_INT(v, 42);
	EQ_INT(parse_u64("18446744073709551615", UINT64_MAX, &v), 0);
	EQ_INT(parse_u64("18446744073709551616", UINT64_MAX, &v), -ERANGE);
	EQ_INT(parse_u64("2147483648", 2147483647, &v), -ERANGE);
	EQ_INT(parse_u64("", 9, &v), -EINVAL);
	EQ_INT(parse_u64("-1", 9, &v), -EINVAL);
	EQ_INT(parse_u64("+1", 9, &v), -EINVAL);
	EQ_INT(parse_u64(" 1", 9, &v), -EINVAL);
	EQ_INT(parse_u64("0x1", 9, &v), -EINVAL);
	EQ_INT(parse_octal("1777", 07777, &mode), 0);
	EQ_INT(mode, 01777);
	EQ_INT(parse_octal("8", 07777, &mode), -EINVAL);
	EQ_INT(parse_octal("10000", 07777, &mode), -ERANGE);
}

static void sizes(void)
{
	uint64_t v = 0;

	EQ_INT(parse_size("64m", &v), 0);
	EQ_INT(v, 64 << 20);
	EQ_INT(parse_size("1KiB", &v), 0);
	EQ_INT(v, 1024);
	EQ_INT(parse_size("10b", &v), 0);
	EQ_INT(v, 10);
	EQ_INT(parse_size("1.5g", &v), 0);
	EQ_INT(v, 1610612736);
	EQ_INT(parse_size("64 MB", &v), 0);
	EQ_INT(v, 64 << 20);
	EQ_INT(parse_size("0.000001p", &v), 0);
	EQ_INT(v, 1125899906);
	EQ_INT(parse_size("2.9999999999", &v), 0);
	EQ_INT(v, 2);
	EQ_INT(parse_size("1.", &v), -EINVAL);
	EQ_INT(parse_size("1.5.5", &v), -EINVAL);
	EQ_INT(parse_size("1 ", &v), -EINVAL);
	EQ_INT(parse_size("1x", &v), -EINVAL);
	EQ_INT(parse_size("m", &v), -EINVAL);
	EQ_INT(parse_size("1mm", &v), -EINVAL);
	EQ_INT(parse_size("99999999999t", &v), -ERANGE);
}

static void booleans(void)
{
	bool v = false;

	EQ_INT(parse_bool("true", &v), 0);
	OK(v);
	EQ_INT(parse_bool("0", &v), 0);
	OK(!v);
	EQ_INT(parse_bool("yes", &v), -EINVAL);
}

static void csv(void)
{
	auto_strv struct strv f = STRV_INIT;

	EQ_INT(parse_csv("a,b,,c", &f), 0);
	EQ_INT(f.n, 4);
	EQ_STR(f.v[2], "");
	EQ_INT(parse_csv("x,\"o=addr=1,rw\",\"q\"\"q\"", &f), 0);
	EQ_INT(f.n, 3);
	EQ_STR(f.v[1], "o=addr=1,rw");
	EQ_STR(f.v[2], "q\"q");
	EQ_INT(parse_csv("a\"b", &f), -EINVAL);
	EQ_INT(parse_csv("\"a", &f), -EINVAL);
	EQ_INT(parse_csv("\"a\"b", &f), -EINVAL);
	EQ_INT(parse_csv("a\nb", &f), -EINVAL);
	EQ_INT(f.n, 3);
}

static void ids(void)
{
	char id[ID_SIZE];

	EQ_INT(id_random(id), 0);
	OK(id_is_valid(id));
	OK(id_is_prefix("0a"));
	OK(!id_is_prefix(""));
	OK(!id_is_prefix("xyz"));
	OK(!id_is_valid("0a"));
}

TAP_MAIN(numbers, sizes, booleans, csv, ids)
