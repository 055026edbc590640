/* SPDX-License-Identifier: Apache-2.0 */
/* What ref_parse() takes, it writes so that it takes it again to the same; and file names come back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = strndup((const char *)data, size);
	auto_ref struct ref first = REF_INIT, second = REF_INIT;
	auto_free char *written = NULL, *again = NULL, *name = NULL, *back = NULL, *free_form = NULL;

	if (!text)
		return 0;
	free_form = ref_unescape(text);
	if (ref_parse(text, &first, NULL) < 0)
		return 0;
	written = ref_format(&first);
	assert(written && ref_parse(written, &second, NULL) == 0);
	again = ref_format(&second);
	assert(again && strcmp(written, again) == 0);
	name = ref_escape(written);
	assert(name && !strchr(name, '/'));
	back = ref_unescape(name);
	assert(back && strcmp(back, written) == 0);
	return 0;
}
