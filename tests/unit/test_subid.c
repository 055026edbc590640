/* SPDX-License-Identifier: Apache-2.0 */
/* Which subordinate ids are whose. */
#include "store/subid.h"

#include <stdlib.h>

#include "tap.h"

static void finds_names(void)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nnobody\nann:x:1000:1000::/:/bin/sh\n:x:7:7::/:\n";
	char *name = subid_user_name(passwd, 1000);

	EQ_STR(name, "ann");
	free(name);
	OK(subid_user_name(passwd, 7) == NULL);
	OK(subid_user_name(passwd, 1001) == NULL);
	OK(subid_user_name("", 0) == NULL);
}

static void maps_ranges(void)
{
	struct id_ranges r;

	subid_map("bob:1:2\nann:100000:65536\n1000:300000:10\n", "ann", 1000, 1000, &r);
	EQ_INT(r.n, 3);
	EQ_INT(r.v[0].on_disk, 0);
	EQ_INT(r.v[0].seen, 1000);
	EQ_INT(r.v[0].count, 1);
	EQ_INT(r.v[1].on_disk, 1);
	EQ_INT(r.v[1].seen, 100000);
	EQ_INT(r.v[1].count, 65536);
	EQ_INT(r.v[2].on_disk, 65537);
	EQ_INT(r.v[2].seen, 300000);
	EQ_INT(r.v[2].count, 10);
}

static void passes_over_what_is_no_range(void)
{
	static const char text[] = "ann\nann:\nann:5\nann:x:1\nann:5:0\nann:4294967290:100\n\nann:1:4294967295\n";
	struct id_ranges r;

	subid_map(text, "ann", 1000, 50, &r);
	EQ_INT(r.n, 1);
	EQ_INT(r.v[0].seen, 50);
	subid_map("ann:100:5", NULL, 1000, 1000, &r);
	EQ_INT(r.n, 1);
	subid_map("ann:100:5", "ann", 1000, 1000, &r);
	EQ_INT(r.n, 2);
}

TAP_MAIN(finds_names, maps_ranges, passes_over_what_is_no_range)
