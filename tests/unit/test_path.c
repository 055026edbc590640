/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "tap.h"

static void cleans(void)
{
	static const char *const cases[][2] = {
		{ "/", "/" }, { "//", "/" }, { "/..", "/" }, { "/../a", "/a" }, { "/a/", "/a" },
		{ "/a//b/./c", "/a/b/c" }, { "/a/b/..", "/a" }, { "/a/..", "/" }, { "", "." },
		{ ".", "." }, { "a/..", "." }, { "..", ".." }, { "../..", "../.." },
		{ "../a/..", ".." }, { "a/../..", ".." }, { "./a", "a" }, { "/...", "/..." },
		{ "/a/..b", "/a/..b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *clean = path_clean(cases[i][0]);

		EQ_STR(clean, cases[i][1]);
	}
}

static void compares(void)
{
	OK(path_is_inside("/a/b", "/a"));
	OK(path_is_inside("/a", "/a"));
	OK(!path_is_inside("/ab", "/a"));
	OK(path_is_inside("/ab", "/"));
	EQ_INT(path_depth("/"), 0);
	EQ_INT(path_depth("/a/b"), 2);
	EQ_STR(path_base("/a/b"), "b");
	EQ_STR(path_base("b"), "b");
}

static void joins(void)
{
	auto_free char *a = path_join("/a/", "/b"), *b = path_join("/", "b"), *c = path_join("a", "b");

	EQ_STR(a, "/a/b");
	EQ_STR(b, "/b");
	EQ_STR(c, "a/b");
}

TAP_MAIN(cleans, compares, joins)
