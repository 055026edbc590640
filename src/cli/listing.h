/* SPDX-License-Identifier: Apache-2.0 */
/* The list commands' output: rows given as JSON objects, printed as --format and -q say. */
#ifndef BERTH_CLI_LISTING_H
#define BERTH_CLI_LISTING_H

#include "base/json.h"
#include "cli/cli.h"

struct listing {
	struct buf template; /* what makes one row */
	struct buf rows;
	bool is_table, is_json;
};

#define LISTING_INIT ((struct listing){ .template = BUF_INIT, .rows = BUF_INIT })

void listing_done(struct listing *l);
DEFINE_AUTO(listing, struct listing, listing_done)
#define auto_listing auto_clean(listing)

/* The help text of --format where rows are listed. */
#define LISTING_FORMAT_HELP \
 "How to print: 'table', 'table TEMPLATE', 'json' or a TEMPLATE such as '{{.ID}}'"

/**
 * listing_begin() - decide on the form of the rows.
 * @format: what --format said, or NULL
 * @table: the command's own columns, fields between tabs
 * @headings: JSON object, field to heading; a field that is not in it is headed by its name in capitals; or
 *   NULL: no headings
 *
 * Return: 0, or -EINVAL with @err for a format that can't be used.
 */
int listing_begin(struct listing *l, const char *format, const char *table, const char *headings,
		  struct error *err);

/** listing_add() - one row. @row: JSON text of an object, all strings; @labels: for .Label, or NULL. */
int listing_add(struct listing *l, const struct buf *row, const struct json *labels,
		struct error *err);

/** listing_end() - hand the rows to standard output. */
void listing_end(struct listing *l, struct cli *cli);

/** labels_text() - an object of labels as docker lists it: "a=1,b=2". */
void labels_text(struct buf *out, const struct json *labels);

#endif
