/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/idmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define LAST_ID (UINT32_MAX - 1) /* (uid_t)-1 is no id */

static int bad(const char *text, struct error *err)
{
	return error_hint(err, error_msg(err, EINVAL, "invalid idmap '%.100s'", text),
			  "it is uids=F-H-L#F-H-L;gids=F-H-L: L ids from F on appear as those from H on");
}

/* F-H-L, up to @n characters of @s. */
static int parse_range(const char *s, size_t n, struct id_range *ret)
{
	uint64_t v[3];

	for (size_t i = 0; i < 3; i++) {
		size_t len = 0;
		auto_free char *digits = NULL;

		while (len < n && s[len] != '-')
			len++;
		digits = strndup(s, len);
		if (!digits)
			return -ENOMEM;
		if (parse_u64(digits, LAST_ID, &v[i]) < 0 || (i < 2) != (len < n))
			return -EINVAL;
		s += len + (len < n);
		n -= len + (len < n);
	}
	if (v[2] == 0 || v[0] + v[2] > (uint64_t)LAST_ID + 1 || v[1] + v[2] > (uint64_t)LAST_ID + 1)
		return -EINVAL;
	*ret = (struct id_range){ (uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2] };
	return 0;
}

static bool overlap(uint32_t a, uint32_t an, uint32_t b, uint32_t bn)
{
	return a < (uint64_t)b + bn && b < (uint64_t)a + an;
}

static bool fits(const struct id_ranges *ranges, const struct id_range *new)
{
	for (size_t i = 0; i < ranges->n; i++) {
		const struct id_range *r = &ranges->v[i];

		if (overlap(r->on_disk, r->count, new->on_disk, new->count) ||
		    overlap(r->seen, r->count, new->seen, new->count))
			return false;
	}
	return ranges->n < IDMAP_MAX_RANGES;
}

static int parse_ranges(const char *s, size_t n, struct id_ranges *ret)
{
	while (n > 0) {
		const char *hash = memchr(s, '#', n);
		size_t len = hash ? (size_t)(hash - s) : n, skip = len > 0 && s[0] == '@';
		struct id_range one;

		if (parse_range(s + skip, len - skip, &one) < 0 || !fits(ret, &one))
			return -EINVAL;
		ret->v[ret->n++] = one;
		s += len + (hash != NULL);
		n -= len + (hash != NULL);
		if (hash && n == 0)
			return -EINVAL;
	}
	return ret->n > 0 ? 0 : -EINVAL;
}

int mount_idmap_parse(const char *text, struct idmap *ret, struct error *err)
{
	struct idmap m = IDMAP_INIT;
	const char *s = text;

	while (*s) {
		size_t n = strcspn(s, ";");
		struct id_ranges *to = NULL;

		if (strncmp(s, "uids=", 5) == 0)
			to = &m.uids;
		else if (strncmp(s, "gids=", 5) == 0)
			to = &m.gids;
		if (!to || to->n > 0 || parse_ranges(s + 5, n - 5, to) < 0 || (s[n] && !s[n + 1]))
			return bad(text, err);
		s += n + (s[n] == ';');
	}
	if (s == text)
		return bad(text, err);
	*ret = m;
	return 0;
}

static void add(struct id_ranges *ranges, uint64_t on_disk, uint64_t seen, uint64_t count)
{
	if (count > 0)
		ranges->v[ranges->n++] = (struct id_range){ (uint32_t)on_disk, (uint32_t)seen,
							    (uint32_t)count };
}

void mount_idmap_swap(struct id_ranges *ranges, uint32_t from, uint32_t to)
{
	uint32_t low = from < to ? from : to, high = from < to ? to : from;

	ranges->n = 0;
	if (low == high) {
		add(ranges, 0, 0, (uint64_t)LAST_ID + 1);
		return;
	}
	add(ranges, 0, 0, low);
	add(ranges, low, high, 1);
	add(ranges, low + 1, low + 1, high - low - 1);
	add(ranges, high, low, 1);
	add(ranges, (uint64_t)high + 1, (uint64_t)high + 1, LAST_ID - high);
}
