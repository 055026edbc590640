/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/format.h"
#include "cli/inspect.h"

#define INDENT 4

/* Where the objects go as they are found. */
struct inspection {
	struct buf template; /* empty: JSON */
	struct buf out;
	struct jsonw array; /* into out */
};

static void inspection_done(struct inspection *in)
{
	buf_done(&in->template);
	buf_done(&in->out);
}
DEFINE_AUTO(inspection, struct inspection, inspection_done)

static int add(struct inspection *in, const struct buf *text, struct error *err)
{
	auto_json struct json *doc = NULL;
	int r;

	if (buf_failed(text))
		return error_set(err, ENOMEM, "cannot inspect");
	r = json_parse(buf_str(text), text->len, &doc, err);
	if (r < 0)
		return r;
	if (in->template.len == 0) {
		jsonw_copy(&in->array, NULL, doc);
		return 0;
	}
	r = format_render(buf_str(&in->template), doc, json_get(json_get(doc, "Config"), "Labels"),
			  &in->out, err);
	buf_addc(&in->out, '\n');
	return r;
}

int inspect_all(struct cli *cli, char *const operands[], const char *format, inspect_one one,
		struct error *err)
{
	auto_clean(inspection) struct inspection in = { .template = BUF_INIT, .out = BUF_INIT };
	bool json = !format || STREQ(format, "json");
	int status = 0;
	int r = 0;

	in.array = JSONW_INIT(&in.out, format ? 0 : INDENT);
	if (json)
		jsonw_array(&in.array, NULL);
	else
		format_unescape(&in.template, format);
	r = format_check(buf_str(&in.template), err);
	for (; r == 0 && *operands; operands++) {
		auto_buf struct buf text = BUF_INIT;
		struct jsonw w = JSONW_INIT(&text, 0);
		struct error missing = ERROR_INIT;

		if (one(cli, *operands, &w, &missing) < 0) {
			log_error(&missing);
			status = 1;
			continue;
		}
		r = add(&in, &text, err);
	}
	if (r < 0)
		return r;
	if (json) {
		jsonw_end(&in.array);
		buf_addc(&in.out, '\n');
	}
	if (buf_failed(&in.out))
		return error_set(err, ENOMEM, "cannot inspect");
	buf_add(&cli->out, buf_str(&in.out), in.out.len);
	r = cli_flush(cli, err);
	return r < 0 ? r : status;
}
