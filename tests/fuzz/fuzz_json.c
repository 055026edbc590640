/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader and writer: whatever is accepted is written back, and what is written is accepted again
 * and written the same, plain and indented.
 */
#include "base/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "fuzz.h"

/* Every getter on every value, also those that are for another type. */
static size_t walk(const struct json *v)
{
	size_t n = 1;

	(void)json_str(v);
	(void)json_number(v);
	(void)json_int(v, -1);
	(void)json_bool(v, false);
	(void)json_key(v);
	json_for_each(member, v) {
		const char *key = json_key(member);

		MUST(!key == (json_type(v) != JSON_OBJECT));
		MUST(!key || json_get(v, key));
		n += walk(member);
	}
	MUST(json_count(v) == 0 || json_first(v));
	return n;
}

static void write_value(const struct json *v, int indent, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, indent);

	jsonw_copy(&w, NULL, v);
	MUST(!buf_failed(out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int indents[] = { 0, 4 };
	auto_json struct json *v = NULL;
	struct error err = ERROR_INIT;
	int r = json_parse((const char *)data, size, &v, &err);

	if (r < 0) {
		MUST(!v && err.code == -r && err.msg[0]);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(indents); i++) {
		auto_buf struct buf first = BUF_INIT, second = BUF_INIT;
		auto_json struct json *again = NULL;

		write_value(v, indents[i], &first);
		MUST(json_parse(buf_str(&first), first.len, &again, NULL) == 0);
		MUST(walk(again) == walk(v));
		write_value(again, indents[i], &second);
		MUST(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	}
	return 0;
}
