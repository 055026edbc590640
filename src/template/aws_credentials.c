/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/timefmt.h"
#include "template/aws.h"

#define FILE_LIMIT	   ((size_t) 1 << 20)
#define METADATA_MS	   1000u /* a machine that is no instance answers never */
#define METADATA_ENDPOINT  "http://169.254.169.254"
#define CONTAINER_ENDPOINT "http://169.254.170.2"
#define TOKEN_SECONDS	   "21600"

void aws_credentials_done(struct aws_credentials *c)
{
	free(c->key_id);
	free(c->secret);
	free(c->token);
	*c = AWS_CREDENTIALS_INIT;
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int set(struct aws_credentials *c, const char *key_id, const char *secret, const char *token)
{
	c->key_id = strdup(key_id);
	c->secret = strdup(secret);
	c->token = token ? strdup(token) : NULL;
	return c->key_id && c->secret && (c->token || !token) ? 0 : -ENOMEM;
}

static int half(const char *where, struct error *err)
{
	return error_msg(err, EINVAL, "%s has one of the access key's two halves only", where);
}

static int from_env(struct aws_credentials *c, struct error *err)
{
	const char *key_id = env("AWS_ACCESS_KEY_ID"), *secret = env("AWS_SECRET_ACCESS_KEY");

	if (!key_id != !secret)
		return half("the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)", err);
	return key_id ? set(c, key_id, secret, env("AWS_SESSION_TOKEN")) : 0;
}

/* ---- the shared files ------------------------------------------------------------------------------------- */

/* $@variable, else ~/.aws/@name. */
static int read_shared(const char *variable, const char *name, struct buf *out)
{
	const char *named = env(variable), *home = env("HOME");
	auto_free char *path = named  ? strdup(named)
			       : home ? str_format("%s/.aws/%s", home, name)
				      : NULL;

	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : FD_NONE;

	return fd < 0 ? -ENOENT : fd_read_all(fd, out);
}

/* [a, b) without white space around it. */
static void trim(const char **a, const char **b)
{
	while (*a < *b && strchr(" \t\r", **a))
		(*a)++;
	while (*b > *a && strchr(" \t\r", (*b)[-1]))
		(*b)--;
}

static bool is_section(const char *a, const char *b, const char *profile)
{
	const char *prefix = "profile ";

	if (b - a < 2 || *a != '[' || b[-1] != ']')
		return false;
	a++;
	b--;
	if ((size_t) (b - a) > strlen(prefix) && strncmp(a, prefix, strlen(prefix)) == 0)
		a += strlen(prefix);
	trim(&a, &b);
	return strlen(profile) == (size_t) (b - a) && strncmp(a, profile, strlen(profile)) == 0;
}

/* The value of @key in the profile's section of an INI file; to be freed; NULL: none. */
static char *ini_value(const char *text, const char *profile, const char *key)
{
	bool inside = false;

	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *a = text, *b = text + n, *equals;

		text += text[n] ? n + 1 : n;
		trim(&a, &b);
		if (a == b || *a == '#' || *a == ';')
			continue;
		if (*a == '[') {
			inside = is_section(a, b, profile);
			continue;
		}
		equals = memchr(a, '=', (size_t) (b - a));
		if (inside && equals) {
			const char *end = equals, *value = equals + 1;

			trim(&a, &end);
			trim(&value, &b);
			if (strlen(key) == (size_t) (end - a) && strncmp(a, key, strlen(key)) == 0)
				return strndup(value, (size_t) (b - value));
		}
	}
	return NULL;
}

static const char *profile_name(void)
{
	const char *profile = env("AWS_PROFILE");

	return profile ? profile : "default";
}

static int from_file(const char *variable, const char *name, struct aws_credentials *c,
		     struct error *err)
{
	auto_buf struct buf text = { .limit = FILE_LIMIT };
	auto_free char *key_id = NULL, *secret = NULL, *token = NULL;

	if (read_shared(variable, name, &text) < 0)
		return 0;
	key_id = ini_value(buf_str(&text), profile_name(), "aws_access_key_id");
	secret = ini_value(buf_str(&text), profile_name(), "aws_secret_access_key");
	token = ini_value(buf_str(&text), profile_name(), "aws_session_token");
	if (!key_id != !secret)
		return half(name, err);
	return key_id ? set(c, key_id, secret, token) : 0;
}

char *aws_region_find(void)
{
	auto_buf struct buf text = { .limit = FILE_LIMIT };
	const char *region = env("AWS_REGION");

	if (!region)
		region = env("AWS_DEFAULT_REGION");
	if (region)
		return strdup(region);
	return read_shared("AWS_CONFIG_FILE", "config", &text) < 0
		       ? NULL
		       : ini_value(buf_str(&text), profile_name(), "region");
}

/* ---- metadata services -------------------------------------------------------------------------------------- */

/* One short request; nothing is said of a failure: the machine is simply none of theirs. */
static int ask(struct http *h, const char *method, const char *url, const char *header,
	       struct buf *out)
{
	auto_clean(http_request) struct http_request q = HTTP_REQUEST_INIT;
	struct http_response p;

	q.method = method;
	q.url = url;
	q.timeout_ms = METADATA_MS;
	q.out = out;
	if (header && strv_add(&q.headers, header) < 0)
		return -ENOMEM;
	return http_send(h, &q, &p, NULL) == 0 && p.status == 200 && out->len ? 0 : -ENOENT;
}

static int take_answer(const struct buf *text, struct aws_credentials *c)
{
	auto_json struct json *doc = NULL;
	struct timespec t = { .tv_sec = 0 };
	const char *key_id, *secret, *expires;

	if (json_parse(buf_str(text), text->len, &doc, NULL) < 0)
		return 0;
	key_id = json_get_str(doc, "AccessKeyId");
	secret = json_get_str(doc, "SecretAccessKey");
	expires = json_get_str(doc, "Expiration");
	if (!key_id || !secret)
		return 0;
	if (expires && time_parse(expires, &t) == 0)
		c->expires = t.tv_sec;
	return set(c, key_id, secret, json_get_str(doc, "Token"));
}

static int from_container(struct http *h, struct aws_credentials *c)
{
	const char *full = env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *relative = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *token = env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	auto_buf struct buf text = { .limit = FILE_LIMIT };
	auto_free char *url = NULL, *header = NULL;

	if (!full && !relative)
		return 0;
	url = full ? strdup(full) : str_format("%s%s", CONTAINER_ENDPOINT, relative);
	header = token ? str_format("Authorization: %s", token) : NULL;
	if (!url || (token && !header))
		return -ENOMEM;
	return ask(h, "GET", url, header, &text) == 0 ? take_answer(&text, c) : 0;
}

/* Version 2 of the instance's service: a token first, then the role's name, then its keys. */
static int from_instance(struct http *h, struct aws_credentials *c)
{
	const char *endpoint = env("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
		   *off = env("AWS_EC2_METADATA_DISABLED");
	auto_buf struct buf token = { .limit = 4096 }, role = { .limit = 4096 },
			    keys = { .limit = FILE_LIMIT };
	auto_free char *url = NULL, *header = NULL, *role_url = NULL;

	if (off && strcasecmp(off, "true") == 0)
		return 0;
	if (!endpoint)
		endpoint = METADATA_ENDPOINT;
	url = path_join(endpoint, "latest/api/token");
	if (!url)
		return -ENOMEM;
	if (ask(h, "PUT", url, "X-aws-ec2-metadata-token-ttl-seconds: " TOKEN_SECONDS, &token) < 0)
		return 0;
	header = str_format("X-aws-ec2-metadata-token: %s", buf_str(&token));
	free(url);
	url = path_join(endpoint, "latest/meta-data/iam/security-credentials/");
	if (!url || !header)
		return -ENOMEM;
	if (ask(h, "GET", url, header, &role) < 0)
		return 0;
	role_url = str_format("%s%.*s", url, (int) strcspn(buf_str(&role), "\r\n"), buf_str(&role));
	if (!role_url)
		return -ENOMEM;
	return ask(h, "GET", role_url, header, &keys) == 0 ? take_answer(&keys, c) : 0;
}

int aws_credentials_find(struct http *h, struct aws_credentials *ret, struct error *err)
{
	auto_clean(aws_credentials) struct aws_credentials c = AWS_CREDENTIALS_INIT;
	int r = from_env(&c, err);

	if (r == 0 && !c.key_id)
		r = from_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", &c, err);
	if (r == 0 && !c.key_id)
		r = from_file("AWS_CONFIG_FILE", "config", &c, err);
	if (r == 0 && !c.key_id)
		r = from_container(h, &c);
	if (r == 0 && !c.key_id)
		r = from_instance(h, &c);
	if (r < 0)
		return r == -ENOMEM ? error_set(err, r, "cannot read the access keys") : r;
	*ret = c;
	c = AWS_CREDENTIALS_INIT;
	return 0;
}
