/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a container (containers/ID/config.json): a record that is accepted is written back, and what is
 * written is accepted again and written the same.
 */
#include "runtime/record.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "fuzz.h"

static void write_record(const struct container_config *c, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out, 0);

	container_config_write(c, &w);
	MUST(!buf_failed(out));
}

static int read_record(const char *text, size_t len, struct container_config *ret)
{
	auto_json struct json *j = NULL;
	struct error err = ERROR_INIT;
	int r = json_parse(text, len, &j, &err);

	if (r == 0)
		r = container_config_read(j, ret, &err);
	MUST(r == 0 || err.msg[0]);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_container_config struct container_config first = CONTAINER_CONFIG_INIT;
	auto_container_config struct container_config second = CONTAINER_CONFIG_INIT;
	auto_buf struct buf text = BUF_INIT, again = BUF_INIT, shown = BUF_INIT;
	struct jsonw w = JSONW_INIT(&shown, 2);

	if (read_record((const char *)data, size, &first) < 0)
		return 0;
	write_record(&first, &text);
	container_config_json(&first, &w, NULL);
	MUST(!buf_failed(&shown));
	MUST(read_record(buf_str(&text), text.len, &second) == 0);
	write_record(&second, &again);
	MUST(text.len == again.len && memcmp(text.data, again.data, text.len) == 0);
	return 0;
}
