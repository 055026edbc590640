/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --filter KEY=VALUE: values of one key are alternatives, different keys must all match, and so must
 * all labels.
 */
#ifndef BERTH_CLI_FILTER_H
#define BERTH_CLI_FILTER_H

#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

/**
 * filter_check() - whether every filter is KEY=VALUE with a KEY of the list.
 * @keys: the known ones, ended by NULL
 * Return: 0, or -EINVAL "invalid filter 'x'", naming the known ones as a hint.
 */
int filter_check(const struct strv *filters, const char *const *keys, struct error *err);

/** filter_value() - the value of filters->v[@i] if it is of @key, else NULL. Borrowed. */
const char *filter_value(const struct strv *filters, size_t i, const char *key);

/** filter_any() - whether there is no filter of @key or @matches says yes to the value of one. */
bool filter_any(const struct strv *filters, const char *key,
		bool (*matches)(const char *value, const void *context), const void *context);

/** filter_labels() - whether all of label=KEY[=VALUE] and label!=KEY[=VALUE] hold for @labels. */
bool filter_labels(const struct strv *filters, const struct json *labels);

/** filter_bool() - the boolean that filter @key has. Return: 1 if given, 0 if not, -EINVAL with @err. */
int filter_bool(const struct strv *filters, const char *key, bool *ret, struct error *err);

/**
 * filter_until() - the time that filter "until" names, in the grammar of when_parse(). Return: 1 if given, 0 if not,
 * -EINVAL with @err.
 */
int filter_until(const struct strv *filters, struct timespec *ret, struct error *err);

/** match_equal(), match_prefix(), match_pattern() - for filter_any(); @context is the text looked at. */
bool match_equal(const char *value, const void *context);
bool match_prefix(const char *value, const void *context);
/** A basic pattern: ^ and $ anchor, the rest is an extended regular expression found anywhere. */
bool match_pattern(const char *value, const void *context);

#endif
