/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct stream - the decompressed contents of a descriptor. A thread of its own reads, decompresses and
 * feeds the taps; whoever holds the stream sees the data in place, without a copy.
 */
#ifndef BERTH_HELPER_STREAM_H
#define BERTH_HELPER_STREAM_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "helper/decode.h"
#include "helper/ring.h"

/* Sees all bytes in order, on the stream's thread. A result below 0 (with @err) ends the stream. */
struct stream_tap {
	int (*add)(void *ctx, const void *data, size_t len, struct error *err);
	void *ctx;
};

struct stream_options {
	int fd;		 /* borrowed */
	off_t at;	 /* -1: read on from where it is; else read the part that begins here … */
	uint64_t limit;	 /* … and has this many bytes; more is not read. UINT64_MAX: to the end */
	struct stream_tap raw;	/* as it comes */
	struct stream_tap data; /* decompressed */
};

#define STREAM_OPTIONS(descriptor)                                                                 \
	((struct stream_options){ .fd = (descriptor), .at = -1, .limit = UINT64_MAX })

struct stream {
	struct stream_options opts;
	struct ring ring;
	pthread_t thread;
	bool running;
	enum compression kind; /* known once data has come */
	const unsigned char *pos;
	size_t left; /* of the current chunk */
	bool holding;
	uint64_t offset; /* bytes consumed */
};

#define STREAM_INIT ((struct stream){ 0 })

/** stream_start() - begin reading. @s must stay where it is until stream_done(). */
int stream_start(struct stream *s, const struct stream_options *opts, struct error *err);
/** stream_done() - stop, even in the middle. */
void stream_done(struct stream *s);
DEFINE_AUTO(stream, struct stream, stream_done)
#define auto_stream auto_clean(stream)

/** stream_view() - some bytes, not consumed. Return: their number, 0 at the end, -errno. */
ssize_t stream_view(struct stream *s, const unsigned char **ret, struct error *err);
/** stream_advance() - consume @n of the bytes that stream_view() showed. */
void stream_advance(struct stream *s, size_t n);

/** stream_read() - consume exactly @n bytes unless the stream ends first. Return: bytes read or -errno. */
ssize_t stream_read(struct stream *s, void *buf, size_t n, struct error *err);
/** stream_skip() - consume @n bytes. Return: 0, -EINVAL if the stream ends before, -errno. */
int stream_skip(struct stream *s, uint64_t n, struct error *err);
/** stream_drain() - consume what is left, so that everything was checked and the taps saw it all. */
int stream_drain(struct stream *s, struct error *err);

#endif
