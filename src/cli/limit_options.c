/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/limit_options.h"

#include <sched.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"

#define NANO 1000000000ULL

int limit_parse_bytes(const char *arg, void *value, struct error *err)
{
	uint64_t n;

	if (parse_size(arg, &n) < 0 || n > INT64_MAX)
		return error_msg(err, EINVAL, "invalid size: '%s'", arg);
	*(int64_t *)value = (int64_t)n;
	return 0;
}

int limit_parse_swap(const char *arg, void *value, struct error *err)
{
	if (!STREQ(arg, "-1"))
		return limit_parse_bytes(arg, value, err);
	*(int64_t *)value = -1;
	return 0;
}

int limit_parse_number(const char *arg, void *value, struct error *err)
{
	uint64_t n;
	bool negative = *arg == '-';

	if (parse_u64(arg + negative, INT64_MAX, &n) < 0)
		return error_msg(err, EINVAL, "not a number");
	*(int64_t *)value = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

/* docker: 0 and -1 are no limit. */
int limit_parse_pids(const char *arg, void *value, struct error *err)
{
	int64_t n = 0;
	int r = limit_parse_number(arg, &n, err);

	if (r == 0)
		*(int64_t *)value = n > 0 ? n : -1;
	return r;
}

/* A decimal number, exact to the billionth. */
int limit_parse_cpus(const char *arg, void *value, struct error *err)
{
	size_t whole = strcspn(arg, "."), rest = arg[whole] ? strlen(arg + whole + 1) : 0;
	auto_free char *front = strndup(arg, whole);
	char digits[] = "000000000";
	uint64_t n = 0, part;

	if (rest > sizeof(digits) - 1)
		return error_msg(err, EINVAL, "value is too precise");
	memcpy(digits, arg + whole + (rest > 0), rest);
	if (!front || whole + rest == 0 || (*front && parse_u64(front, INT64_MAX / NANO - 1, &n) < 0) ||
	    parse_u64(digits, NANO, &part) < 0)
		return error_msg(err, EINVAL, "failed to parse %s as a rational number", arg);
	*(int64_t *)value = (int64_t)(n * NANO + part);
	return 0;
}

int limit_parse_text(const char *arg, void *value, struct error *err)
{
	char **to = value, *copy = *arg ? strdup(arg) : NULL;

	if (*arg && !copy)
		return error_set(err, ENOMEM, "cannot keep it");
	free(*to);
	*to = copy;
	return 0;
}

int limit_parse_swappiness(const char *arg, void *value, struct error *err)
{
	struct limits *l = value;
	int r = limit_parse_number(arg, &l->swappiness, err);

	/* docker: -1 is as if it was not given. */
	l->has_swappiness = r == 0 && l->swappiness != -1;
	return r;
}

int limit_parse_cgroupns(const char *arg, void *value, struct error *err)
{
	if (!STREQ(arg, "host") && !STREQ(arg, "private"))
		return error_msg(err, EINVAL, "invalid cgroup namespace mode: host or private");
	*(bool *)value = STREQ(arg, "host");
	return 0;
}

int limit_parse_kernel_memory(const char *arg, void *value, struct error *err)
{
	(void)arg;
	(void)value;
	return error_msg(err, EINVAL, "kernels have no limit of their own memory any more; --memory counts it");
}

/* DEVICE:RATE, with the checks and words of docker's opts/throttledevice.go. */
static int parse_throttle(struct limits *l, enum throttle_kind kind, const char *arg, struct error *err)
{
	const char *colon = strchr(arg, ':');
	auto_free char *path = colon ? strndup(arg, (size_t)(colon - arg)) : NULL;
	bool bytes = kind == THROTTLE_READ_BPS || kind == THROTTLE_WRITE_BPS;
	uint64_t rate;
	int r;

	if (!colon)
		return error_msg(err, EINVAL, "bad format: %s", arg);
	if (!path || strncmp(path, "/dev/", 5) != 0)
		return error_msg(err, EINVAL, "bad format for device path: %s", arg);
	r = bytes ? parse_size(colon + 1, &rate) : parse_u64(colon + 1, INT64_MAX, &rate);
	if (r < 0 || rate > INT64_MAX)
		return error_msg(
			err, EINVAL,
			"invalid rate for device: %s. The correct format is <device-path>:<number>%s. "
			"Number must be a positive integer%s",
			arg, bytes ? "[<unit>]" : "", bytes ? ". Unit is optional and can be kb, mb, or gb" : "");
	r = limits_throttle(l, kind, path, rate);
	return r < 0 ? error_set(err, r, "cannot keep it") : 0;
}

int limit_parse_read_bps(const char *arg, void *value, struct error *err)
{
	return parse_throttle(value, THROTTLE_READ_BPS, arg, err);
}

int limit_parse_write_bps(const char *arg, void *value, struct error *err)
{
	return parse_throttle(value, THROTTLE_WRITE_BPS, arg, err);
}

int limit_parse_read_iops(const char *arg, void *value, struct error *err)
{
	return parse_throttle(value, THROTTLE_READ_IOPS, arg, err);
}

int limit_parse_write_iops(const char *arg, void *value, struct error *err)
{
	return parse_throttle(value, THROTTLE_WRITE_IOPS, arg, err);
}

unsigned limit_options_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : CPU_SETSIZE;
}

int limit_options_check(const struct limits *l, struct error *err)
{
	return limits_is_default(l) ? 0 : limits_check(l, limit_options_cpus(), err);
}
