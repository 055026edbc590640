/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

static void grows(void)
{
	auto_strv struct strv s = STRV_INIT;

	OK(s.v == NULL);
	EQ_INT(strv_add(&s, "b"), 0);
	EQ_INT(strv_add(&s, ""), 0);
	EQ_INT(strv_take(&s, strdup("a")), 0);
	EQ_INT(strv_take(&s, NULL), -ENOMEM);
	EQ_INT(s.n, 3);
	OK(s.v[3] == NULL);
	OK(strv_has(&s, "a") && strv_has(&s, "") && !strv_has(&s, "c"));
	strv_sort(&s);
	EQ_STR(s.v[0], "");
	EQ_STR(s.v[1], "a");
	EQ_STR(s.v[2], "b");
}

static void copies(void)
{
	char a[] = "a", b[] = "b";
	char *const from[] = { a, b, NULL };
	auto_strv struct strv s = STRV_INIT;

	EQ_INT(strv_add(&s, "old"), 0);
	EQ_INT(strv_copy(&s, from), 0);
	EQ_INT(s.n, 2);
	EQ_STR(s.v[1], "b");
	/* Of itself, as when a record is refreshed. */
	EQ_INT(strv_copy(&s, s.v), 0);
	EQ_INT(s.n, 2);
	EQ_STR(s.v[0], "a");
	EQ_INT(strv_copy(&s, NULL), 0);
	EQ_INT(s.n, 0);
	OK(s.v == NULL);
	strv_sort(&s);
}

static void is_an_environment(void)
{
	auto_strv struct strv s = STRV_INIT;

	EQ_INT(strv_set_env(&s, "A=1"), 0);
	EQ_INT(strv_set_env(&s, "AB=2"), 0);
	EQ_INT(strv_set_env(&s, "A=3"), 0);
	EQ_INT(s.n, 2);
	EQ_STR(strv_get_env(&s, "A"), "3");
	EQ_STR(strv_get_env(&s, "AB"), "2");
	OK(strv_get_env(&s, "B") == NULL);
	EQ_INT(strv_set_env(&s, "E="), 0);
	EQ_STR(strv_get_env(&s, "E"), "");
}

TAP_MAIN(grows, copies, is_an_environment)
