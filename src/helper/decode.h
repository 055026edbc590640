/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression, one call at a time: what a stream is compressed with is found from its first bytes. */
#ifndef BERTH_HELPER_DECODE_H
#define BERTH_HELPER_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

#define DECODE_MAGIC_MAX 8

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD, COMPRESSION_XZ, COMPRESSION_BZIP2 };

/** compression_detect() - by the first bytes of the data. */
enum compression compression_detect(const unsigned char *data, size_t len);

/* The window that one call works on; it moves the pointers. */
struct decode_io {
	const unsigned char *in;
	size_t in_len;
	unsigned char *out;
	size_t out_len;
	bool in_ended; /* no input will follow @in */
};

struct decoder;

int decoder_new(enum compression kind, struct decoder **ret);
void decoder_free(struct decoder *d);
static inline void decoder_freep(struct decoder **d)
{
	decoder_free(*d);
}
DEFINE_AUTO(decoder, struct decoder *, decoder_freep)
#define auto_decoder auto_clean(decoder)

/**
 * decoder_run() - decode until the input is used up or the output full.
 * Return: 1 to go on, 0 when the compressed data is complete and the input has ended, -EINVAL for data
 * that is damaged or ends early.
 */
int decoder_run(struct decoder *d, struct decode_io *io, struct error *err);

#endif
