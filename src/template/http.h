/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP requests by libcurl: connections are kept and shared by threads, failures that pass are tried again. */
#ifndef BERTH_TEMPLATE_HTTP_H
#define BERTH_TEMPLATE_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

struct http;

/** http_new() - @stop: when it becomes true, what is under way ends with -ECANCELED; borrowed. */
struct http *http_new(const atomic_bool *stop);
void http_free(struct http *h);

struct http_request {
	const char *method; /* GET, HEAD, PUT, POST, DELETE */
	const char *url;
	struct strv headers; /* "Name: value" */
	int body_fd;	     /* borrowed; of PUT; FD_NONE: @body */
	uint64_t body_offset, body_size;
	const char *body;    /* of POST, or NULL */
	unsigned timeout_ms; /* of the whole; 0: only that it must go on */
	/* Where the answer goes: exactly @to_len bytes to @to, or appended to @out; one of them. */
	void *to;
	size_t to_len;
	struct buf *out;
};

#define HTTP_REQUEST_INIT ((struct http_request){ .method = "GET", .body_fd = FD_NONE })

static inline void http_request_done(struct http_request *r)
{
	strv_done(&r->headers);
}
DEFINE_AUTO(http_request, struct http_request, http_request_done)

struct http_response {
	long status;
	uint64_t length;      /* of the body, as the server said */
	uint64_t range_start; /* of Content-Range */
	bool has_range, is_packed;
	char etag[128];
	char detail[160]; /* what the server says of a failure, on one line */
};

/**
 * http_send() - one try. Return: 0 with the response, whatever its status; -errno with @err when there was none.
 */
int http_send(struct http *h, const struct http_request *q, struct http_response *ret,
	      struct error *err);

/** http_should_retry() - whether the same request may succeed later. @r: what http_send() returned. */
bool http_should_retry(int r, const struct http_response *p);

/* How often and how long a request is tried again. */
struct http_patience {
	uint64_t until_ms; /* on the monotonic clock */
	unsigned tries;
};

/** http_patience() - for @seconds from now on. */
struct http_patience http_patience(unsigned seconds);

/** http_wait() - sleep before the next try, longer each time, with jitter. False: the time is up, or @h stops. */
bool http_wait(struct http *h, struct http_patience *p);

#endif
