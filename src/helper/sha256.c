/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/sha256.h"

#include <errno.h>
#include <openssl/evp.h>

int sha256_init(struct sha256 *h)
{
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	return 0;
}

void sha256_done(struct sha256 *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	(void)EVP_DigestUpdate(h->ctx, data, len);
}

void sha256_end(struct sha256 *h, char ret[ID_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

	(void)EVP_DigestFinal_ex(h->ctx, digest, NULL);
	hex_encode(ret, digest, ID_LEN / 2);
}

int sha256_of(const void *data, size_t len, char ret[ID_SIZE])
{
	auto_sha256 struct sha256 h = SHA256_INIT;
	int r = sha256_init(&h);

	if (r < 0)
		return r;
	sha256_add(&h, data, len);
	sha256_end(&h, ret);
	return 0;
}
