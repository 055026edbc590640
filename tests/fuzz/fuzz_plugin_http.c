/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the volume plugin: what is accepted lies within what was given, whatever follows it. */
#include <string.h>

#include "fuzz.h"
#include "volume/plugin_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct plugin_request q = { 0 };
	ssize_t n = plugin_request_parse(text, size, &q);

	MUST(n <= (ssize_t)size);
	if (n <= 0)
		return 0;
	MUST(q.path > text && q.path_len > 0 && q.path[0] == '/');
	MUST(q.body >= text && q.body + q.body_len == text + n);
	MUST(q.path + q.path_len < q.body && q.body_len <= PLUGIN_MAX_BODY);
	MUST(plugin_request_parse(text, (size_t)n, &q) == n);
	MUST(plugin_request_parse(text, (size_t)n - 1, &q) == 0);
	return 0;
}
