/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's --format: text with {{…}}, the subset of Go's templates that people type. Known are fields
 * (.A.B, .), strings, numbers, parentheses, pipes, and the functions json, len, index, join, upper,
 * lower, title, split, truncate, print and println; .Label "key". {{if}}, {{range}} and the like are
 * refused with a clear error. Values print as Go prints them: map[k:v], [a b], <no value>.
 */
#ifndef BERTH_CLI_FORMAT_H
#define BERTH_CLI_FORMAT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

/** format_unescape() - replace \n and \t, as people write them in shells, by what they mean. */
void format_unescape(struct buf *out, const char *text);

/** format_check() - whether @text is a template that format_render() can use. 0 or -EINVAL with @err. */
int format_check(const char *text, struct error *err);

/**
 * format_render() - append @text with its fields filled in from @doc.
 * @labels: what .Label looks in: an object of strings, or NULL
 *
 * Return: 0, or -EINVAL with @err (wrong syntax, wrong types); @out may then hold a part.
 */
int format_render(const char *text, const struct json *doc, const struct json *labels,
		  struct buf *out, struct error *err);

/**
 * format_header() - append the heading of a table whose rows are made by @text.
 * @names: an object that maps a field to its heading; others become their name in capitals
 */
int format_header(const char *text, const struct json *names, struct buf *out, struct error *err);

#endif
