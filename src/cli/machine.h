/* SPDX-License-Identifier: Apache-2.0 */
/* What `version` and `info` tell of the machine, and how a single JSON document is printed. */
#ifndef BERTH_CLI_MACHINE_H
#define BERTH_CLI_MACHINE_H

#include "cli/cli.h"

/** machine_arch() - the architecture as OCI names it: "amd64", "arm64", … */
const char *machine_arch(void);

/**
 * print_document() - print @doc (JSON text of an object) as --format says.
 * @format: what it said: NULL, "json" or a template
 * @text: the template for NULL
 */
int print_document(struct cli *cli, const struct buf *doc, const char *format, const char *text,
		   struct error *err);

#endif
