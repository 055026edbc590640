/* SPDX-License-Identifier: Apache-2.0 */
/* Where the output of a detached container goes: --log-driver and --log-opt. */
#ifndef BERTH_RUNTIME_LOGCONFIG_H
#define BERTH_RUNTIME_LOGCONFIG_H

#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/strv.h"

enum log_driver {
	LOG_DRIVER_JSON_FILE, /* docker's format, in the file `log` of the record */
	LOG_DRIVER_K8S_FILE,  /* kubernetes' format, in the same place */
	LOG_DRIVER_NONE,
	LOG_DRIVER_PASSTHROUGH, /* the standard streams of the berth that starts it */
	LOG_DRIVER_JOURNALD,
};

struct log_config {
	enum log_driver driver;
	struct strv opts; /* NAME=VALUE */
};

void log_config_done(struct log_config *c);

/** log_config_build() - from the command line: checks names and values. @driver: NULL for json-file. */
int log_config_build(const char *driver, const struct strv *opts, struct log_config *ret, struct error *err);

/** log_config_json() / log_config_read() - docker's {"Type":…,"Config":{…}}; absent: json-file. */
void log_config_json(const struct log_config *c, struct jsonw *w, const char *key);
int log_config_read(const struct json *j, struct log_config *ret);

/** log_driver_name() - as it is written on the command line. */
const char *log_driver_name(enum log_driver d);

/** log_driver_has_file() - whether `logs` can read what the driver keeps. */
bool log_driver_has_file(enum log_driver d);

struct log_limits {
	uint64_t max_size;  /* bytes of one file; 0: unlimited */
	unsigned max_files; /* with the one being written */
};

/** log_config_limits() - what max-size and max-file say. */
struct log_limits log_config_limits(const struct log_config *c);

/**
 * log_config_attrs() - the "attrs" of every line: the container's @labels and environment that
 * --log-opt labels= and env= name, as a JSON object. Return: a string to be freed, or NULL if there are none.
 */
char *log_config_attrs(const struct log_config *c, const struct strv *labels, const struct strv *env);

#endif
