/* SPDX-License-Identifier: Apache-2.0 */
/* The header in memory: its table of builds, its mapping, and the mapping of a child. */
#include "template/header.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"

void template_header_done(struct template_header *h)
{
	for (size_t i = 0; i < h->n_builds; i++)
		free(h->builds[i].frames);
	free(h->builds);
	free(h->extents);
	*h = TEMPLATE_HEADER_INIT;
}

/* Where @id is in the table, or would be. */
static size_t build_place(const struct template_header *h, const struct uuid *id)
{
	size_t low = 0, high = h->n_builds;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (uuid_compare(&h->builds[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t header_find_build(const struct template_header *h, const struct uuid *id)
{
	size_t i = build_place(h, id);

	return i < h->n_builds && uuid_compare(&h->builds[i].id, id) == 0 ? (uint32_t) i
									  : HEADER_ZEROS;
}

int header_need_build(struct template_header *h, const struct uuid *id, uint32_t *ret)
{
	size_t i = build_place(h, id);
	struct header_build *builds;

	if (i >= h->n_builds || uuid_compare(&h->builds[i].id, id) != 0) {
		builds = h->n_builds < HEADER_ZEROS
				 ? array_room(h->builds, h->n_builds, sizeof(*builds))
				 : NULL;
		if (!builds)
			return -ENOMEM;
		h->builds = builds;
		memmove(h->builds + i + 1, h->builds + i, (h->n_builds - i) * sizeof(*h->builds));
		h->builds[i] = (struct header_build){ .id = *id };
		h->n_builds++;
		for (size_t e = 0; e < h->n_extents; e++) {
			if (h->extents[e].build != HEADER_ZEROS && h->extents[e].build >= i)
				h->extents[e].build++;
		}
	}
	*ret = (uint32_t) i;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return uuid_compare(a, b);
}

int header_need_builds(struct template_header *h, struct uuid *ids, size_t n)
{
	struct header_build *all;
	size_t have = 0, next = 0, unique = 0, capacity = 1;

	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < n; i++) {
		if (!unique || uuid_compare(&ids[i], &ids[unique - 1]) != 0)
			ids[unique++] = ids[i];
	}
	while (capacity < unique + h->n_builds)
		capacity *= 2;
	all = reallocarray(NULL, capacity, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; have < h->n_builds || i < unique;) {
		int order = have == h->n_builds ? 1
			    : i == unique	? -1
						: uuid_compare(&h->builds[have].id, &ids[i]);

		all[next++] =
			order <= 0 ? h->builds[have++] : (struct header_build){ .id = ids[i] };
		i += order >= 0;
	}
	free(h->builds);
	h->builds = all;
	h->n_builds = next;
	return 0;
}

/*
 * Neighbours in the device are one extent only if they are neighbours in storage too: joining by build alone
 * reads other data than was written.
 */
static bool continues(const struct header_extent *a, const struct header_extent *b)
{
	return a->build == b->build && a->offset + a->length == b->offset &&
	       (a->build == HEADER_ZEROS || a->storage + a->length == b->storage);
}

int header_add_extent(struct template_header *h, const struct header_extent *e)
{
	struct header_extent *extents;

	if (h->n_extents && continues(&h->extents[h->n_extents - 1], e)) {
		h->extents[h->n_extents - 1].length += e->length;
		return 0;
	}
	extents = array_room(h->extents, h->n_extents, sizeof(*extents));
	if (!extents)
		return -ENOMEM;
	h->extents = extents;
	h->extents[h->n_extents++] = *e;
	return 0;
}

size_t header_find_extent(const struct template_header *h, uint64_t offset)
{
	size_t low = 0, high = h->n_extents;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->extents[middle].offset + h->extents[middle].length <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < h->n_extents && h->extents[low].offset <= offset ? low : h->n_extents;
}

bool header_is_packed(const struct template_header *h)
{
	for (size_t i = 0; i < h->n_builds; i++) {
		if (h->builds[i].compression != FRAME_NONE)
			return true;
	}
	return false;
}

static int copy_builds(const struct template_header *parent, struct template_header *child)
{
	for (size_t i = 0; i < parent->n_builds; i++) {
		const struct header_build *from = &parent->builds[i];
		struct header_build *to;
		uint32_t at;

		if (header_need_build(child, &from->id, &at) < 0)
			return -ENOMEM;
		to = &child->builds[at];
		*to = *from;
		to->frames = NULL;
		to->n_frames = 0;
		if (!from->n_frames)
			continue;
		to->frames = reallocarray(NULL, from->n_frames, sizeof(*to->frames));
		if (!to->frames)
			return -ENOMEM;
		memcpy(to->frames, from->frames, from->n_frames * sizeof(*to->frames));
		to->n_frames = from->n_frames;
	}
	return 0;
}

/* [@offset, @end) as the parent has it; zeros beyond its end. The child's table is the parent's and itself at @self. */
static int add_same(const struct template_header *parent, uint32_t self, struct template_header *child,
		    uint64_t offset, uint64_t end)
{
	size_t i = header_find_extent(parent, offset);

	while (offset < end) {
		struct header_extent e = { .offset = offset,
					   .length = end - offset,
					   .build = HEADER_ZEROS };

		if (i < parent->n_extents) {
			const struct header_extent *from = &parent->extents[i++];
			uint64_t skip = offset - from->offset;

			e.length = MIN(end - offset, from->length - skip);
			e.build = from->build + (from->build != HEADER_ZEROS && from->build >= self);
			e.storage = from->build == HEADER_ZEROS ? 0 : from->storage + skip;
		}
		if (header_add_extent(child, &e) < 0)
			return -ENOMEM;
		offset += e.length;
	}
	return 0;
}

static int add_runs(const struct template_header *parent, const unsigned char *states,
		    uint32_t self, struct template_header *child)
{
	uint64_t blocks = (child->size + HEADER_BLOCK - 1) / HEADER_BLOCK, packed = 0;

	for (uint64_t i = 0, end; i < blocks; i = end) {
		struct header_extent e = { .offset = i * HEADER_BLOCK, .build = HEADER_ZEROS };
		int r;

		for (end = i + 1; end < blocks && states[end] == states[i]; end++)
			continue;
		e.length = (end - i) * HEADER_BLOCK;
		if (states[i] == BLOCK_DIRTY) {
			e.build = self;
			e.storage = packed;
			packed += e.length;
		}
		r = states[i] == BLOCK_SAME ? add_same(parent, self, child, e.offset, e.offset + e.length)
					    : header_add_extent(child, &e);
		if (r < 0)
			return r;
	}
	return 0;
}

int template_header_merge(const struct template_header *parent, const unsigned char *states,
			  uint64_t size, const struct uuid *child, struct template_header *ret,
			  struct error *err)
{
	auto_template_header struct template_header h = { .version = parent->version,
							  .block_size = parent->block_size,
							  .size = size,
							  .generation = parent->generation + 1,
							  .build = *child,
							  .base = parent->base };
	uint32_t self;

	if (size < parent->size)
		return error_msg(err, EINVAL,
				 "a build can't be smaller than the one it is made of");
	if (header_find_build(parent, child) != HEADER_ZEROS)
		return error_msg(err, EINVAL, "a build can't be its own ancestor");
	if (copy_builds(parent, &h) < 0 || header_need_build(&h, child, &self) < 0 ||
	    add_runs(parent, states, self, &h) < 0)
		return error_set(err, ENOMEM, "cannot make the header");
	*ret = h;
	h = TEMPLATE_HEADER_INIT;
	return 0;
}
