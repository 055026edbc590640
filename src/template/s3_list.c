/* SPDX-License-Identifier: Apache-2.0 */
/* The builds in a bucket: S3's ListObjectsV2, page by page, of which the "directories" at the top are taken. */
#include <errno.h>
#include <string.h>

#include "template/build.h"
#include "template/storage_web.h"

#define PAGE_MAX  ((size_t) 16 << 20)
#define PAGES_MAX 10000u

/* What is between <@tag> and </@tag> from *@at on; *@at goes behind it. NULL: no more. */
static const char *next_element(const char **at, const char *tag, size_t *ret_len)
{
	char open[64], close[64];
	const char *start, *end;

	(void)snprintf(open, sizeof(open), "<%s>", tag);
	(void)snprintf(close, sizeof(close), "</%s>", tag);
	start = strstr(*at, open);
	end = start ? strstr(start, close) : NULL;
	if (!end)
		return NULL;
	start += strlen(open);
	*ret_len = (size_t) (end - start);
	*at = end + strlen(close);
	return start;
}

/* Names of builds have no character that XML would have to write otherwise; what else is in the bucket is none. */
static int take_builds(const char *page, struct strv *ret)
{
	const char *common, *at = page;
	size_t n = 0;
	int r = 0;

	while (r == 0 && (common = next_element(&at, "CommonPrefixes", &n)) != NULL) {
		const char *prefix = common;
		size_t len = 0;
		auto_free char *name = NULL;

		prefix = next_element(&prefix, "Prefix", &len);
		if (!prefix || prefix > common + n || len < 2 || prefix[len - 1] != '/')
			continue;
		name = strndup(prefix, len - 1);
		if (!name)
			return -ENOMEM;
		if (build_name_check("build", name, NULL) == 0)
			r = strv_add(ret, name);
	}
	return r;
}

/* As RFC 3986 has it: what SigV4 signs. */
static void add_encoded(struct buf *out, const char *text, size_t n)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	for (size_t i = 0; i < n; i++) {
		if (text[i] && strchr(plain, text[i]))
			buf_addc(out, text[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char) text[i]);
	}
}

/* The query of the page after this one; empty: this is the last. */
static int next_query(const char *page, struct buf *query)
{
	const char *at = page, *truncated, *token;
	size_t n = 0;

	buf_truncate(query, 0);
	truncated = next_element(&at, "IsTruncated", &n);
	if (!truncated || strncmp(truncated, "true", 4) != 0)
		return 0;
	at = page;
	token = next_element(&at, "NextContinuationToken", &n);
	if (!token)
		return -EIO;
	buf_adds(query, "continuation-token=");
	add_encoded(query, token, n);
	buf_adds(query, "&delimiter=%2F&list-type=2");
	return buf_failed(query) ? -ENOMEM : 0;
}

int s3_list(struct storage *s, struct strv *ret, struct error *err)
{
	auto_buf struct buf query = BUF_INIT;
	int r = 0;

	buf_adds(&query, "delimiter=%2F&list-type=2");
	for (unsigned i = 0; r == 0 && query.len && i < PAGES_MAX; i++) {
		auto_buf struct buf page = { .limit = PAGE_MAX };
		struct web_call c = {
			.method = "GET", .name = "", .query = buf_str(&query), .out = &page
		};
		struct http_response p;

		r = web_send(web_of(s), &c, &p, err);
		if (r < 0)
			return r;
		r = take_builds(buf_str(&page), ret);
		if (r == 0)
			r = next_query(buf_str(&page), &query);
		if (r < 0)
			return error_set(err, r, "template storage '%s': cannot list",
					 s->location->url);
	}
	strv_sort(ret);
	return r;
}
