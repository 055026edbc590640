/* SPDX-License-Identifier: Apache-2.0 */
/* --restart: whether a container that has ended is started again, and when. Pure. */
#ifndef BERTH_RUNTIME_RESTART_H
#define BERTH_RUNTIME_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"

enum restart_kind { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_UNLESS_STOPPED };

struct restart_policy {
	enum restart_kind kind;
	unsigned max_retries; /* on-failure: 0 is without end */
};

/** restart_policy_parse() - no, always, unless-stopped, on-failure[:N]; "" is no. -EINVAL with docker's message. */
int restart_policy_parse(const char *text, struct restart_policy *ret, struct error *err);

/** restart_policy_json() / _read() - docker's {"Name":…,"MaximumRetryCount":…}; absent: no. */
void restart_policy_json(const struct restart_policy *p, struct jsonw *w, const char *key);
int restart_policy_read(const struct json *j, struct restart_policy *ret);

/* What is remembered from one end to the next. */
struct restart_state {
	unsigned count; /* restarts so far */
	int delay_ms;	/* the last wait; 0: none yet */
};

/**
 * restart_next() - docker's back-off: 100 ms, doubled each time up to a minute, from the start again after
 * a run of ten seconds.
 * Return: milliseconds to wait before the next start, or -1 if it is to stay as it is.
 */
int restart_next(const struct restart_policy *p, struct restart_state *s, int exit_code, int64_t ran_ms);

#endif
