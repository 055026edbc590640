/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/health.h"

#include <errno.h>
#include <string.h>

#include "base/when.h"

/* docker's. */
#define DEFAULT_INTERVAL       (30 * NSEC_PER_SEC)
#define DEFAULT_TIMEOUT	       (30 * NSEC_PER_SEC)
#define DEFAULT_START_INTERVAL (5 * NSEC_PER_SEC)
#define DEFAULT_RETRIES	       3

static const char *const status_names[] = {
	[HEALTH_STARTING] = "starting", [HEALTH_HEALTHY] = "healthy", [HEALTH_UNHEALTHY] = "unhealthy"
};

void health_config_done(struct health_config *h)
{
	strv_done(&h->test);
}

static bool is_given(const struct health_request *r)
{
	return r->cmd || r->interval || r->timeout || r->start_period || r->start_interval || r->retries;
}

static int check_durations(const struct health_request *r, struct error *err)
{
	const struct {
		const char *name;
		int64_t value;
	} durations[] = { { "Interval", r->interval }, { "Timeout", r->timeout },
			  { "StartPeriod", r->start_period }, { "StartInterval", r->start_interval } };

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		if (durations[i].value && durations[i].value < NSEC_PER_MSEC)
			return error_msg(err, EINVAL, "%s in Healthcheck cannot be less than 1ms", durations[i].name);
	}
	return r->retries < 0 ? error_msg(err, EINVAL, "Retries in Healthcheck cannot be negative") : 0;
}

static void fill(int64_t *field, int64_t value)
{
	if (value)
		*field = value;
}

int health_config_build(const struct health_request *req, const struct json *image, struct health_config *ret,
			struct error *err)
{
	int r = check_durations(req, err);

	if (r < 0)
		return r;
	if (req->none && is_given(req))
		return error_msg(err, EINVAL, "--no-healthcheck conflicts with --health-* options");
	if (req->none)
		return strv_add(&ret->test, "NONE") < 0 ? error_set(err, ENOMEM, "healthcheck") : 0;
	if (image && health_config_read(image, ret) < 0)
		return error_msg(err, EINVAL, "the image's Healthcheck is not valid");
	if (req->cmd && *req->cmd) {
		strv_done(&ret->test);
		if (strv_add(&ret->test, "CMD-SHELL") < 0 || strv_add(&ret->test, req->cmd) < 0)
			return error_set(err, ENOMEM, "healthcheck");
	}
	fill(&ret->interval, req->interval);
	fill(&ret->timeout, req->timeout);
	fill(&ret->start_period, req->start_period);
	fill(&ret->start_interval, req->start_interval);
	fill(&ret->retries, req->retries);
	return 0;
}

void health_config_json(const struct health_config *h, struct jsonw *w, const char *key)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = { { "Interval", h->interval }, { "Timeout", h->timeout },
			{ "StartPeriod", h->start_period }, { "StartInterval", h->start_interval },
			{ "Retries", h->retries } };

	if (h->test.n == 0)
		return;
	jsonw_object(w, key);
	jsonw_strv(w, "Test", &h->test);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i].value)
			jsonw_int(w, numbers[i].name, numbers[i].value);
	}
	jsonw_end(w);
}

static int read_number(const struct json *j, const char *key, int64_t *ret)
{
	*ret = json_int(json_get(j, key), 0);
	return *ret < 0 ? -EINVAL : 0;
}

int health_config_read(const struct json *j, struct health_config *ret)
{
	int r = json_strv(json_get(j, "Test"), &ret->test);

	if (r == 0)
		r = read_number(j, "Interval", &ret->interval);
	if (r == 0)
		r = read_number(j, "Timeout", &ret->timeout);
	if (r == 0)
		r = read_number(j, "StartPeriod", &ret->start_period);
	if (r == 0)
		r = read_number(j, "StartInterval", &ret->start_interval);
	return r == 0 ? read_number(j, "Retries", &ret->retries) : r;
}

bool health_is_checked(const struct health_config *h)
{
	return h->test.n > 1 && (STREQ(h->test.v[0], "CMD") || STREQ(h->test.v[0], "CMD-SHELL"));
}

int health_argv(const struct health_config *h, struct strv *ret)
{
	int r = 0;

	if (STREQ(h->test.v[0], "CMD"))
		return strv_copy(ret, h->test.v + 1);
	r = strv_add(ret, "/bin/sh");
	if (r == 0)
		r = strv_add(ret, "-c");
	return r == 0 ? strv_add(ret, h->test.v[1]) : r;
}

static int64_t ms(int64_t nsec, int64_t otherwise)
{
	int64_t v = (nsec ? nsec : otherwise) / NSEC_PER_MSEC;

	return v > 0 ? v : 1;
}

int64_t health_timeout_ms(const struct health_config *h)
{
	return ms(h->timeout, DEFAULT_TIMEOUT);
}

/* While the container is starting, a failure is none. */
static bool is_starting(const struct health_config *c, const struct health *h, int64_t age_ms)
{
	return h->status == HEALTH_STARTING && age_ms < c->start_period / NSEC_PER_MSEC;
}

int64_t health_wait_ms(const struct health_config *c, const struct health *h, int64_t age_ms)
{
	return is_starting(c, h, age_ms) ? ms(c->start_interval, DEFAULT_START_INTERVAL)
					 : ms(c->interval, DEFAULT_INTERVAL);
}

static void result_done(struct health_result *r)
{
	free(r->output);
	*r = (struct health_result){ 0 };
}

void health_done(struct health *h)
{
	for (size_t i = 0; i < h->n; i++)
		result_done(&h->log[i]);
	*h = (struct health){ 0 };
}

bool health_note(const struct health_config *c, struct health *h, struct health_result *result, int64_t age_ms)
{
	enum health_status before = h->status;
	int64_t retries = c->retries ? c->retries : DEFAULT_RETRIES;

	if (result->exit_code == 0) {
		h->status = HEALTH_HEALTHY;
		h->streak = 0;
	} else if (!is_starting(c, h, age_ms) && ++h->streak >= retries) {
		h->status = HEALTH_UNHEALTHY;
	}
	if (h->n == HEALTH_LOG) {
		result_done(&h->log[0]);
		memmove(&h->log[0], &h->log[1], sizeof(h->log[0]) * (HEALTH_LOG - 1));
		h->n--;
	}
	h->log[h->n++] = *result;
	*result = (struct health_result){ 0 };
	return h->status != before;
}

const char *health_status_name(enum health_status s)
{
	return status_names[s];
}

void health_json(const struct health *h, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_str(w, "Status", status_names[h->status]);
	jsonw_int(w, "FailingStreak", h->streak);
	jsonw_array(w, "Log");
	for (size_t i = 0; i < h->n; i++) {
		jsonw_object(w, NULL);
		jsonw_str(w, "Start", h->log[i].start);
		jsonw_str(w, "End", h->log[i].end);
		jsonw_int(w, "ExitCode", h->log[i].exit_code);
		jsonw_str(w, "Output", h->log[i].output ? h->log[i].output : "");
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}
