/* SPDX-License-Identifier: Apache-2.0 */
/* Objects looked up by name and printed as docker's `inspect` does. */
#ifndef BERTH_CLI_INSPECT_H
#define BERTH_CLI_INSPECT_H

#include "base/jsonw.h"
#include "cli/cli.h"

/** inspect_one - write the JSON object of @what to @w. Return: 0, -ENOENT, -errno with @err. */
typedef int (*inspect_one)(struct cli *cli, const char *what, struct jsonw *w, struct error *err);

/**
 * inspect_all() - one JSON array of all objects found, or the template for each.
 * @format: what --format said, or NULL
 *
 * An object that is not there is reported and the rest is printed. Return: 0, 1 as exit status, -errno.
 */
int inspect_all(struct cli *cli, char *const operands[], const char *format, inspect_one one,
		struct error *err);

#endif
