/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template's build as a block device that fetches what is read: the header's mapping over the data objects of
 * the build and its ancestors, a cache on this machine between, and for a writable one a copy-on-write layer on
 * top. Linked only into programs of src/helper.
 */
#ifndef BERTH_TEMPLATE_STREAM_H
#define BERTH_TEMPLATE_STREAM_H

#include "base/error.h"
#include "template/device.h"
#include "template/location.h"

struct template_stream_options {
	const struct template_location *location; /* where builds are (template/location.h) */
	const char *build;			  /* UUID, or a name that import was given */
	const char *cache_dir; /* made when missing; shared by everything that streams */
	uint64_t cache_limit;  /* bytes; 0: CACHE_LIMIT_DEFAULT */
	/*
	 * The file that takes changes; NULL: read-only. Made when missing. One that is there must be of this build
	 * and size and is gone on with: what a server that died had taken is still there. The caller removes it.
	 */
	const char *overlay;
	unsigned fetchers; /* requests under way at once; 0: a default */
};

/**
 * template_stream_open() - compose the device.
 * @ret: released by its .free, which waits for what is being fetched. The location must live as long.
 *
 * Return: 0; -ENOENT with @err if there is no such build; -errno with @err.
 */
int template_stream_open(const struct template_stream_options *o, struct block_device **ret,
			 struct error *err);

struct template_counters {
	uint64_t bytes_fetched; /* from the storage by this device, as they came: compressed */
	uint64_t bytes_dirty;	/* in blocks that were written, on this machine */
	uint64_t failed_reads;	/* that got -EIO */
	char last_error[256];	/* why the last of them did, or "" */
};

/** template_stream_counters() - of a device that template_stream_open() made. Callable at any time. */
void template_stream_counters(struct block_device *d, struct template_counters *ret);

struct template_publish_options {
	const char *template_id; /* for the new build's metadata */
	const char *build;	 /* the new build's id: never one that exists */
};

/**
 * template_publish() - the changes of a writable device as a new build on top of its own, all or nothing.
 *
 * The caller sees to it that nothing writes meanwhile and that the file system is consistent (unmounted or
 * frozen). The device stays as it is, on top of its old build.
 * Return: 0; -EEXIST with @err if there is such a build; -errno with @err.
 */
int template_publish(struct block_device *d, const struct template_publish_options *o,
		     struct error *err);

#endif
