/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/health.h"

#include <errno.h>

#include "base/buf.h"
#include "base/when.h"
#include "tap.h"

static int build(const struct health_request *req, const char *image, struct health_config *ret, struct error *err)
{
	auto_json struct json *j = NULL;

	if (image)
		EQ_INT(json_parse(image, strlen(image), &j, NULL), 0);
	*ret = (struct health_config){ 0 };
	return health_config_build(req, j, ret, err);
}

static void from_the_image(void)
{
	static const char image[] = "{\"Test\":[\"CMD\",\"probe\",\"-x\"],\"Interval\":1000000000,\"Retries\":5}";
	struct health_request req = { 0 };
	struct health_config c;
	auto_buf struct buf out = BUF_INIT;
	auto_strv struct strv argv = STRV_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);

	EQ_INT(build(&req, NULL, &c, NULL), 0);
	OK(!health_is_checked(&c));
	EQ_INT(build(&req, image, &c, NULL), 0);
	OK(health_is_checked(&c));
	health_config_json(&c, &w, NULL);
	EQ_STR(buf_str(&out), image);
	EQ_INT(health_argv(&c, &argv), 0);
	EQ_STR(argv.v[0], "probe");
	EQ_STR(argv.v[1], "-x");
	health_config_done(&c);

	req = (struct health_request){ .cmd = "true", .timeout = NSEC_PER_SEC };
	EQ_INT(build(&req, image, &c, NULL), 0);
	EQ_STR(c.test.v[0], "CMD-SHELL");
	EQ_STR(c.test.v[1], "true");
	EQ_INT(c.retries, 5);
	EQ_INT(health_timeout_ms(&c), 1000);
	health_config_done(&c);

	req = (struct health_request){ .none = true };
	EQ_INT(build(&req, image, &c, NULL), 0);
	OK(!health_is_checked(&c));
	health_config_done(&c);
}

static void wrong(void)
{
	struct health_request req = { .none = true, .cmd = "x" };
	struct health_config c;
	struct error err = ERROR_INIT;

	EQ_INT(build(&req, NULL, &c, &err), -EINVAL);
	EQ_STR(err.msg, "--no-healthcheck conflicts with --health-* options");
	req = (struct health_request){ .cmd = "x", .interval = 1000 };
	EQ_INT(build(&req, NULL, &c, &err), -EINVAL);
	EQ_STR(err.msg, "Interval in Healthcheck cannot be less than 1ms");
	req = (struct health_request){ .cmd = "x", .retries = -1 };
	EQ_INT(build(&req, NULL, &c, &err), -EINVAL);
	req = (struct health_request){ 0 };
	EQ_INT(build(&req, "{\"Test\":[1]}", &c, &err), -EINVAL);
	health_config_done(&c);
	EQ_INT(build(&req, "{\"Test\":[],\"Retries\":-1}", &c, &err), -EINVAL);
	health_config_done(&c);
}

static bool note(const struct health_config *c, struct health *h, int exit_code, int64_t age_ms)
{
	struct health_result r = { .exit_code = exit_code, .output = strdup("said") };

	return health_note(c, h, &r, age_ms);
}

static void failures_and_recovery(void)
{
	struct health_config c = { .retries = 2 };
	struct health h = { 0 };

	EQ_STR(health_status_name(h.status), "starting");
	OK(!note(&c, &h, 1, 0));
	OK(note(&c, &h, 1, 0));
	EQ_INT(h.status, HEALTH_UNHEALTHY);
	EQ_INT(h.streak, 2);
	OK(!note(&c, &h, -1, 0));
	EQ_INT(h.streak, 3);
	OK(note(&c, &h, 0, 0));
	EQ_INT(h.status, HEALTH_HEALTHY);
	EQ_INT(h.streak, 0);
	OK(!note(&c, &h, 1, 0));
	OK(note(&c, &h, 7, 0));
	EQ_INT(h.n, HEALTH_LOG);
	EQ_INT(h.log[HEALTH_LOG - 1].exit_code, 7);
	EQ_INT(h.log[0].exit_code, 1);
	health_done(&h);
}

static void start_period(void)
{
	struct health_config c = { .retries = 1, .start_period = 10 * NSEC_PER_SEC, .interval = 20 * NSEC_PER_SEC,
				   .start_interval = NSEC_PER_SEC };
	struct health h = { 0 };

	EQ_INT(health_wait_ms(&c, &h, 0), 1000);
	EQ_INT(health_wait_ms(&c, &h, 10000), 20000);
	OK(!note(&c, &h, 1, 9999));
	EQ_INT(h.streak, 0);
	OK(note(&c, &h, 0, 9999));
	/* Once healthy the grace is over, and so are the short waits. */
	EQ_INT(health_wait_ms(&c, &h, 5000), 20000);
	OK(note(&c, &h, 1, 9999));
	EQ_INT(h.status, HEALTH_UNHEALTHY);
	health_done(&h);
	c = (struct health_config){ .start_period = NSEC_PER_SEC };
	EQ_INT(health_wait_ms(&c, &h, 0), 5000);
	EQ_INT(health_wait_ms(&c, &h, 1000), 30000);
}

TAP_MAIN(from_the_image, wrong, failures_and_recovery, start_period)
