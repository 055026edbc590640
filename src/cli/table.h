/* SPDX-License-Identifier: Apache-2.0 */
/* Columns: lines whose cells are separated by tabs, aligned as docker does (Go's text/tabwriter). */
#ifndef BERTH_CLI_TABLE_H
#define BERTH_CLI_TABLE_H

#include "base/buf.h"

/**
 * table_align() - append @text to @out with every tab replaced by as many spaces as make the cells of a
 * column start below each other: at least 3 between cells, a column at least @min wide.
 */
void table_align(struct buf *out, const char *text, size_t min);

#define TABLE_WIDTH 10 /* @min of docker's lists */

#endif
