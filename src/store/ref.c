/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of references: distribution/reference, regexp.go and normalize.go. Pure: touches no file. */
#include "store/ref.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"

#define DEFAULT_REGISTRY "docker.io"
#define LEGACY_REGISTRY	 "index.docker.io"
#define OFFICIAL	 "library"
#define DEFAULT_TAG	 "latest"
#define DIGEST_PREFIX	 "sha256:"
#define TEXT_MAX	 (REF_NAME_MAX + REF_TAG_MAX + 128)

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || is_upper(c);
}

/* [a-z0-9]+ with single separators between: "." | "_" | "__" | "-"+ */
static bool is_component(const char *s, size_t len)
{
	const char *end = s + len;

	for (;;) {
		const char *start = s;
		size_t dashes;

		while (s < end && is_lower_alnum(*s))
			s++;
		if (s == start)
			return false;
		if (s == end)
			return true;
		dashes = strspn(s, "-");
		if (dashes > 0)
			s += dashes;
		else if (*s == '.')
			s++;
		else if (*s == '_')
			s += s[1] == '_' ? 2 : 1;
		else
			return false;
		if (s >= end)
			return false;
	}
}

static bool is_path(const char *s)
{
	for (;;) {
		size_t len = strcspn(s, "/");

		if (!is_component(s, len))
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

/* One label of a host name: alphanumeric, with dashes inside. */
static bool is_label(const char *s, size_t len)
{
	if (len == 0 || !is_alnum(s[0]) || !is_alnum(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	}
	return true;
}

static bool is_host(const char *s, size_t len)
{
	if (len > 2 && s[0] == '[' && s[len - 1] == ']') {
		size_t inside = strspn(s + 1, "0123456789abcdefABCDEF:");

		return inside == len - 2;
	}
	for (;;) {
		size_t label = 0;

		while (label < len && s[label] != '.')
			label++;
		if (!is_label(s, label))
			return false;
		if (label == len)
			return true;
		s += label + 1;
		len -= label + 1;
	}
}

/* host[:port] */
static bool is_registry(const char *s, size_t len)
{
	size_t host = len;

	while (host > 0 && s[host - 1] >= '0' && s[host - 1] <= '9')
		host--;
	if (host > 0 && host < len && s[host - 1] == ':')
		return is_host(s, host - 1);
	return is_host(s, len);
}

static bool is_tag(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > REF_TAG_MAX || (!is_alnum(s[0]) && s[0] != '_'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(s[i]) && !strchr("_.-", s[i]))
			return false;
	}
	return true;
}

static bool is_digest(const char *s)
{
	size_t prefix = strlen(DIGEST_PREFIX);

	return strncmp(s, DIGEST_PREFIX, prefix) == 0 && id_is_valid(s + prefix);
}

/*
 * The length of the registry in front of @name, 0 if there is none. docker's rule: what precedes the first
 * slash is a registry only if it can't be part of a path.
 */
static size_t registry_length(const char *name)
{
	size_t len = strcspn(name, "/");
	bool has_upper = false;

	if (!name[len])
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.' || name[i] == ':')
			return len;
		has_upper = has_upper || is_upper(name[i]);
	}
	return has_upper || (len == 9 && strncmp(name, "localhost", len) == 0) ? len : 0;
}

static bool is_prefix(const char *name, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(name, word, len) == 0;
}

static int bad_format(struct error *err, const char *text)
{
	int r = error_msg(err, EINVAL, "invalid reference format: '%s'", text);

	return error_hint(err, r, "write it as [REGISTRY/]NAME[:TAG], for example busybox:1.36");
}

/* The name says its parts; a part that is wrong only by its case gets docker's special text. */
static int bad_path(struct error *err, const char *text, const char *path)
{
	auto_free char *lower = strdup(path);
	int r;

	for (char *p = lower; p && *p; p++) {
		if (is_upper(*p))
			*p = (char)(*p - 'A' + 'a');
	}
	if (!lower || STREQ(lower, path) || !is_path(lower))
		return bad_format(err, text);
	r = error_msg(err, EINVAL, "invalid reference format: repository name (%s) must be lowercase",
		      path);
	return error_hint(err, r, "use '%s'", lower);
}

/* Check @name and write its familiar form. */
static int parse_name(const char *text, const char *name, char **ret, struct error *err)
{
	size_t registry = registry_length(name);
	const char *path = registry ? name + registry + 1 : name;
	bool is_default = registry == 0 || is_prefix(name, registry, DEFAULT_REGISTRY) ||
			  is_prefix(name, registry, LEGACY_REGISTRY);
	size_t official = strlen(OFFICIAL "/");

	if (registry && !is_registry(name, registry))
		return bad_format(err, text);
	if (!is_path(path))
		return bad_path(err, text, path);
	if (strlen(name) > REF_NAME_MAX)
		return error_msg(err, EINVAL,
				 "repository name must not be more than %d characters: '%s'",
				 REF_NAME_MAX, name);
	/* "docker.io/localhost/x" keeps its registry: without, its path would be taken for one. */
	if (!is_default || registry_length(path))
		path = name;
	else if (strncmp(path, OFFICIAL "/", official) == 0 && !strchr(path + official, '/'))
		path += official;
	if (id_is_valid(path))
		return error_msg(err, EINVAL,
				 "invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
				 path);
	*ret = strdup(path);
	return *ret ? 0 : error_set(err, ENOMEM, "cannot parse reference '%s'", text);
}

/* Cut @text at its '@' and at the ':' of its tag. NULL where a part is absent. */
static void split(char *text, char **tag, char **digest)
{
	char *slash, *colon;

	*digest = strchr(text, '@');
	if (*digest)
		*(*digest)++ = '\0';
	slash = strrchr(text, '/');
	colon = strrchr(text, ':');
	*tag = colon && (!slash || colon > slash) ? colon : NULL;
	if (*tag)
		*(*tag)++ = '\0';
}

int ref_parse(const char *text, struct ref *ret, struct error *err)
{
	auto_ref struct ref parsed = REF_INIT;
	auto_free char *copy = NULL;
	char *tag, *digest;
	const char *tag_text;
	int r;

	if (strlen(text) > TEXT_MAX)
		return error_msg(err, EINVAL, "invalid reference format: longer than %d characters",
				 TEXT_MAX);
	copy = strdup(text);
	if (!copy)
		return error_set(err, ENOMEM, "cannot parse reference '%s'", text);
	split(copy, &tag, &digest);
	if ((tag && !is_tag(tag)) || (digest && !is_digest(digest)))
		return bad_format(err, text);
	r = parse_name(text, copy, &parsed.name, err);
	if (r < 0)
		return r;
	tag_text = tag || digest ? tag : DEFAULT_TAG;
	parsed.tag = tag_text ? strdup(tag_text) : NULL;
	parsed.digest = digest ? strdup(digest) : NULL;
	if ((tag_text && !parsed.tag) || (digest && !parsed.digest))
		return error_set(err, ENOMEM, "cannot parse reference '%s'", text);
	*ret = parsed;
	parsed = REF_INIT;
	return 0;
}

void ref_done(struct ref *r)
{
	free(r->name);
	free(r->tag);
	free(r->digest);
	*r = REF_INIT;
}

char *ref_format(const struct ref *r)
{
	return r->digest ? str_format("%s@%s", r->name, r->digest)
			 : str_format("%s:%s", r->name, r->tag ? r->tag : DEFAULT_TAG);
}

char *ref_full_name(const struct ref *r)
{
	if (registry_length(r->name))
		return strdup(r->name);
	return str_format(DEFAULT_REGISTRY "/%s%s", strchr(r->name, '/') ? "" : OFFICIAL "/", r->name);
}

/* docker's FamiliarMatch: the pattern is for NAME:TAG, or for NAME alone. */
bool ref_matches(const char *text, const char *pattern)
{
	auto_free char *name = strdup(text);
	char *tag, *digest;

	if (fnmatch(pattern, text, FNM_PATHNAME) == 0)
		return true;
	if (!name)
		return false;
	split(name, &tag, &digest);
	return fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

char *ref_escape(const char *text)
{
	auto_buf struct buf out = BUF_INIT;

	for (; *text; text++) {
		if (strchr("/:%", *text))
			buf_addf(&out, "%%%02x", (unsigned char)*text);
		else
			buf_addc(&out, *text);
	}
	return buf_take(&out);
}

char *ref_unescape(const char *name)
{
	static const struct {
		const char *escaped;
		char c;
	} codes[] = { { "%2f", '/' }, { "%3a", ':' }, { "%25", '%' } };
	auto_buf struct buf out = BUF_INIT;

	while (*name) {
		size_t i = 0;

		if (*name != '%') {
			buf_addc(&out, *name++);
			continue;
		}
		while (i < ARRAY_SIZE(codes) && strncmp(name, codes[i].escaped, 3) != 0)
			i++;
		if (i == ARRAY_SIZE(codes))
			return NULL;
		buf_addc(&out, codes[i].c);
		name += 3;
	}
	return buf_take(&out);
}
