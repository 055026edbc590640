/* SPDX-License-Identifier: Apache-2.0 */
/* A stored line of a container's output: what is accepted is written again and read as the same text. */
#include "runtime/logline.h"

#include <string.h>

#include "fuzz.h"

static void check(const char *data, size_t size, enum log_format format)
{
	auto_log_line struct log_line first = LOG_LINE_INIT, second = LOG_LINE_INIT;
	auto_buf struct buf text = BUF_INIT, again = BUF_INIT;

	if (log_line_parse(data, size, format, &first) < 0 || memchr(data, '\n', size))
		return;
	log_line_format(&text, format, first.is_stderr, buf_str(&first.text), first.text.len, NULL);
	MUST(!buf_failed(&text));
	MUST(log_line_parse(text.data, text.len - 1, format, &second) == 0);
	MUST(first.is_stderr == second.is_stderr);
	log_line_format(&again, format, second.is_stderr, buf_str(&second.text), second.text.len, NULL);
	MUST(again.len == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check((const char *)data, size, LOG_FORMAT_JSON);
	check((const char *)data, size, LOG_FORMAT_K8S);
	return 0;
}
