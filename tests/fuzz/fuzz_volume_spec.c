/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of -v and --tmpfs; -v's first, since nearly everything that is one is no tmpfs. */
#include "spec_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);

	check_spec(mount_parse_volume, text);
	check_spec(mount_parse_tmpfs, text);
	return 0;
}
