/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/plugin_http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define METHOD "POST "

/* Printable, and no line end but CR LF: what another parser might read as one is none here either. */
static bool head_is_clean(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\r' && i + 1 < len && p[i + 1] == '\n')
			i++;
		else if (c == 0x7f || (c < ' ' && c != '\t'))
			return false;
	}
	return true;
}

static int parse_request_line(const char *p, size_t len, struct plugin_request *ret)
{
	static const size_t method = sizeof(METHOD) - 1, version = sizeof(" HTTP/1.1") - 1;
	const char *tail;

	if (len < method + version + 1)
		return -EBADMSG;
	tail = p + len - version;
	if (memcmp(tail, " HTTP/1.", version - 1) != 0 || (tail[8] != '0' && tail[8] != '1'))
		return -EBADMSG;
	if (memcmp(p, METHOD, method) != 0)
		return -EOPNOTSUPP;
	ret->path = p + method;
	ret->path_len = (size_t)(tail - ret->path);
	ret->keep = tail[8] == '1';
	if (ret->path[0] != '/' || memchr(ret->path, ' ', ret->path_len))
		return -EBADMSG;
	return 0;
}

static int parse_length(const char *p, size_t len, size_t *ret)
{
	size_t n = 0;

	if (len == 0)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -EBADMSG;
		n = n * 10 + (size_t)(p[i] - '0');
		if (n > PLUGIN_MAX_BODY)
			return -EFBIG;
	}
	*ret = n;
	return 0;
}

static bool is_name(const char *p, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(p, name, len) == 0;
}

static int parse_field(const char *p, size_t len, bool *has_length, struct plugin_request *ret)
{
	const char *colon = memchr(p, ':', len);
	size_t name, n;

	if (!colon || colon == p || memchr(p, ' ', (size_t)(colon - p)) || memchr(p, '\t', (size_t)(colon - p)))
		return -EBADMSG;
	name = (size_t)(colon - p);
	p += name + 1;
	n = len - name - 1;
	for (; n > 0 && (*p == ' ' || *p == '\t'); p++)
		n--;
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	if (is_name(colon - name, name, "Transfer-Encoding"))
		return -EOPNOTSUPP;
	if (is_name(colon - name, name, "Connection") && is_name(p, n, "close"))
		ret->keep = false;
	if (!is_name(colon - name, name, "Content-Length"))
		return 0;
	if (*has_length)
		return -EBADMSG;
	*has_length = true;
	return parse_length(p, n, &ret->body_len);
}

ssize_t plugin_request_parse(const char *text, size_t len, struct plugin_request *ret)
{
	const char *end = memmem(text, len < PLUGIN_MAX_HEAD ? len : PLUGIN_MAX_HEAD, "\r\n\r\n", 4);
	struct plugin_request q = { .body_len = 0 };
	bool has_length = false;
	const char *line;
	int r;

	if (!end)
		return len >= PLUGIN_MAX_HEAD ? -E2BIG : 0;
	if (!head_is_clean(text, (size_t)(end + 2 - text)))
		return -EBADMSG;
	line = memchr(text, '\r', (size_t)(end + 1 - text));
	r = line ? parse_request_line(text, (size_t)(line - text), &q) : -EBADMSG;
	while (r == 0 && line < end) {
		const char *field = line + 2;

		line = memchr(field, '\r', (size_t)(end + 1 - field));
		r = line ? parse_field(field, (size_t)(line - field), &has_length, &q) : -EBADMSG;
	}
	if (r < 0)
		return r;
	q.body = end + 4;
	if (len - (size_t)(q.body - text) < q.body_len)
		return 0;
	*ret = q;
	return q.body + q.body_len - text;
}

static const struct {
	int status, code;
	const char *reason;
} statuses[] = {
	{ 400, EBADMSG, "Bad Request" },	    { 404, ENOENT, "Not Found" },
	{ 413, EFBIG, "Content Too Large" },	    { 431, E2BIG, "Request Header Fields Too Large" },
	{ 501, EOPNOTSUPP, "Not Implemented" },	    { 500, 0, "Internal Server Error" },
};

int plugin_status_of(ssize_t r)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (statuses[i].code == -r)
			return statuses[i].status;
	}
	return 500;
}

void plugin_response(struct buf *out, int status, bool keep, const struct buf *body)
{
	const char *reason = "OK";

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (statuses[i].status == status)
			reason = statuses[i].reason;
	}
	buf_addf(out,
		 "HTTP/1.1 %d %s\r\nContent-Type: application/vnd.docker.plugins.v1.1+json\r\n"
		 "Content-Length: %zu\r\n%s\r\n",
		 status, reason, body->len, keep ? "" : "Connection: close\r\n");
	buf_add(out, body->data, body->len);
}
