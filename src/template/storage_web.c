/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds behind HTTP: buckets of S3 and what speaks its language, of Google and Azure, and plain web servers.
 *
 * S3's requests are signed with the keys that aws_credentials_find() finds; without any they are sent unsigned, which
 * is enough for a public bucket. Google and Azure are read and written with a bearer token or a shared access
 * signature from the environment, or anonymously. A web server is read only.
 *
 * There is no rename in a bucket: a build's data is put first and its header last, and a build whose header is not
 * there is none. Data objects carry the metadata "diff-size", by which a reader tells one that waits for its header
 * from the whole image that a build without a header is.
 */
#include "template/storage_web.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/parse.h"
#include "template/aws.h"
#include "template/build.h"
#include "template/digest.h"
#include "template/http.h"

#define PATIENCE_SECONDS \
 60u /* how long a storage that does not answer is asked again: BERTH_TEMPLATE_PATIENCE */
#define PUT_MAX	      ((uint64_t) 5 << 30) /* of one request, by S3's rules */
#define EXPIRY_MARGIN 300 /* seconds before the end of a key's life that a new one is asked for */
#define AZURE_VERSION "x-ms-version: 2020-10-02"

struct web *web_of(struct storage *s)
{
	return (struct web *) (void *) s;
}

/* ---- one request -------------------------------------------------------------------------------------------- */

static int need_credentials(struct web *w, struct error *err)
{
	int r = 0;

	(void)pthread_mutex_lock(&w->lock);
	if (!w->looked || (w->keys.expires && w->keys.expires < time(NULL) + EXPIRY_MARGIN)) {
		aws_credentials_done(&w->keys);
		r = aws_credentials_find(w->http, &w->keys, err);
		w->looked = r == 0;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return r;
}

static bool has_keys(struct web *w)
{
	bool has;

	(void)pthread_mutex_lock(&w->lock);
	has = w->keys.key_id != NULL;
	(void)pthread_mutex_unlock(&w->lock);
	return has;
}

static int sign_s3(struct web *w, const struct web_call *c, const char *path, struct strv *headers,
		   struct error *err)
{
	const struct aws_request q = { .method = c->method,
				       .host = w->host,
				       .path = path,
				       .query = c->query ? c->query : "",
				       .payload_hash =
					       c->payload_hash ? c->payload_hash : WEB_EMPTY_HASH,
				       .region = w->region,
				       .service = "s3",
				       .when = time(NULL) };
	int r = need_credentials(w, err);

	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&w->lock);
	if (w->keys.key_id)
		r = aws_sign(&w->keys, &q, headers);
	(void)pthread_mutex_unlock(&w->lock);
	return r < 0 ? error_set(err, r, "cannot sign a request") : 0;
}

static int add_headers(struct web *w, const struct web_call *c, const char *path,
		       struct strv *headers, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(c->headers) && c->headers[i][0]; i++)
		r = strv_add(headers, c->headers[i]);
	if (r == 0 && w->authorization)
		r = strv_add(headers, w->authorization);
	if (r == 0 && w->base.location->provider == PROVIDER_AZURE)
		r = strv_add(headers, AZURE_VERSION);
	if (r < 0)
		return error_set(err, ENOMEM, "cannot send a request");
	return w->base.location->provider == PROVIDER_S3 ? sign_s3(w, c, path, headers, err) : 0;
}

static char *make_url(const struct web *w, const struct web_call *c, const char *path)
{
	const char *query = c->query ? c->query : "", *fixed = w->query ? w->query : "";

	return str_format("%s%s%s%s%s%s", w->origin, path, *query || *fixed ? "?" : "", query,
			  *query && *fixed ? "&" : "", fixed);
}

static int try_once(struct web *w, struct web_call *c, struct http_response *p, struct error *err)
{
	auto_clean(http_request) struct http_request q = HTTP_REQUEST_INIT;
	auto_free char *path = str_format("%s/%s", w->prefix, c->name),
		       *url = path ? make_url(w, c, path) : NULL;
	int r = url ? add_headers(w, c, path, &q.headers, err)
		    : error_set(err, ENOMEM, "cannot send a request");

	if (r < 0)
		return r;
	q.method = c->method;
	q.url = url;
	q.to = c->to;
	q.to_len = c->to_len;
	q.out = c->out;
	if (c->file) {
		q.body_fd = c->file->fd;
		q.body_size = c->file->size;
	}
	return http_send(w->http, &q, p, err);
}

/* What a status means, in berth's words. */
static int take_status(struct web *w, const struct web_call *c, const struct http_response *p,
		       struct error *err)
{
	static const struct {
		long status;
		int code;
	} known[] = {
		{ 401, EACCES }, { 403, EACCES }, { 404, ENOENT }, { 409, EEXIST }, { 412, ESTALE }
	};
	int code = EIO, r;

	if (p->status >= 200 && p->status < 300)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (p->status == known[i].status)
			code = known[i].code;
	}
	if (STREQ(p->detail, "NoSuchBucket"))
		code = ENXIO; /* not the object is missing */
	r = error_msg(err, code, "template storage '%s': object '%s': %s: HTTP status %ld%s%s",
		      w->base.location->url, c->name, c->method, p->status,
		      p->detail[0] ? ": " : "", p->detail);
	if (code == EACCES && w->base.location->provider == PROVIDER_S3 && !has_keys(w))
		return error_hint(
			err, r,
			"no access keys were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
	return r;
}

int web_send(struct web *w, struct web_call *c, struct http_response *p, struct error *err)
{
	struct http_patience patience = http_patience(w->patience);
	struct error why = ERROR_INIT;
	int r;

	for (;;) {
		r = try_once(w, c, p, &why);
		if (!http_should_retry(r, p) || !http_wait(w->http, &patience))
			break;
	}
	if (r == 0)
		return take_status(w, c, p, err);
	return error_msg(err, -r, "template storage '%s': object '%s': %s", w->base.location->url,
			 c->name, why.msg);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static int web_stat(struct storage *s, const char *name, struct storage_object *ret,
		    struct error *err)
{
	struct web_call c = { .method = "HEAD", .name = name };
	struct http_response p;
	int r = web_send(web_of(s), &c, &p, err);

	if (r < 0)
		return r;
	*ret = (struct storage_object){ .size = p.length, .is_packed = p.is_packed };
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	(void)snprintf(ret->version, sizeof(ret->version), "%s", p.etag);
	return 0;
}

static int web_get(struct storage *s, const char *name, struct buf *out, struct error *err)
{
	struct web_call c = { .method = "GET", .name = name, .out = out };
	struct http_response p;

	return web_send(web_of(s), &c, &p, err);
}

static int web_read(struct storage *s, const struct storage_object *o, void *to, size_t len,
		    uint64_t offset, struct error *err)
{
	struct web_call c = { .method = "GET", .name = o->name, .to = to, .to_len = len };
	struct http_response p;
	int r;

	(void)snprintf(c.headers[0], sizeof(c.headers[0]), "Range: bytes=%" PRIu64 "-%" PRIu64,
			offset, offset + len - 1);
	/* A weak ETag can't be asked for; it is compared below all the same. */
	if (o->version[0] == '"')
		(void)snprintf(c.headers[1], sizeof(c.headers[1]), "If-Match: %s", o->version);
	r = web_send(web_of(s), &c, &p, err);
	if (r == -EFBIG || (r == 0 && !p.has_range && (offset != 0 || len != o->size)))
		return error_msg(err, EOPNOTSUPP,
				 "template storage '%s': the server gives no parts of objects",
				 s->location->url);
	if (r == -ESTALE || (r == 0 && o->version[0] && p.etag[0] && !STREQ(o->version, p.etag)))
		return error_msg(err, ESTALE,
				 "template storage '%s': object '%s' is another one than before",
				 s->location->url, o->name);
	if (r == 0 && p.has_range && p.range_start != offset)
		return error_msg(
			err, EIO,
			"template storage '%s': object '%s': the server gave another part than asked for",
			s->location->url, o->name);
	return r;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static int hash_file(const struct storage_file *f, char hex[2 * DIGEST_SIZE + 1], struct error *err)
{
	auto_digest struct digest d = DIGEST_INIT;
	auto_free char *chunk = malloc(1 << 20);
	unsigned char digest[DIGEST_SIZE];
	int r = chunk ? digest_init(&d) : -ENOMEM;

	for (uint64_t at = 0; r == 0 && at < f->size;) {
		size_t n = (size_t) MIN(f->size - at, (uint64_t) 1 << 20);

		r = fd_read_at(f->fd, chunk, n, at);
		if (r == 0)
			digest_add(&d, chunk, n);
		at += n;
	}
	if (r < 0)
		return error_set(err, r, "cannot read the build's %s", f->name);
	digest_end(&d, digest);
	hex_encode(hex, digest, DIGEST_SIZE);
	return 0;
}

static int put_file(struct web *w, const char *build, const struct storage_file *f,
		    struct error *err)
{
	char name[OBJECT_NAME_MAX], hex[2 * DIGEST_SIZE + 1];
	struct web_call c = { .method = "PUT", .name = name, .file = f, .payload_hash = hex };
	struct http_response p;
	int r;

	if (f->size > PUT_MAX)
		return error_msg(err, EFBIG,
				 "template storage '%s': an object of %" PRIu64
				 " bytes is too large for one request",
				 w->base.location->url, f->size);
	(void)snprintf(name, sizeof(name), "%s/%s", build, f->name);
	r = hash_file(f, hex, err);
	if (r < 0)
		return r;
	(void)snprintf(c.headers[0], sizeof(c.headers[0]), "If-None-Match: *");
	if (w->base.location->provider == PROVIDER_AZURE)
		(void)snprintf(c.headers[1], sizeof(c.headers[1]), "x-ms-blob-type: BlockBlob");
	else if (f->data_size && w->meta_prefix) {
		(void)snprintf(c.headers[1], sizeof(c.headers[1]), "%sdiff-size: %" PRIu64,
				w->meta_prefix, f->data_size);
		if (f->data_size != f->size)
			(void)snprintf(c.headers[2], sizeof(c.headers[2]),
					"%suncompressed-size: %" PRIu64, w->meta_prefix,
					f->data_size);
	}
	r = web_send(w, &c, &p, err);
	return r == -ESTALE ? -EEXIST : r;
}

static int delete_object(struct web *w, const char *name, struct error *err)
{
	struct web_call c = { .method = "DELETE", .name = name };
	struct http_response p;
	int r = web_send(w, &c, &p, err);

	return r == -ENOENT ? 0 : r;
}

/* Objects that are there without a header are those of a publisher that was interrupted, or is at it. */
static int check_free(struct web *w, const char *build, const struct storage_file *files, size_t n,
		      struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct storage_object o;
		struct error why = ERROR_INIT;
		char name[OBJECT_NAME_MAX];
		int r;

		(void)snprintf(name, sizeof(name), "%s/%s", build, files[n - 1 - i].name);
		r = web_stat(&w->base, name, &o, &why);
		if (r == -ENOENT)
			continue;
		if (r == 0)
			return error_msg(err, EEXIST,
					 "template storage '%s' has a build '%s' already",
					 w->base.location->url, build);
		if (err)
			*err = why;
		return r;
	}
	return 0;
}

static int web_publish(struct storage *s, const char *build, const struct storage_file *files,
		       size_t n, struct error *err)
{
	struct web *w = web_of(s);
	int r = check_free(w, build, files, n, err);
	size_t done = 0;

	for (; r == 0 && done < n; done++)
		r = put_file(w, build, &files[done], err);
	if (r == -EEXIST && done)
		done--; /* somebody else's */
	for (size_t i = done; r < 0 && i > 0; i--) {
		char name[OBJECT_NAME_MAX];

		(void)snprintf(name, sizeof(name), "%s/%s", build, files[i - 1].name);
		(void)delete_object(w, name, NULL);
	}
	return r;
}

static int web_remove(struct storage *s, const char *build, struct error *err)
{
	/* The header first: without it there is no build any more, whatever else is still there. */
	static const char *const names[] = { BUILD_HEADER, BUILD_DATA, BUILD_DATA ".lz4",
					     BUILD_DATA ".zstd", BUILD_METADATA };
	struct web *w = web_of(s);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
		char name[OBJECT_NAME_MAX];

		(void)snprintf(name, sizeof(name), "%s/%s", build, names[i]);
		r = delete_object(w, name, err);
	}
	return r;
}

static int read_only_publish(struct storage *s, const char *build, const struct storage_file *files,
			     size_t n, struct error *err)
{
	(void)build, (void)files, (void)n;
	return storage_refuse(s, "write to a plain web server", err);
}

static int read_only_remove(struct storage *s, const char *build, struct error *err)
{
	(void)build;
	return storage_refuse(s, "remove from a plain web server", err);
}

static int no_list(struct storage *s, struct strv *ret, struct error *err)
{
	(void)ret;
	return storage_refuse(s, "list the builds of this kind of storage", err);
}

static int web_sweep(struct storage *s, unsigned *ret, struct error *err)
{
	(void)s, (void)err;
	*ret = 0;
	return 0;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static void web_stop(struct storage *s)
{
	atomic_store(&web_of(s)->stopping, true);
}

static void web_free(struct storage *s)
{
	struct web *w = web_of(s);

	http_free(w->http);
	aws_credentials_done(&w->keys);
	free(w->origin);
	free(w->host);
	free(w->prefix);
	free(w->region);
	free(w->query);
	free(w->authorization);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static const struct storage_ops s3_ops = {
	.stat = web_stat,
	.get = web_get,
	.read = web_read,
	.list = s3_list,
	.publish = web_publish,
	.remove = web_remove,
	.sweep = web_sweep,
	.stop = web_stop,
	.free = web_free,
};

static const struct storage_ops bucket_ops = {
	.stat = web_stat,
	.get = web_get,
	.read = web_read,
	.list = no_list,
	.publish = web_publish,
	.remove = web_remove,
	.sweep = web_sweep,
	.stop = web_stop,
	.free = web_free,
};

static const struct storage_ops http_ops = {
	.stat = web_stat,
	.get = web_get,
	.read = web_read,
	.list = no_list,
	.publish = read_only_publish,
	.remove = read_only_remove,
	.sweep = web_sweep,
	.stop = web_stop,
	.free = web_free,
};

/* "http://host:port/path" in its parts. */
static int split_url(struct web *w, const char *url)
{
	const char *host = strstr(url, "://"), *path;

	if (!host)
		return -EINVAL;
	path = host + 3 + strcspn(host + 3, "/");
	w->origin = strndup(url, (size_t) (path - url));
	w->host = strndup(host + 3, (size_t) (path - host - 3));
	w->prefix = strdup(path);
	for (size_t n = w->prefix ? strlen(w->prefix) : 0; n > 0 && w->prefix[n - 1] == '/'; n--)
		w->prefix[n - 1] = '\0';
	return w->origin && w->host && w->prefix ? 0 : -ENOMEM;
}

static int set_s3(struct web *w, const struct template_location *l)
{
	auto_free char *url = NULL;
	const char *scheme = "https://", *rest;

	w->region = l->region ? strdup(l->region) : aws_region_find();
	if (!w->region)
		w->region = strdup("us-east-1");
	if (!w->region)
		return -ENOMEM;
	if (!l->endpoint) {
		url = l->path_style
			      ? str_format("https://s3.%s.amazonaws.com/%s", w->region, l->place)
			      : str_format("https://%s.s3.%s.amazonaws.com", l->place, w->region);
		return url ? split_url(w, url) : -ENOMEM;
	}
	rest = strstr(l->endpoint, "://");
	scheme = rest ? l->endpoint : scheme;
	rest = rest ? rest + 3 : l->endpoint;
	url = l->path_style
		      ? str_format("%.*s%.*s/%s", (int) (strstr(scheme, "://") - scheme + 3),
				   scheme, (int) (strlen(rest) - (rest[strlen(rest) - 1] == '/')),
				   rest, l->place)
		      : str_format("%.*s%s.%s", (int) (strstr(scheme, "://") - scheme + 3), scheme,
				   l->place, rest);
	return url ? split_url(w, url) : -ENOMEM;
}

/* With an OAuth token in gcloud's variable, or anonymously. */
static int set_gcs(struct web *w, const struct template_location *l)
{
	const char *token = getenv("CLOUDSDK_AUTH_ACCESS_TOKEN");
	auto_free char *url = str_format(
		"%s/%s", l->endpoint ? l->endpoint : "https://storage.googleapis.com", l->place);

	if (token && *token)
		w->authorization = str_format("Authorization: Bearer %s", token);
	return url && (w->authorization || !token || !*token) ? split_url(w, url) : -ENOMEM;
}

/* With a shared access signature, or anonymously. */
static int set_azure(struct web *w, const struct template_location *l)
{
	const char *sas = getenv("AZURE_STORAGE_SAS_TOKEN");
	auto_free char *url = l->endpoint ? str_format("%s/%s", l->endpoint, l->place)
					  : str_format("https://%s.blob.core.windows.net/%s",
						       l->account, l->place);

	if (sas && *sas)
		w->query = strdup(sas + (*sas == '?'));
	return url && (w->query || !sas || !*sas) ? split_url(w, url) : -ENOMEM;
}

static int set_place(struct web *w, const struct template_location *l, struct error *err)
{
	int r;

	switch (l->provider) {
	case PROVIDER_S3:
		w->base.ops = &s3_ops;
		w->meta_prefix = "x-amz-meta-";
		r = set_s3(w, l);
		break;
	case PROVIDER_GCS:
		w->base.ops = &bucket_ops;
		r = set_gcs(w, l);
		break;
	case PROVIDER_AZURE:
		if (!l->account && !l->endpoint)
			return error_hint(err,
					  error_msg(err, EINVAL,
						    "template storage '%s': no account is named",
						    l->url),
					  "set AZURE_STORAGE_ACCOUNT_NAME");
		w->base.ops = &bucket_ops;
		r = set_azure(w, l);
		break;
	default:
		w->base.ops = &http_ops;
		r = split_url(w, l->place);
	}
	return r < 0 ? error_set(err, r, "template storage '%s'", l->url) : 0;
}

int storage_web_open(const struct template_location *l, struct storage **ret, struct error *err)
{
	const char *seconds = getenv("BERTH_TEMPLATE_PATIENCE");
	uint64_t patience = PATIENCE_SECONDS;
	struct web *w;
	int r;

	if (seconds && *seconds && parse_u64(seconds, 86400, &patience) < 0)
		return error_msg(err, EINVAL,
				 "BERTH_TEMPLATE_PATIENCE is '%s', which is no number of seconds",
				 seconds);
	w = calloc(1, sizeof(*w));
	if (!w)
		return error_set(err, ENOMEM, "cannot open the template storage");
	(void)pthread_mutex_init(&w->lock, NULL);
	w->base = (struct storage){ .ops = &http_ops, .location = l };
	w->patience = (unsigned) patience;
	w->http = http_new(&w->stopping);
	r = w->http ? set_place(w, l, err)
		    : error_set(err, ENOMEM, "cannot open the template storage");
	if (r < 0)
		web_free(&w->base);
	else
		*ret = &w->base;
	return r;
}
