/* SPDX-License-Identifier: Apache-2.0 */
/* The argument of --mount. */
#include "spec_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_spec(mount_parse_mount, text);
	return 0;
}
