/* SPDX-License-Identifier: Apache-2.0 */
/* The text of :idmap, and the exchange of two ids that :U is. */
#include "mount/idmap.h"

#include <errno.h>

#include "tap.h"

/* What @id on disk appears as, or -1 for none. */
static int64_t seen(const struct id_ranges *ranges, uint32_t id)
{
	int64_t found = -1;

	for (size_t i = 0; i < ranges->n; i++) {
		const struct id_range *r = &ranges->v[i];

		if (id >= r->on_disk && id - r->on_disk < r->count) {
			OK(found == -1);
			found = (int64_t)r->seen + (id - r->on_disk);
		}
	}
	return found;
}

static void reads_ranges(void)
{
	struct idmap m = IDMAP_INIT;

	EQ_INT(mount_idmap_parse("uids=0-100000-65536#70000-0-1;gids=@5-6-7", &m, NULL), 0);
	EQ_INT(m.uids.n, 2);
	EQ_INT(seen(&m.uids, 65535), 165535);
	EQ_INT(seen(&m.uids, 70000), 0);
	EQ_INT(seen(&m.uids, 65536), -1);
	EQ_INT(seen(&m.gids, 11), 12);
	EQ_INT(mount_idmap_parse("gids=1-2-3", &m, NULL), 0);
	EQ_INT(m.uids.n, 0);
}

static void refuses(void)
{
	static const char *const bad[] = {
		"", "x", "uids", "uids=", "uids=1", "uids=1-2", "uids=1-2-3-4", "uids=-1-2-3", "uids=1-2-0",
		"uids=1-2-3#", "uids=#1-2-3", "uids=1-2-3;", ";uids=1-2-3", "uids=1-2-3;uids=9-9-1",
		"uids=1-2-3#3-9-1", "uids=1-2-3#9-4-1", "uids=4294967295-0-1", "uids=4294967294-0-2",
		"uids=0x1-2-3", "uids= 1-2-3", "UIDS=1-2-3", "uids=1-2-3,gids=1-2-3", "uids=@@1-2-3",
		"uids=0-0-1#1-1-1#2-2-1#3-3-1#4-4-1#5-5-1#6-6-1#7-7-1#8-8-1#9-9-1#10-10-1#11-11-1#12-12-1"
		"#13-13-1#14-14-1#15-15-1#16-16-1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		struct idmap m = IDMAP_INIT;

		EQ_INT(mount_idmap_parse(bad[i], &m, &err), -EINVAL);
		OK(err.msg[0]);
	}
}

static void swaps(void)
{
	static const uint32_t ids[] = { 0, 1, 2, 999, 1000, 1001, 65534, 4294967293u, 4294967294u };
	const size_t n = sizeof(ids) / sizeof(ids[0]);

	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			struct id_ranges r = { .n = 0 };

			mount_idmap_swap(&r, ids[a], ids[b]);
			OK(r.n <= 5);
			for (size_t i = 0; i < n; i++) {
				uint32_t want = ids[i] == ids[a]   ? ids[b]
						: ids[i] == ids[b] ? ids[a]
								   : ids[i];

				EQ_INT(seen(&r, ids[i]), want);
			}
		}
	}
}

TAP_MAIN(reads_ranges, refuses, swaps)
