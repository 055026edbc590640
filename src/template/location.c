/* SPDX-License-Identifier: Apache-2.0 */
#include "template/location.h"

#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/path.h"

static const struct scheme {
	const char *name;   /* of the URL */
	const char *env;    /* as STORAGE_PROVIDER says it */
	const char *params; /* that the URL may have, each between '|' */
	enum template_provider provider;
} schemes[] = {
	{ "file", "Local", "|", PROVIDER_LOCAL },
	{ "s3", "AWSBucket", "|endpoint|region|s3ForcePathStyle|use_path_style|", PROVIDER_S3 },
	{ "gs", "GCPBucket", "|endpoint|", PROVIDER_GCS },
	{ "azblob", "AzureBucket", "|account|endpoint|", PROVIDER_AZURE },
	{ "http", NULL, NULL, PROVIDER_HTTP },
	{ "https", NULL, NULL, PROVIDER_HTTP },
};

void template_location_done(struct template_location *l)
{
	free(l->url);
	free(l->place);
	free(l->endpoint);
	free(l->region);
	free(l->account);
	*l = TEMPLATE_LOCATION_INIT;
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot read the template storage's location");
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const struct scheme *scheme_of(const char *url, const char **ret_rest)
{
	size_t n = strcspn(url, ":");

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (strlen(schemes[i].name) == n && strncmp(url, schemes[i].name, n) == 0 &&
		    url[n]) {
			*ret_rest = url + n + 1;
			return &schemes[i];
		}
	}
	return NULL;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int) (p - digits) : -1;
}

/* @len bytes with %XX decoded; NULL without memory. */
static char *decode(const char *text, size_t len)
{
	auto_buf struct buf out = BUF_INIT;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

		if (low > 0 || (low == 0 && high > 0)) {
			buf_addc(&out, (char) (high << 4 | low));
			i += 2;
		} else {
			buf_addc(&out, text[i]);
		}
	}
	return buf_take(&out);
}

static int set(char **field, char *value, struct error *err)
{
	if (!value)
		return no_memory(err);
	free(*field);
	*field = value;
	return 0;
}

static int set_param(struct template_location *l, const char *key, char *value, const char *url,
		     struct error *err)
{
	if (!value)
		return no_memory(err);
	if (STREQ(key, "endpoint"))
		return set(&l->endpoint, value, err);
	if (STREQ(key, "region"))
		return set(&l->region, value, err);
	if (STREQ(key, "account"))
		return set(&l->account, value, err);
	if (parse_bool(value, &l->path_style) < 0) {
		int r = error_msg(err, EINVAL,
				  "template storage '%s': '%s' is neither true nor false for %s",
				  url, value, key);

		free(value);
		return r;
	}
	free(value);
	return 0;
}

/* @query: what follows the question mark. */
static int parse_query(const struct scheme *s, const char *query, const char *url,
		       struct template_location *l, struct error *err)
{
	while (*query) {
		size_t n = strcspn(query, "&"), k = strcspn(query, "=&");
		auto_free char *key = str_format("|%.*s|", (int) k, query);
		int r;

		if (!key)
			return no_memory(err);
		if (k == n || !strstr(s->params, key))
			return error_msg(err, EINVAL,
					 "template storage '%s': unknown parameter '%.*s'", url,
					 (int) k, query);
		key[k + 1] = '\0';
		r = set_param(l, key + 1, decode(query + k + 1, n - k - 1), url, err);
		if (r < 0)
			return r;
		query += query[n] ? n + 1 : n;
	}
	return 0;
}

static int parse_file(const char *rest, const char *url, struct template_location *l,
		      struct error *err)
{
	auto_free char *path = NULL;

	if (strncmp(rest, "//", 2) == 0) {
		if (rest[2] != '/')
			return error_hint(
				err,
				error_msg(err, EINVAL,
					  "template storage '%s': a file URL names no host", url),
				"write file:///DIR");
		rest += 2;
	}
	if (!*rest)
		return error_msg(err, EINVAL, "template storage '%s': no directory", url);
	path = decode(rest, strlen(rest));
	if (!path)
		return no_memory(err);
	return set(&l->place, path_absolute(path), err);
}

/* Buckets and containers: no slash, for the platform's layout knows no prefix; no credentials. */
static int parse_bucket(const struct scheme *s, const char *rest, const char *url,
			struct template_location *l, struct error *err)
{
	size_t n;

	if (strncmp(rest, "//", 2) != 0)
		return error_msg(err, EINVAL, "template storage '%s': not %s://NAME", url, s->name);
	rest += 2;
	n = strcspn(rest, "?");
	if (n == 0 ||
	    strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
		return error_msg(err, EINVAL,
				 "template storage '%s': '%.*s' is no name of a bucket", url,
				 (int) n, rest);
	if (set(&l->place, strndup(rest, n), err) < 0)
		return -ENOMEM;
	return rest[n] ? parse_query(s, rest + n + 1, url, l, err) : 0;
}

static int parse_web(const char *rest, const char *url, struct template_location *l,
		     struct error *err)
{
	size_t n = strlen(url);

	if (strncmp(rest, "//", 2) != 0 || strcspn(rest + 2, "/") == 0)
		return error_msg(err, EINVAL, "template storage '%s': no host", url);
	if (strpbrk(url, "?#"))
		return error_msg(err, EINVAL,
				 "template storage '%s': a web server's URL has no parameters",
				 url);
	if (memchr(rest + 2, '@', strcspn(rest + 2, "/")))
		return error_msg(err, EINVAL,
				 "template storage: a URL with a password in it is not taken");
	while (n > 0 && url[n - 1] == '/')
		n--;
	return set(&l->place, strndup(url, n), err);
}

static int fill_from_env(struct template_location *l, struct error *err)
{
	const char *endpoint = env("AWS_ENDPOINT_URL_S3"), *region = env("AWS_REGION");
	const char *account = env("AZURE_STORAGE_ACCOUNT_NAME");
	int r = 0;

	if (!endpoint)
		endpoint = env("AWS_ENDPOINT_URL");
	if (!region)
		region = env("AWS_DEFAULT_REGION");
	if (l->provider == PROVIDER_S3 && !l->endpoint && endpoint)
		r = set(&l->endpoint, strdup(endpoint), err);
	if (r == 0 && l->provider == PROVIDER_S3 && !l->region && region)
		r = set(&l->region, strdup(region), err);
	if (r == 0 && l->provider == PROVIDER_AZURE && !l->account && account)
		r = set(&l->account, strdup(account), err);
	return r;
}

static void add_param(struct buf *out, char *sep, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(out, "%c%s=", *sep, key);
	for (; *value; value++) {
		if (strchr("%&?#= ", *value))
			buf_addf(out, "%%%02x", (unsigned char) *value);
		else
			buf_addc(out, *value);
	}
	*sep = '&';
}

/* The URL that says all that is known, the environment's part included. */
static int make_url(const struct scheme *s, struct template_location *l, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	char sep = '?';

	if (l->provider == PROVIDER_HTTP)
		return set(&l->url, strdup(l->place), err);
	buf_addf(&out, "%s://", s->name);
	for (const char *p = l->place; p && *p; p++) {
		if (*p == '%')
			buf_adds(&out, "%25");
		else
			buf_addc(&out, *p);
	}
	add_param(&out, &sep, "endpoint", l->endpoint);
	add_param(&out, &sep, "region", l->region);
	add_param(&out, &sep, "account", l->account);
	add_param(&out, &sep, "s3ForcePathStyle", l->path_style ? "true" : NULL);
	return set(&l->url, buf_take(&out), err);
}

static int parse(const char *url, struct template_location *l, struct error *err)
{
	const char *rest = NULL;
	const struct scheme *s = scheme_of(url, &rest);
	int r;

	if (!s)
		return error_hint(
			err,
			error_msg(err, EINVAL, "template storage '%s': unknown kind of URL", url),
			"file:///DIR, s3://BUCKET, gs://BUCKET, azblob://CONTAINER, https://HOST/PATH");
	l->provider = s->provider;
	if (s->provider == PROVIDER_LOCAL)
		r = parse_file(rest, url, l, err);
	else if (s->provider == PROVIDER_HTTP)
		r = parse_web(rest, url, l, err);
	else
		r = parse_bucket(s, rest, url, l, err);
	if (r == 0)
		r = fill_from_env(l, err);
	return r == 0 ? make_url(s, l, err) : r;
}

int template_location_parse(const char *url, struct template_location *ret, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	int r = parse(url, &l, err);

	if (r == 0) {
		*ret = l;
		l = TEMPLATE_LOCATION_INIT;
	}
	return r;
}

static int prefixed(struct error *err, int r, const char *variable)
{
	return r < 0 ? error_prefix(err, r, "%s", variable) : r;
}

static int local_from_env(const char *default_dir, struct template_location *l, struct error *err)
{
	const char *dir = env("LOCAL_TEMPLATE_STORAGE_BASE_PATH");

	l->provider = PROVIDER_LOCAL;
	if (set(&l->place, path_absolute(dir ? dir : default_dir), err) < 0)
		return -ENOMEM;
	return make_url(&schemes[0], l, err);
}

static int bucket_from_env(const struct scheme *s, struct template_location *l, struct error *err)
{
	const char *bucket = env("TEMPLATE_BUCKET_NAME"), *path_style = env("S3_USE_PATH_STYLE");
	auto_free char *url = NULL;
	bool use_path = false;

	if (!bucket)
		return error_hint(
			err,
			error_msg(err, EINVAL, "STORAGE_PROVIDER is '%s', but no bucket is named",
				  s->env),
			"set TEMPLATE_BUCKET_NAME, or TEMPLATE_STORAGE_URL instead of both");
	if (s->provider == PROVIDER_S3 && path_style && parse_bool(path_style, &use_path) < 0)
		return error_msg(err, EINVAL, "S3_USE_PATH_STYLE is '%s', neither true nor false",
				 path_style);
	url = str_format("%s://%s%s", s->name, bucket, use_path ? "?s3ForcePathStyle=true" : "");
	if (!url)
		return no_memory(err);
	return prefixed(err, parse(url, l, err), "TEMPLATE_BUCKET_NAME");
}

static int from_env(const char *default_dir, struct template_location *l, struct error *err)
{
	const char *url = env("TEMPLATE_STORAGE_URL"), *provider = env("STORAGE_PROVIDER");

	if (url)
		return prefixed(err, parse(url, l, err), "TEMPLATE_STORAGE_URL");
	if (!provider)
		return local_from_env(default_dir, l, err);
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (!schemes[i].env || !STREQ(schemes[i].env, provider))
			continue;
		return schemes[i].provider == PROVIDER_LOCAL ? local_from_env(default_dir, l, err)
							     : bucket_from_env(&schemes[i], l, err);
	}
	return error_hint(
		err,
		error_msg(err, EINVAL, "STORAGE_PROVIDER is '%s', which is no provider", provider),
		"Local, AWSBucket, GCPBucket or AzureBucket");
}

int template_location_from_env(const char *default_dir, struct template_location *ret,
			       struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	int r = from_env(default_dir, &l, err);

	if (r == 0) {
		*ret = l;
		l = TEMPLATE_LOCATION_INIT;
	}
	return r;
}

int template_cache_from_env(const char *root, char **ret_dir, uint64_t *ret_limit,
			    struct error *err)
{
	const char *dir = env("TEMPLATE_CACHE_DIR"), *size = env("BERTH_TEMPLATE_CACHE_SIZE");
	uint64_t limit = 0;

	if (size && (parse_size(size, &limit) < 0 || limit == 0))
		return error_hint(err,
				  error_msg(err, EINVAL,
					    "BERTH_TEMPLATE_CACHE_SIZE is '%s', which is no size",
					    size),
				  "write it as 500m or 20g");
	*ret_dir = dir ? path_absolute(dir) : path_join(root, "template-cache");
	*ret_limit = limit;
	return *ret_dir ? 0 : no_memory(err);
}
