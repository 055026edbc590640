/* SPDX-License-Identifier: Apache-2.0 */
/* Strict text to number. Nothing is skipped: no leading space, no sign, no trailing text. */
#ifndef BERTH_BASE_PARSE_H
#define BERTH_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

/** parse_u64() - decimal digits only, at most @max. Return: 0, -EINVAL or -ERANGE. */
int parse_u64(const char *s, uint64_t max, uint64_t *ret);

/** parse_octal() - octal digits only, at most @max. Return: 0, -EINVAL or -ERANGE. */
int parse_octal(const char *s, unsigned max, unsigned *ret);

/**
 * parse_size() - bytes with an optional unit b k m g t p (1024-based, any case, optional "b" or "ib" after), as
 * docker's RAMInBytes: "1.5g" and "64 MB" are sizes. Return: 0, -EINVAL or -ERANGE.
 */
int parse_size(const char *s, uint64_t *ret);

/** parse_bool() - 1 t T true TRUE True 0 f F false FALSE False, as Go's strconv.ParseBool. 0 or -EINVAL. */
int parse_bool(const char *s, bool *ret);

/**
 * parse_csv() - one record of RFC 4180 as Go's encoding/csv reads it: fields between commas, a quoted
 * field may hold commas and "" for a quote; a bare quote in an unquoted field is an error.
 *
 * Return: 0, -EINVAL (bad quoting, or more than one line) or -ENOMEM.
 */
int parse_csv(const char *s, struct strv *ret);

#endif
