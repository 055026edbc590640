/* SPDX-License-Identifier: Apache-2.0 */
/* --ulimit NAME=SOFT[:HARD]: getrlimit(2) */
#ifndef BERTH_RUNTIME_RLIMITS_H
#define BERTH_RUNTIME_RLIMITS_H

#include <stdint.h>

#include "base/error.h"

#define RLIMITS_UNLIMITED UINT64_MAX

struct rlimits_one {
	const char *name;
	int resource; /* RLIMIT_… */
	uint64_t soft, hard;
};

/** rlimits_parse() - docker's grammar and errors. */
int rlimits_parse(const char *text, struct rlimits_one *ret, struct error *err);

/** rlimits_set() - of this process; what may not be raised is left as high as it is. Return: 0 or -errno. */
int rlimits_set(const struct rlimits_one *one);

#endif
