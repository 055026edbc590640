/* SPDX-License-Identifier: Apache-2.0 */
#include "template/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

int digest_init(struct digest *d)
{
	d->ctx = EVP_MD_CTX_new();
	return d->ctx && EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

void digest_done(struct digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	(void)EVP_DigestUpdate(d->ctx, data, len);
}

void digest_end(struct digest *d, unsigned char ret[DIGEST_SIZE])
{
	(void)EVP_DigestFinal_ex(d->ctx, ret, NULL);
}

int digest_of(const void *data, size_t len, unsigned char ret[DIGEST_SIZE])
{
	auto_digest struct digest d = DIGEST_INIT;
	int r = digest_init(&d);

	if (r < 0)
		return r;
	digest_add(&d, data, len);
	digest_end(&d, ret);
	return 0;
}

int digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
		unsigned char ret[DIGEST_SIZE])
{
	unsigned char result[EVP_MAX_MD_SIZE];

	if (!HMAC(EVP_sha256(), key, (int) key_len, data, len, result, NULL))
		return -ENOMEM;
	memcpy(ret, result, DIGEST_SIZE);
	return 0;
}
