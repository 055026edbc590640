/* SPDX-License-Identifier: Apache-2.0 */
/* Small macros that every file may use. Functions that no file may use: scripts/check-style. */
#ifndef BERTH_BASE_MACROS_H
#define BERTH_BASE_MACROS_H

#include <stddef.h>

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))
#define WARN_UNUSED	   __attribute__((warn_unused_result))
#define STREQ(a, b)	   (__builtin_strcmp((a), (b)) == 0)
#define MIN(a, b)	   ((a) < (b) ? (a) : (b))
#define MAX(a, b)	   ((a) > (b) ? (a) : (b))

#endif
