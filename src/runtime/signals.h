/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_RUNTIME_SIGNALS_H
#define BERTH_RUNTIME_SIGNALS_H

#include "base/error.h"

/** signal_parse() - "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3". Return: the number, or -EINVAL with @err. */
int signal_parse(const char *name, struct error *err);

#endif
