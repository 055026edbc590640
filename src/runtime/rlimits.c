/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rlimits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/parse.h"

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "core", RLIMIT_CORE },       { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },       { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },     { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },   { "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },	       { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },   { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

static int parse_value(const char *text, uint64_t *ret)
{
	if (STREQ(text, "-1") || STREQ(text, "unlimited")) {
		*ret = RLIMITS_UNLIMITED;
		return 0;
	}
	return parse_u64(text, INT64_MAX, ret);
}

static int parse_values(const char *text, struct rlimits_one *one, struct error *err)
{
	auto_free char *soft = strndup(text, strcspn(text, ":"));
	const char *hard = strchr(text, ':');

	if (!soft)
		return error_set(err, ENOMEM, "--ulimit");
	if (hard && strchr(hard + 1, ':'))
		return error_msg(err, EINVAL,
				 "too many limit value arguments - %s, can only have up to two, `soft[:hard]`", text);
	if (parse_value(soft, &one->soft) < 0 || parse_value(hard ? hard + 1 : soft, &one->hard) < 0)
		return error_msg(err, EINVAL, "invalid ulimit value '%s'", text);
	if (one->soft > one->hard)
		return error_msg(err, EINVAL, "ulimit soft limit must be less than or equal to hard limit: %s", text);
	return 0;
}

int rlimits_parse(const char *text, struct rlimits_one *ret, struct error *err)
{
	size_t n = strcspn(text, "=");

	if (!text[n])
		return error_msg(err, EINVAL, "invalid ulimit argument: %s", text);
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		struct rlimits_one one = { resources[i].name, resources[i].resource, 0, 0 };
		int r;

		if (strlen(one.name) != n || strncmp(one.name, text, n) != 0)
			continue;
		r = parse_values(text + n + 1, &one, err);
		if (r == 0)
			*ret = one;
		return r;
	}
	return error_msg(err, EINVAL, "invalid ulimit type: %.*s", (int)n, text);
}

int rlimits_set(const struct rlimits_one *one)
{
	struct rlimit wanted = {
		.rlim_cur = one->soft == RLIMITS_UNLIMITED ? RLIM_INFINITY : one->soft,
		.rlim_max = one->hard == RLIMITS_UNLIMITED ? RLIM_INFINITY : one->hard,
	};
	struct rlimit now;

	if (setrlimit(one->resource, &wanted) == 0)
		return 0;
	if (errno != EPERM || getrlimit(one->resource, &now) < 0)
		return -errno;
	/* Without CAP_SYS_RESOURCE, or above what the kernel itself allows (fs.nr_open). */
	wanted.rlim_max = MIN(wanted.rlim_max, now.rlim_max);
	wanted.rlim_cur = MIN(wanted.rlim_cur, wanted.rlim_max);
	return setrlimit(one->resource, &wanted) < 0 ? -errno : 0;
}
