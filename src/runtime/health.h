/* SPDX-License-Identifier: Apache-2.0 */
/* HEALTHCHECK and --health-*: what is to be done and what came of it. Pure; probe.c does it. */
#ifndef BERTH_RUNTIME_HEALTH_H
#define BERTH_RUNTIME_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/strv.h"

/* From the command line; a duration of 0 and retries of 0 were not given. */
struct health_request {
	const char *cmd;
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds */
	int retries;
	bool none;
};

/* docker's Healthcheck object; 0: the default. */
struct health_config {
	struct strv test; /* "CMD-SHELL" and a line, "CMD" and words, or "NONE"; empty: there is none */
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds */
	int64_t retries;
};

void health_config_done(struct health_config *h);

/** health_config_build() - what was asked for, and where that says nothing what @image's, a Healthcheck, does. */
int health_config_build(const struct health_request *req, const struct json *image, struct health_config *ret,
			struct error *err);

/** health_config_json() / _read() - docker's object. Nothing is written where there is no check. */
void health_config_json(const struct health_config *h, struct jsonw *w, const char *key);
int health_config_read(const struct json *j, struct health_config *ret);

/** health_is_checked() - whether there is something to run. */
bool health_is_checked(const struct health_config *h);

/** health_argv() - the command to run in the container. */
int health_argv(const struct health_config *h, struct strv *ret);

/** health_timeout_ms() - how long it may take. */
int64_t health_timeout_ms(const struct health_config *h);

enum health_status { HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

#define HEALTH_LOG	  5
#define HEALTH_OUTPUT_MAX 4096

struct health_result {
	char start[40], end[40];
	int exit_code; /* -1: it was not done in time, or could not be started */
	char *output;  /* owned */
};

struct health {
	enum health_status status;
	int64_t streak; /* failures in a row */
	size_t n;
	struct health_result log[HEALTH_LOG]; /* oldest first */
};

void health_done(struct health *h);

/** health_wait_ms() - from the end of a check, or of the start, to the next one. @age_ms: since the start. */
int64_t health_wait_ms(const struct health_config *c, const struct health *h, int64_t age_ms);

/** health_note() - take in @result, of which it takes the output. Return: whether the status has changed. */
bool health_note(const struct health_config *c, struct health *h, struct health_result *result, int64_t age_ms);

const char *health_status_name(enum health_status s);

/** health_json() - docker's State.Health. */
void health_json(const struct health *h, struct jsonw *w, const char *key);

#endif
