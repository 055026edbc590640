/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/restart.h"

#include <errno.h>

#include "base/buf.h"
#include "tap.h"

static struct restart_policy parsed(const char *text)
{
	struct restart_policy p = { .kind = RESTART_NO, .max_retries = 99 };

	EQ_INT(restart_policy_parse(text, &p, NULL), 0);
	return p;
}

static void parse(void)
{
	struct restart_policy p = { 0 };
	struct error err = ERROR_INIT;

	EQ_INT(parsed("").kind, RESTART_NO);
	EQ_INT(parsed("no").kind, RESTART_NO);
	EQ_INT(parsed("always").kind, RESTART_ALWAYS);
	EQ_INT(parsed("unless-stopped").kind, RESTART_UNLESS_STOPPED);
	EQ_INT(parsed("on-failure").max_retries, 0);
	EQ_INT(parsed("on-failure:3").max_retries, 3);
	EQ_INT(restart_policy_parse("never", &p, &err), -EINVAL);
	EQ_STR(err.msg, "invalid restart policy: unknown policy 'never'; use one of 'no', 'always', 'on-failure', or "
			"'unless-stopped'");
	EQ_INT(restart_policy_parse("always:3", &p, &err), -EINVAL);
	EQ_INT(restart_policy_parse("on-failure:x", &p, &err), -EINVAL);
	EQ_INT(restart_policy_parse("on-failure:", &p, &err), -EINVAL);
	EQ_INT(restart_policy_parse("on-failure:-1", &p, &err), -EINVAL);
	EQ_INT(restart_policy_parse(":3", &p, &err), -EINVAL);
	EQ_INT(restart_policy_parse("Always", &p, &err), -EINVAL);
}

static void record(void)
{
	struct restart_policy p = parsed("on-failure:3"), back = { 0 };
	auto_buf struct buf out = BUF_INIT;
	auto_json struct json *j = NULL;
	struct jsonw w = JSONW_INIT(&out, 0);

	restart_policy_json(&p, &w, NULL);
	EQ_STR(buf_str(&out), "{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}");
	EQ_INT(json_parse(buf_str(&out), out.len, &j, NULL), 0);
	EQ_INT(restart_policy_read(j, &back), 0);
	EQ_INT(back.kind, RESTART_ON_FAILURE);
	EQ_INT(back.max_retries, 3);
	EQ_INT(restart_policy_read(NULL, &back), 0);
	EQ_INT(back.kind, RESTART_NO);
}

static void back_off(void)
{
	struct restart_policy p = parsed("always");
	struct restart_state s = { 0 };
	static const int waits[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000 };

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		EQ_INT(restart_next(&p, &s, 0, 9999), waits[i]);
	EQ_INT(restart_next(&p, &s, 0, 10000), 100);
	EQ_INT(restart_next(&p, &s, 1, 0), 200);
	EQ_INT(s.count, 14);
}

static void failures(void)
{
	struct restart_policy p = parsed("on-failure:2"), none = parsed("no"), endless = parsed("on-failure");
	struct restart_state s = { 0 }, e = { .count = 1000000 };

	EQ_INT(restart_next(&p, &s, 0, 0), -1);
	EQ_INT(restart_next(&p, &s, 1, 0), 100);
	EQ_INT(restart_next(&p, &s, 1, 0), 200);
	EQ_INT(restart_next(&p, &s, 1, 0), -1);
	EQ_INT(s.count, 2);
	EQ_INT(restart_next(&none, &s, 1, 0), -1);
	EQ_INT(restart_next(&endless, &e, 137, 0), 100);
}

TAP_MAIN(parse, record, back_off, failures)
