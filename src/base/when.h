/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and points in time as docker's options take them. */
#ifndef BERTH_BASE_WHEN_H
#define BERTH_BASE_WHEN_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC  1000000000LL
#define NSEC_PER_MSEC 1000000LL

/**
 * duration_parse() - Go's time.ParseDuration: "1h30m", "1.5s", "100ms", "-2m", "0"; units h m s ms us µs ns.
 * @ret: nanoseconds
 * Return: 0, -EINVAL or -ERANGE.
 */
int duration_parse(const char *s, int64_t *ret);

/** duration_text() - Go's Duration.String(): "1m30s", "1.5s", "0s". */
#define DURATION_TEXT_MAX 48
const char *duration_text(char out[DURATION_TEXT_MAX], int64_t nsec);

/**
 * when_parse() - docker's grammar of --since and --until: a duration back from @now; a date, or a date and
 * time of RFC 3339 down to hours, minutes, seconds or nanoseconds, with a zone or in the local one; seconds
 * since 1970 with up to nine decimals.
 * @zone: seconds that the local zone is east of UTC
 * Return: 0 or -EINVAL.
 */
int when_parse(const char *s, struct timespec now, long zone, struct timespec *ret);

/** when_local_zone() - the seconds that the local zone is east of UTC now. */
long when_local_zone(void);

/** time_compare() - below 0, 0 or above 0 as @a is before, at or after @b. */
int time_compare(struct timespec a, struct timespec b);

#endif
