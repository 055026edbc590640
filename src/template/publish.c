/* SPDX-License-Identifier: Apache-2.0 */
/* A new build of the changes that a writable device holds. */
#include <errno.h>
#include <string.h>

#include "template/cow.h"
#include "template/metadata.h"
#include "template/pack.h"
#include "template/stream.h"
#include "template/stream_internal.h"

#define BLOCK ((size_t)HEADER_BLOCK)
#define RUN   64u /* blocks that are looked at at once */

struct diff {
	struct block_device *d, *lower;
	unsigned char *states;	   /* owned; of the child */
	unsigned char *now, *then; /* owned; RUN blocks each */
};

static void diff_done(struct diff *x)
{
	free(x->states);
	free(x->now);
	free(x->then);
}
DEFINE_AUTO(diff, struct diff, diff_done)

static int diff_init(struct diff *x, struct block_device *d, struct error *err)
{
	size_t blocks = d->size / BLOCK;

	x->d = d;
	x->lower = cow_lower(d);
	x->states = malloc(blocks + 1);
	x->now = malloc(RUN * BLOCK);
	x->then = malloc(RUN * BLOCK);
	if (!x->states || !x->now || !x->then)
		return error_set(err, ENOMEM, "cannot make the build");
	memcpy(x->states, cow_states(d), blocks);
	return 0;
}

/* A block that was written with what was there before, or with zeros, is no change to be kept. */
static int add_run(struct diff *x, size_t first, size_t n, struct packer *p, struct error *err)
{
	int r = x->d->ops->read(x->d, x->now, n * BLOCK, first * BLOCK);

	if (r == 0)
		r = x->lower->ops->read(x->lower, x->then, n * BLOCK, first * BLOCK);
	if (r < 0)
		return error_set(err, r, "cannot read the changes");
	for (size_t i = 0; i < n && r == 0; i++) {
		const unsigned char *block = x->now + i * BLOCK;

		if (memcmp(block, x->then + i * BLOCK, BLOCK) == 0)
			x->states[first + i] = BLOCK_SAME;
		else if (block_is_zero(block, BLOCK))
			x->states[first + i] = BLOCK_ZERO;
		else
			r = packer_add(p, block, BLOCK, err);
	}
	return r;
}

static int pack_changes(struct diff *x, struct packer *p, struct error *err)
{
	size_t blocks = x->d->size / BLOCK;
	int r = 0;

	for (size_t i = 0, end; r == 0 && i < blocks; i = end) {
		end = i + 1;
		if (x->states[i] != BLOCK_DIRTY)
			continue;
		while (end < blocks && end - i < RUN && x->states[end] == BLOCK_DIRTY)
			end++;
		r = add_run(x, i, end - i, p, err);
	}
	return r;
}

/* The data of a child is compressed as its parent's. */
static enum frame_compression compression_of(const struct template_header *h)
{
	uint32_t self = header_find_build(h, &h->build);

	return self == HEADER_ZEROS ? FRAME_NONE : h->builds[self].compression;
}

static int publish_changes(struct stream *s, struct block_device *d,
			   const struct template_names *names, const struct uuid *id,
			   struct error *err)
{
	auto_clean(diff) struct diff x = { .d = d };
	auto_packer struct packer p = PACKER_INIT;
	auto_template_header struct template_header child = TEMPLATE_HEADER_INIT;
	auto_buf struct buf metadata = BUF_INIT;
	auto_json struct json *parent = NULL;
	int r = metadata_load(s->storage, s->build.key, &parent, err);

	if (r == 0)
		r = metadata_make(parent, names, id, &s->build.header.build, &metadata, err);
	if (r == 0)
		r = packer_init(&p, s->storage, compression_of(&s->build.header), err);
	if (r == 0)
		r = diff_init(&x, d, err);
	if (r == 0)
		r = pack_changes(&x, &p, err);
	if (r == 0)
		r = template_header_merge(&s->build.header, x.states, s->build.header.size, id,
					  &child, err);
	return r < 0 ? r : packer_publish(&p, s->storage, &child, &metadata, err);
}

int template_publish(struct block_device *d, const struct template_publish_options *o,
		     struct error *err)
{
	const struct template_names names = { .template_id = o->template_id, .build = o->build };
	struct stream *s = stream_below(d);
	struct uuid id;
	int r = build_name_check("build", o->build, err);

	if (r < 0)
		return r;
	if (!cow_lower(d))
		return error_msg(err, EROFS, "a read-only template has no changes to publish");
	if (s->build.header.block_size != BLOCK)
		return error_msg(err, EINVAL,
				 "builds with blocks of other than %zu bytes are not written",
				 BLOCK);
	if (build_id(o->build, &id) < 0)
		return error_set(err, ENOMEM, "cannot make the build");
	r = publish_changes(s, d, &names, &id, err);
	return r < 0 ? error_prefix(err, r, "build '%s'", o->build) : 0;
}
