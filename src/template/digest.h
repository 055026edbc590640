/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC with it, as raw bytes, through libcrypto. */
#ifndef BERTH_TEMPLATE_DIGEST_H
#define BERTH_TEMPLATE_DIGEST_H

#include <stddef.h>

#include "base/cleanup.h"

#define DIGEST_SIZE 32

struct digest {
	struct evp_md_ctx_st *ctx; /* owned */
};

#define DIGEST_INIT ((struct digest){ NULL })

int digest_init(struct digest *d);
void digest_done(struct digest *d);
DEFINE_AUTO(digest, struct digest, digest_done)
#define auto_digest auto_clean(digest)

void digest_add(struct digest *d, const void *data, size_t len);
/** digest_end() - the result; nothing may be added afterwards. */
void digest_end(struct digest *d, unsigned char ret[DIGEST_SIZE]);

/** digest_hmac() - HMAC-SHA-256; @ret may be @key. Return: 0 or -ENOMEM. */
int digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
		unsigned char ret[DIGEST_SIZE]);

/** digest_of() - of @len bytes in memory. Return: 0 or -ENOMEM. */
int digest_of(const void *data, size_t len, unsigned char ret[DIGEST_SIZE]);

#endif
