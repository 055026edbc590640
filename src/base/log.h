/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for a person on standard error. Only the command line and processes of berth's own that
 * outlive it (monitor, helper) print errors and warnings; libraries log nothing above debug.
 */
#ifndef BERTH_BASE_LOG_H
#define BERTH_BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/** log_setup() - set the level ("debug" "info" "warn" "error" …) and the format. -EINVAL on an unknown level. */
int log_setup(const char *level, bool json);

/** log_enabled() - whether messages of @level are printed. */
bool log_enabled(enum log_level level);

void log_message(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** log_error() - print "berth: MSG" and, where there is one, "hint: …". */
void log_error(const struct error *err);

#define log_debug(...)                                                                             \
	do {                                                                                       \
		if (log_enabled(LOG_LEVEL_DEBUG))                                                  \
			log_message(LOG_LEVEL_DEBUG, __VA_ARGS__);                                 \
	} while (0)
#define log_warning(...) log_message(LOG_LEVEL_WARN, __VA_ARGS__)

#endif
