/* SPDX-License-Identifier: Apache-2.0 */
#include "template/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "base/fd.h"
#include "base/parse.h"

#define CONNECT_MS    10000L
#define STALL_SECONDS 20L /* without a byte */
#define WAIT_FIRST_MS 50u
#define WAIT_MAX_MS   4000u
#define DETAIL_MAX    4096

/* A handle keeps its connections; as many are made as were ever in use at once. */
struct handle {
	struct handle *next;
	CURL *curl;
};

struct http {
	pthread_mutex_t lock;
	struct handle *idle;
	const atomic_bool *stop;
};

/* One request under way. */
struct transfer {
	struct http *http;
	const struct http_request *q;
	struct http_response *p;
	CURL *curl;
	size_t got;	   /* into q->to */
	uint64_t sent;	   /* of the body */
	struct buf detail; /* the body of a failure */
	bool too_long;
};

struct http *http_new(const atomic_bool *stop)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	h = calloc(1, sizeof(*h));
	if (h) {
		h->stop = stop;
		(void)pthread_mutex_init(&h->lock, NULL);
	}
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->idle) {
		struct handle *next = h->idle->next;

		curl_easy_cleanup(h->idle->curl);
		free(h->idle);
		h->idle = next;
	}
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

static struct handle *take_handle(struct http *h)
{
	struct handle *x;

	(void)pthread_mutex_lock(&h->lock);
	x = h->idle;
	if (x)
		h->idle = x->next;
	(void)pthread_mutex_unlock(&h->lock);
	if (x)
		return x;
	x = calloc(1, sizeof(*x));
	if (x)
		x->curl = curl_easy_init();
	if (x && x->curl)
		return x;
	free(x);
	return NULL;
}

static void give_handle(struct http *h, struct handle *x)
{
	curl_easy_reset(x->curl); /* options only: connections stay */
	(void)pthread_mutex_lock(&h->lock);
	x->next = h->idle;
	h->idle = x;
	(void)pthread_mutex_unlock(&h->lock);
}

/* ---- what libcurl calls ------------------------------------------------------------------------------------ */

static long status_of(const struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t on_body(char *data, size_t one, size_t n, void *context)
{
	struct transfer *t = context;
	long status = status_of(t);

	(void)one;
	if (status >= 300) {
		buf_add(&t->detail, data, MIN(n, t->detail.limit - t->detail.len));
		return n;
	}
	if (t->q->out) {
		buf_add(t->q->out, data, n);
		t->too_long = buf_failed(t->q->out);
	} else if (n > t->q->to_len - t->got) {
		t->too_long = true;
	} else if (n) {
		memcpy((char *) t->q->to + t->got, data, n);
		t->got += n;
	}
	return t->too_long ? 0 : n;
}

/* The value of header @name in one line of the head, or NULL. */
static const char *value_of(const char *line, size_t n, const char *name, size_t *ret_len)
{
	size_t k = strlen(name);

	if (n <= k || strncasecmp(line, name, k) != 0 || line[k] != ':')
		return NULL;
	for (k++; k < n && (line[k] == ' ' || line[k] == '\t'); k++)
		continue;
	while (n > k && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	*ret_len = n - k;
	return line + k;
}

/* "bytes 5-9/100", or "bytes *" and a slash and the size. */
static void take_range(struct http_response *p, const char *value, size_t n)
{
	char text[64];
	size_t digits;

	if (n >= sizeof(text) || n < 6 || strncmp(value, "bytes ", 6) != 0)
		return;
	memcpy(text, value + 6, n - 6);
	text[n - 6] = '\0';
	digits = strspn(text, "0123456789");
	if (text[digits] != '-')
		return;
	text[digits] = '\0';
	p->has_range = parse_u64(text, UINT64_MAX, &p->range_start) == 0;
}

static size_t on_header(char *line, size_t one, size_t n, void *context)
{
	struct transfer *t = context;
	const char *value;
	size_t len = 0;

	(void)one;
	if (n > 5 && strncmp(line, "HTTP/", 5) == 0) /* a new head: after a redirect, or a 100 */
		*t->p = (struct http_response){ .status = 0 };
	value = value_of(line, n, "ETag", &len);
	if (value && len < sizeof(t->p->etag)) {
		memcpy(t->p->etag, value, len);
		t->p->etag[len] = '\0';
	}
	value = value_of(line, n, "Content-Range", &len);
	if (value)
		take_range(t->p, value, len);
	if (value_of(line, n, "x-amz-meta-diff-size", &len))
		t->p->is_packed = true;
	return n;
}

static size_t on_send(char *to, size_t one, size_t n, void *context)
{
	struct transfer *t = context;
	size_t left = (size_t) MIN((uint64_t) n * one, t->q->body_size - t->sent);

	if (fd_read_at(t->q->body_fd, to, left, t->q->body_offset + t->sent) < 0)
		return CURL_READFUNC_ABORT;
	t->sent += left;
	return left;
}

static int on_rewind(void *context, curl_off_t offset, int whence)
{
	struct transfer *t = context;

	if (whence != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_CANTSEEK;
	t->sent = (uint64_t) offset;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct transfer *t = context;

	(void)a, (void)b, (void)c, (void)d;
	return t->http->stop && atomic_load(t->http->stop);
}

/* ---- requests ---------------------------------------------------------------------------------------------- */

static void set_method(CURL *c, struct transfer *t)
{
	const struct http_request *q = t->q;

	if (STREQ(q->method, "HEAD")) {
		(void)curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	} else if (STREQ(q->method, "PUT")) {
		(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t) q->body_size);
		(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
		(void)curl_easy_setopt(c, CURLOPT_READDATA, t);
		(void)curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_rewind);
		(void)curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
	} else if (STREQ(q->method, "POST")) {
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body ? q->body : "");
	}
	if (STREQ(q->method, "DELETE") || (STREQ(q->method, "PUT") && q->body_fd < 0))
		(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
}

static struct curl_slist *make_headers(const struct http_request *q)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	strv_for_each(i, &q->headers) {
		struct curl_slist *more = curl_slist_append(list, q->headers.v[i]);

		list = more ? more : list;
	}
	return list;
}

static void set_options(CURL *c, struct transfer *t)
{
	(void)curl_easy_setopt(c, CURLOPT_URL, t->q->url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION,
				STREQ(t->q->method, "GET") || STREQ(t->q->method, "HEAD"));
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
				t->q->timeout_ms ? (long) t->q->timeout_ms : CONNECT_MS);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long) t->q->timeout_ms);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "berth/" BERTH_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	set_method(c, t);
}

/* "<Code>X</Code>" of the body of a failure, or its first line. */
static void take_detail(struct transfer *t)
{
	const char *text = buf_str(&t->detail), *code = strstr(text, "<Code>");
	size_t n;

	if (code)
		text = code + strlen("<Code>");
	n = code ? strcspn(text, "<") : strcspn(text, "\r\n<");
	(void)snprintf(t->p->detail, sizeof(t->p->detail), "%.*s",
			(int) MIN(n, sizeof(t->p->detail) - 1), text);
}

static int perform(struct transfer *t, struct error *err)
{
	char text[CURL_ERROR_SIZE] = "";
	curl_off_t length = -1;
	CURLcode code;

	(void)curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(t->curl);
	t->p->status = status_of(t);
	(void)curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	t->p->length = length < 0 ? 0 : (uint64_t) length;
	take_detail(t);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_msg(err, ECANCELED, "stopped");
	if (t->too_long)
		return error_msg(err, EFBIG, "the answer is longer than it should be");
	if (code == CURLE_OUT_OF_MEMORY)
		return error_set(err, ENOMEM, "cannot send a request");
	if (code != CURLE_OK)
		return error_msg(err, code == CURLE_OPERATION_TIMEDOUT ? ETIMEDOUT : EIO, "%s",
				 text[0] ? text : curl_easy_strerror(code));
	if (t->q->to && t->p->status < 300 && t->got != t->q->to_len)
		return error_msg(err, EIO, "the answer is shorter than it should be");
	return 0;
}

int http_send(struct http *h, const struct http_request *q, struct http_response *ret,
	      struct error *err)
{
	struct transfer t = { .http = h, .q = q, .p = ret, .detail = { .limit = DETAIL_MAX } };
	struct handle *x = take_handle(h);
	size_t had = q->out ? q->out->len : 0;
	struct curl_slist *headers;
	int r;

	*ret = (struct http_response){ .status = 0 };
	if (!x)
		return error_set(err, ENOMEM, "cannot send a request");
	t.curl = x->curl;
	headers = make_headers(q);
	set_options(x->curl, &t);
	(void)curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, headers);
	r = perform(&t, err);
	curl_slist_free_all(headers);
	give_handle(h, x);
	buf_done(&t.detail);
	if (r < 0 && q->out)
		buf_truncate(q->out, had);
	return r;
}

bool http_should_retry(int r, const struct http_response *p)
{
	if (r < 0)
		return r == -EIO || r == -ETIMEDOUT;
	return p->status >= 500 || p->status == 408 || p->status == 429;
}

/* ---- patience ---------------------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec t = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

struct http_patience http_patience(unsigned seconds)
{
	return (struct http_patience){ .until_ms = now_ms() + seconds * UINT64_C(1000) };
}

bool http_wait(struct http *h, struct http_patience *p)
{
	unsigned ms = MIN(WAIT_FIRST_MS << MIN(p->tries, 10u), WAIT_MAX_MS);
	struct timespec step = { .tv_nsec = 10000000 };
	uint32_t dice = 0;
	uint64_t wake;

	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) < 0)
		dice = (uint32_t) now_ms();
	wake = now_ms() + ms / 2 + dice % (ms / 2 + 1);
	p->tries++;
	if (wake >= p->until_ms)
		return false;
	/* In steps: whoever stops us does not wait for it. */
	while (now_ms() < wake) {
		if (h->stop && atomic_load(h->stop))
			return false;
		(void)nanosleep(&step, NULL);
	}
	return true;
}
