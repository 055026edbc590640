/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/parse.h"
#include "base/when.h"
#include "cli/filter.h"

static bool known(const char *const *keys, const char *key, size_t len)
{
	for (; *keys; keys++) {
		if (strncmp(*keys, key, len) == 0 && (*keys)[len] == '\0')
			return true;
	}
	return false;
}

int filter_check(const struct strv *filters, const char *const *keys, struct error *err)
{
	strv_for_each(i, filters) {
		const char *f = filters->v[i];
		size_t len = strcspn(f, "=");
		auto_buf struct buf list = BUF_INIT;

		if (f[len] == '\0')
			return error_msg(err, EINVAL, "bad filter '%s': KEY=VALUE is expected", f);
		if (known(keys, f, len))
			continue;
		for (const char *const *k = keys; *k; k++)
			buf_addf(&list, "%s%s", k == keys ? "" : ", ", *k);
		return error_hint(err, error_msg(err, EINVAL, "invalid filter '%.*s'", (int)len, f),
				  "known filters: %s", buf_str(&list));
	}
	return 0;
}

const char *filter_value(const struct strv *filters, size_t i, const char *key)
{
	size_t len = strlen(key);
	const char *f = filters->v[i];

	return strncmp(f, key, len) == 0 && f[len] == '=' ? f + len + 1 : NULL;
}

bool filter_any(const struct strv *filters, const char *key,
		bool (*matches)(const char *value, const void *context), const void *context)
{
	bool asked = false;

	strv_for_each(i, filters) {
		const char *value = filter_value(filters, i, key);

		if (value && matches(value, context))
			return true;
		asked |= value != NULL;
	}
	return !asked;
}

static bool has_label(const struct json *labels, const char *wanted)
{
	size_t len = strcspn(wanted, "=");
	auto_free char *key = strndup(wanted, len);
	const char *value = key ? json_get_str(labels, key) : NULL;

	return value && (wanted[len] == '\0' || STREQ(value, wanted + len + 1));
}

bool filter_labels(const struct strv *filters, const struct json *labels)
{
	strv_for_each(i, filters) {
		const char *want = filter_value(filters, i, "label");
		const char *not_want = filter_value(filters, i, "label!");

		if ((want && !has_label(labels, want)) || (not_want && has_label(labels, not_want)))
			return false;
	}
	return true;
}

int filter_bool(const struct strv *filters, const char *key, bool *ret, struct error *err)
{
	int given = 0;

	strv_for_each(i, filters) {
		const char *value = filter_value(filters, i, key);

		if (!value)
			continue;
		if (parse_bool(value, ret) < 0)
			return error_msg(err, EINVAL, "invalid filter '%s=%s': true or false", key,
					 value);
		given = 1;
	}
	return given;
}

int filter_until(const struct strv *filters, struct timespec *ret, struct error *err)
{
	struct timespec now;
	int given = 0;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	strv_for_each(i, filters) {
		const char *value = filter_value(filters, i, "until");

		if (!value)
			continue;
		if (given)
			return error_msg(err, EINVAL, "more than one until filter specified");
		if (when_parse(value, now, when_local_zone(), ret) < 0)
			return error_msg(err, EINVAL, "invalid value for filter 'until': '%s'", value);
		given = 1;
	}
	return given;
}

bool match_equal(const char *value, const void *context)
{
	return STREQ(value, (const char *)context);
}

bool match_prefix(const char *value, const void *context)
{
	return strncmp(value, context, strlen(value)) == 0;
}

bool match_pattern(const char *value, const void *context)
{
	regex_t re;
	bool found;

	if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB) != 0)
		return strstr(context, value) != NULL;
	found = regexec(&re, context, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}
