/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/caps.h"

#include <errno.h>
#include <sys/prctl.h>

#include "sys/syscalls.h"

int caps_limit_bounding(uint64_t keep)
{
	/* Up to 63, not up to the last name known here: a newer kernel's capabilities go too. */
	for (unsigned cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EINVAL && cap > 0 ? 0 : -errno;
	}
	return 0;
}

int caps_set(uint64_t caps)
{
	return sys_capset(caps, caps, 0);
}
