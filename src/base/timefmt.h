/* SPDX-License-Identifier: Apache-2.0 */
/* Times as docker writes them: RFC 3339 in UTC with nanoseconds, and "3 minutes ago". */
#ifndef BERTH_BASE_TIMEFMT_H
#define BERTH_BASE_TIMEFMT_H

#include <stdint.h>
#include <time.h>

#define TIME_TEXT_MAX 96

/** time_format() - "2026-11-21T06:30:00.123456789Z" into @out. Return: @out. */
const char *time_format(char out[TIME_TEXT_MAX], struct timespec t);

/** time_format_now() - the same for the current time. */
const char *time_format_now(char out[TIME_TEXT_MAX]);

/** time_parse() - the reverse, with any offset ("Z", "+01:00") and 0-9 decimals. Return: 0 or -EINVAL. */
int time_parse(const char *s, struct timespec *ret);

/** time_parse_until() - a point in time as --filter until= takes it: RFC 3339, or a span before now in s m h d. */
int time_parse_until(const char *s, struct timespec *ret);

/** duration_format() - docker's words for a span: "Less than a second", "About a minute", "3 hours", "2 days". */
const char *duration_format(char out[TIME_TEXT_MAX], int64_t seconds);

/** size_format() - bytes as docker prints them: 1000-based, 4 digits at most: "13.3kB", "1.24MB", "0B". */
const char *size_format(char out[TIME_TEXT_MAX], uint64_t bytes);

#endif
