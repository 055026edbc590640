/* SPDX-License-Identifier: Apache-2.0 */
/* What template_header_read() takes covers the device without overlap, and is written so that it reads as the same. */
#include "template/header.h"

#include <stdint.h>
#include <string.h>

#include "fuzz.h"

static void check(const struct template_header *h)
{
	uint64_t end = 0;

	for (size_t i = 0; i < h->n_extents; i++) {
		const struct header_extent *e = &h->extents[i];

		MUST(e->offset == end && e->length > 0);
		MUST(e->build == HEADER_ZEROS || e->build < h->n_builds);
		MUST(header_find_extent(h, e->offset) == i);
		end = e->offset + e->length;
	}
	MUST(end >= h->size);
	for (size_t i = 1; i < h->n_builds; i++)
		MUST(uuid_compare(&h->builds[i - 1].id, &h->builds[i].id) < 0);
}

/* Old versions may hold what the strict layout has no place for; their children are written from sound mappings. */
static void write_again(struct template_header *h)
{
	auto_template_header struct template_header again = TEMPLATE_HEADER_INIT;
	auto_buf struct buf out = { .limit = HEADER_INFLATED_MAX };

	if ((h->version & 0xffff) < 3 || h->size > (uint64_t)1 << 40 || template_header_write(h, &out, NULL) < 0)
		return;
	MUST(template_header_read(buf_str(&out), out.len, &again, NULL) == 0);
	MUST(again.n_extents == h->n_extents && again.size == h->size);
	for (size_t i = 0; i < h->n_extents; i++) {
		MUST(again.extents[i].offset == h->extents[i].offset);
		MUST(again.extents[i].length == h->extents[i].length);
		MUST(again.extents[i].storage == h->extents[i].storage);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_template_header struct template_header h = TEMPLATE_HEADER_INIT;

	if (template_header_read(data, size, &h, NULL) < 0)
		return 0;
	check(&h);
	write_again(&h);
	return 0;
}
