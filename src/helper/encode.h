/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing into a file, or copying into it, with digest and size of what was written. */
#ifndef BERTH_HELPER_ENCODE_H
#define BERTH_HELPER_ENCODE_H

#include <stdint.h>

#include "helper/decode.h"
#include "helper/sha256.h"

struct encoder {
	enum compression kind; /* none, gzip or zstd */
	int fd;		       /* borrowed */
	struct sha256 hash;
	uint64_t size;
	unsigned char *out; /* owned */
	struct ZSTD_CCtx_s *zstd; /* owned */
	struct isal_zstream *gzip; /* owned */
	unsigned char *gzip_level; /* owned */
};

#define ENCODER_INIT ((struct encoder){ .fd = FD_NONE })

int encoder_begin(struct encoder *e, enum compression kind, int fd, struct error *err);
void encoder_done(struct encoder *e);
DEFINE_AUTO(encoder, struct encoder, encoder_done)
#define auto_encoder auto_clean(encoder)

/** encoder_add() - more data. @ctx is the encoder, so that this can be a stream's tap. */
int encoder_add(void *ctx, const void *data, size_t len, struct error *err);

/** encoder_end() - the digest of all that was written; the size is in e->size. */
int encoder_end(struct encoder *e, char ret_digest[ID_SIZE], struct error *err);

#endif
