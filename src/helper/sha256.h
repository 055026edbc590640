/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 through libcrypto, which uses the processor's instructions for it. */
#ifndef BERTH_HELPER_SHA256_H
#define BERTH_HELPER_SHA256_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/id.h"

struct sha256 {
	struct evp_md_ctx_st *ctx; /* owned */
};

#define SHA256_INIT ((struct sha256){ NULL })

int sha256_init(struct sha256 *h);
void sha256_done(struct sha256 *h);
DEFINE_AUTO(sha256, struct sha256, sha256_done)
#define auto_sha256 auto_clean(sha256)

void sha256_add(struct sha256 *h, const void *data, size_t len);
/** sha256_end() - the digest as 64 hexadecimal digits; nothing may be added afterwards. */
void sha256_end(struct sha256 *h, char ret[ID_SIZE]);

/** sha256_of() - digest of @len bytes in memory. Return: 0 or -ENOMEM. */
int sha256_of(const void *data, size_t len, char ret[ID_SIZE]);

#endif
