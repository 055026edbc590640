/* SPDX-License-Identifier: Apache-2.0 */
/* The options of run and create about health checks, for run_options.c's table; S is its own. */
#ifndef BERTH_CLI_HEALTH_OPTIONS_H
#define BERTH_CLI_HEALTH_OPTIONS_H

#include "base/when.h"
#include "cli/opt.h"

static inline int parse_health_duration(const char *arg, void *value, struct error *err)
{
	int64_t v;

	if (duration_parse(arg, &v) < 0)
		return error_msg(err, EINVAL, "invalid duration \"%s\" of a health check: use 30s, 1m30s or 500ms",
				 arg);
	if (v < 0)
		return error_msg(err, EINVAL, "a duration of a health check cannot be negative: %s", arg);
	*(int64_t *)value = v;
	return 0;
}

#define HEALTH_DURATION(name, member, text)                                                        \
	OPT_PARSED(name, 0, S, req.health.member, parse_health_duration, "DURATION", text)

/* clang-format off */
#define HEALTH_OPTIONS                                                                             \
	OPT_STRING("health-cmd", 0, S, req.health.cmd, "COMMAND",                                  \
		   "Shell command in the container that fails when it is not healthy (default: the image's)"), \
	HEALTH_DURATION("health-interval", interval, "Time between two checks (default 30s)"),     \
	OPT_INT("health-retries", 0, S, req.health.retries, "N",                                   \
		"How many failures in a row make it unhealthy (default 3)"),                       \
	HEALTH_DURATION("health-start-interval", start_interval,                                   \
			"Time between two checks during the start period (default 5s)"),           \
	HEALTH_DURATION("health-start-period", start_period,                                       \
			"How long the container may take to start: failures don't count yet (default 0s)"), \
	HEALTH_DURATION("health-timeout", timeout, "How long one check may take (default 30s)")

#define NO_HEALTH_OPTION                                                                           \
	OPT_FLAG("no-healthcheck", 0, S, req.health.none, "Do without the image's health check")
/* clang-format on */

#endif
