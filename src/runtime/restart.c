/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/restart.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/parse.h"

#define FIRST_DELAY_MS 100
#define LAST_DELAY_MS  60000
#define GOOD_RUN_MS    10000 /* after which the next failure is a new one */

static const char *const names[] = {
	[RESTART_NO] = "no",
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_ALWAYS] = "always",
	[RESTART_UNLESS_STOPPED] = "unless-stopped",
};

static int kind_of(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == n && strncmp(name, names[i], n) == 0)
			return (int)i;
	}
	return -EINVAL;
}

int restart_policy_parse(const char *text, struct restart_policy *ret, struct error *err)
{
	size_t n = strcspn(text, ":");
	struct restart_policy p = { 0 };
	uint64_t retries = 0;
	int kind;

	if (!*text) {
		*ret = p;
		return 0;
	}
	if (n == 0)
		return error_msg(err, EINVAL, "invalid restart policy format: no policy provided before colon");
	kind = kind_of(text, n);
	if (kind < 0)
		return error_msg(err, EINVAL,
				 "invalid restart policy: unknown policy '%.*s'; use one of 'no', 'always', "
				 "'on-failure', or 'unless-stopped'", (int)n, text);
	if (text[n] && parse_u64(text + n + 1, INT_MAX, &retries) < 0)
		return error_msg(err, EINVAL,
				 "invalid restart policy format: maximum retry count must be an integer");
	if (text[n] && kind != RESTART_ON_FAILURE)
		return error_msg(err, EINVAL, "invalid restart policy: maximum retry count can only be used with "
				 "'on-failure'");
	*ret = (struct restart_policy){ (enum restart_kind)kind, (unsigned)retries };
	return 0;
}

void restart_policy_json(const struct restart_policy *p, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_str(w, "Name", names[p->kind]);
	jsonw_int(w, "MaximumRetryCount", p->max_retries);
	jsonw_end(w);
}

int restart_policy_read(const struct json *j, struct restart_policy *ret)
{
	const char *name = json_get_str(j, "Name");
	int kind = name ? kind_of(name, strlen(name)) : RESTART_NO;
	int64_t retries = json_int(json_get(j, "MaximumRetryCount"), 0);

	if (kind < 0 || retries < 0 || retries > INT_MAX)
		return -EINVAL;
	*ret = (struct restart_policy){ (enum restart_kind)kind, (unsigned)retries };
	return 0;
}

int restart_next(const struct restart_policy *p, struct restart_state *s, int exit_code, int64_t ran_ms)
{
	if (p->kind == RESTART_NO)
		return -1;
	if (p->kind == RESTART_ON_FAILURE &&
	    (exit_code == 0 || (p->max_retries && s->count >= p->max_retries)))
		return -1;
	s->delay_ms = s->delay_ms == 0 || ran_ms >= GOOD_RUN_MS ? FIRST_DELAY_MS : s->delay_ms * 2;
	if (s->delay_ms > LAST_DELAY_MS)
		s->delay_ms = LAST_DELAY_MS;
	s->count++;
	return s->delay_ms;
}
