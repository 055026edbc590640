/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/template_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "template/align.h"
#include "template/stream.h"

void served_device_done(struct served_device *d)
{
	if (d->device)
		d->device->ops->free(d->device);
	template_location_done(&d->location);
	*d = SERVED_DEVICE_INIT;
}

static int open_inner(const struct store *s, const struct mount_record *r, struct served_device *d,
		      struct error *err)
{
	struct template_stream_options o = { .location = &d->location, .build = r->build_id };
	auto_free char *cache = NULL, *overlay = NULL;
	int n = template_cache_from_env(s->root, &cache, &o.cache_limit, err);

	if (n < 0)
		return n;
	o.cache_dir = cache;
	if (!r->read_only) {
		overlay = mount_data_path(s, r->id, "overlay");
		if (!overlay)
			return error_set(err, ENOMEM, "cannot open the template");
		o.overlay = overlay;
	}
	n = template_location_parse(r->location, &d->location, err);
	return n == 0 ? template_stream_open(&o, &d->inner, err) : n;
}

static int probe_at(struct block_device *d, uint64_t offset, int (*look)(const unsigned char *, struct fsprobe *),
		    struct fsprobe *ret)
{
	void *block = NULL;
	int r;

	if (offset + FSPROBE_HEAD > d->size)
		return -ENOENT;
	if (posix_memalign(&block, FSPROBE_HEAD, FSPROBE_HEAD) != 0)
		return -ENOMEM;
	r = d->ops->read(d, block, FSPROBE_HEAD, offset);
	if (r == 0)
		r = look(block, ret);
	free(block);
	return r;
}

static int probe(struct block_device *d, struct fsprobe *ret)
{
	int r = probe_at(d, 0, fsprobe_head, ret);

	return r == -ENOENT ? probe_at(d, FSPROBE_BTRFS_OFFSET, fsprobe_btrfs, ret) : r;
}

/* In place: the device refers to the location. */
static int open_device(const struct store *s, const struct mount_record *r, struct served_device *d,
		       struct error *err)
{
	int n = open_inner(s, r, d, err);

	d->device = d->inner;
	if (n < 0)
		return n;
	n = probe(d->inner, &d->fs);
	if (n == -ENOENT)
		return error_msg(err, EINVAL, "build '%s' holds no file system that is known: ext4, xfs, "
				 "btrfs, erofs or squashfs", r->build_id);
	if (n == 0 && d->fs.block_size < d->inner->block_size)
		n = align_open(d->inner, d->fs.block_size, &d->device);
	return n < 0 ? error_set(err, n, "cannot read build '%s'", r->build_id) : 0;
}

int served_device_open(const struct store *s, const struct mount_record *r,
		       struct served_device *ret, struct error *err)
{
	int n = open_device(s, r, ret, err);

	if (n < 0)
		served_device_done(ret);
	return n;
}

void served_device_counters(const struct served_device *d, struct control_counters *ret)
{
	struct template_counters c = { 0 };

	template_stream_counters(d->inner, &c);
	*ret = (struct control_counters){ .bytes_fetched = c.bytes_fetched,
					  .bytes_dirty = c.bytes_dirty,
					  .failed_reads = c.failed_reads };
	(void)snprintf(ret->last_error, sizeof(ret->last_error), "%s", c.last_error);
}
