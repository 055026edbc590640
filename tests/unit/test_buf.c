/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/strv.h"
#include "tap.h"

static void grows(void)
{
	auto_buf struct buf b = BUF_INIT;

	EQ_STR(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	EQ_INT(b.len, 2000);
	OK(!buf_failed(&b));
	buf_truncate(&b, 4);
	EQ_STR(buf_str(&b), "0,1,");
}

static void keeps_its_limit(void)
{
	auto_buf struct buf b = { .limit = 4 };
	char *s;

	buf_adds(&b, "1234");
	OK(!buf_failed(&b));
	buf_addc(&b, '5');
	OK(buf_failed(&b));
	s = buf_take(&b);
	OK(s == NULL);
}

static void sets_environment(void)
{
	auto_strv struct strv env = STRV_INIT;

	EQ_INT(strv_add(&env, "A=1"), 0);
	EQ_INT(strv_set_env(&env, "AB=2"), 0);
	EQ_INT(strv_set_env(&env, "A=3"), 0);
	EQ_INT(env.n, 2);
	EQ_STR(strv_get_env(&env, "A"), "3");
	EQ_STR(strv_get_env(&env, "AB"), "2");
	OK(strv_get_env(&env, "B") == NULL);
}

TAP_MAIN(grows, keeps_its_limit, sets_environment)
