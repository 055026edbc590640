/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/format.h"
#include "cli/listing.h"
#include "cli/table.h"

void listing_done(struct listing *l)
{
	buf_done(&l->template);
	buf_done(&l->rows);
}

static int add_heading(struct listing *l, const char *headings, struct error *err)
{
	auto_json struct json *names = NULL;
	int r = json_parse(headings, strlen(headings), &names, err);

	if (r == 0)
		r = format_header(buf_str(&l->template), names, &l->rows, err);
	if (r == 0)
		buf_addc(&l->rows, '\n');
	return r;
}

int listing_begin(struct listing *l, const char *format, const char *table, const char *headings,
		  struct error *err)
{
	int r;

	if (!format || !*format || STREQ(format, "table")) {
		l->is_table = true;
		buf_adds(&l->template, table);
	} else if (strncmp(format, "table ", 6) == 0) {
		l->is_table = true;
		format_unescape(&l->template, format + 6);
	} else if (STREQ(format, "json")) {
		l->is_json = true;
	} else {
		format_unescape(&l->template, format);
	}
	r = format_check(buf_str(&l->template), err);
	if (r < 0 || !l->is_table || !headings)
		return r;
	return add_heading(l, headings, err);
}

int listing_add(struct listing *l, const struct buf *row, const struct json *labels,
		struct error *err)
{
	auto_json struct json *doc = NULL;
	int r;

	if (buf_failed(row))
		return error_set(err, ENOMEM, "cannot list");
	if (l->is_json) {
		buf_addf(&l->rows, "%s\n", buf_str(row));
		return 0;
	}
	r = json_parse(buf_str(row), row->len, &doc, err);
	if (r == 0)
		r = format_render(buf_str(&l->template), doc, labels, &l->rows, err);
	if (r == 0)
		buf_addc(&l->rows, '\n');
	return r;
}

void listing_end(struct listing *l, struct cli *cli)
{
	if (l->is_table)
		table_align(&cli->out, buf_str(&l->rows), TABLE_WIDTH);
	else
		buf_add(&cli->out, buf_str(&l->rows), l->rows.len);
	if (buf_failed(&l->rows))
		cli->out.failed = true;
}

void labels_text(struct buf *out, const struct json *labels)
{
	json_for_each(label, labels) {
		const char *value = json_str(label);

		buf_addf(out, "%s%s=%s", label == json_first(labels) ? "" : ",", json_key(label),
			 value ? value : "");
	}
}
