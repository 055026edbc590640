/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/id.h"
#include "template/aws.h"
#include "template/digest.h"

#define HEX_SIZE (2 * DIGEST_SIZE + 1)

/* "AWS4" + secret, then date, region and service, each the key of the next. */
static int signing_key(const struct aws_credentials *c, const struct aws_request *q,
		       const char *date, unsigned char key[DIGEST_SIZE])
{
	auto_free char *first = str_format("AWS4%s", c->secret);
	const char *const steps[] = { date, q->region, q->service, "aws4_request" };
	int r = first ? digest_hmac(first, strlen(first), steps[0], strlen(steps[0]), key)
		      : -ENOMEM;

	for (size_t i = 1; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = digest_hmac(key, DIGEST_SIZE, steps[i], strlen(steps[i]), key);
	return r;
}

/* The headers that are signed, sorted, and the list of their names. */
static int canonical_headers(const struct aws_request *q, const struct strv *headers,
			     struct buf *lines, struct buf *names)
{
	auto_strv struct strv sorted = STRV_INIT;
	int r = strv_take(&sorted, str_format("host: %s", q->host));

	for (size_t i = 0; r == 0 && i < headers->n; i++) {
		if (strncmp(headers->v[i], "x-amz-", 6) == 0)
			r = strv_add(&sorted, headers->v[i]);
	}
	if (r < 0)
		return r;
	strv_sort(&sorted);
	strv_for_each(i, &sorted) {
		const char *h = sorted.v[i], *colon = strchr(h, ':');

		buf_addf(names, "%s%.*s", i ? ";" : "", (int) (colon - h), h);
		buf_addf(lines, "%.*s:%s\n", (int) (colon - h), h,
			 colon + 1 + strspn(colon + 1, " "));
	}
	return buf_failed(lines) || buf_failed(names) ? -ENOMEM : 0;
}

static int add_amz_headers(const struct aws_credentials *c, const struct aws_request *q,
			   const char *stamp, struct strv *headers)
{
	int r = strv_take(headers, str_format("x-amz-date: %s", stamp));

	if (r == 0)
		r = strv_take(headers, str_format("x-amz-content-sha256: %s", q->payload_hash));
	if (r == 0 && c->token)
		r = strv_take(headers, str_format("x-amz-security-token: %s", c->token));
	return r;
}

static int make_signature(const struct aws_credentials *c, const struct aws_request *q,
			  const struct buf *request, const char *stamp, const char *scope,
			  char signature[HEX_SIZE])
{
	unsigned char digest[DIGEST_SIZE], key[DIGEST_SIZE];
	auto_free char *text = NULL, *date = str_format("%.8s", stamp);
	int r = digest_of(buf_str(request), request->len, digest);

	hex_encode(signature, digest, DIGEST_SIZE);
	text = str_format("AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, signature);
	if (r < 0 || !text || !date)
		return -ENOMEM;
	r = signing_key(c, q, date, key);
	if (r == 0)
		r = digest_hmac(key, DIGEST_SIZE, text, strlen(text), digest);
	hex_encode(signature, digest, DIGEST_SIZE);
	return r;
}

int aws_sign(const struct aws_credentials *c, const struct aws_request *q, struct strv *headers)
{
	auto_buf struct buf lines = BUF_INIT, names = BUF_INIT, request = BUF_INIT;
	auto_free char *scope = NULL;
	char stamp[32], signature[HEX_SIZE];
	struct tm tm;
	int r;

	if (!gmtime_r(&q->when, &tm) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return -EINVAL;
	scope = str_format("%.8s/%s/%s/aws4_request", stamp, q->region, q->service);
	r = scope ? add_amz_headers(c, q, stamp, headers) : -ENOMEM;
	if (r == 0)
		r = canonical_headers(q, headers, &lines, &names);
	if (r < 0)
		return r;
	buf_addf(&request, "%s\n%s\n%s\n%s\n%s\n%s", q->method, q->path, q->query, buf_str(&lines),
		 buf_str(&names), q->payload_hash);
	if (buf_failed(&request))
		return -ENOMEM;
	r = make_signature(c, q, &request, stamp, scope, signature);
	if (r < 0)
		return r;
	return strv_take(
		headers,
		str_format("Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, "
			   "Signature=%s",
			   c->key_id, scope, buf_str(&names), signature));
}
