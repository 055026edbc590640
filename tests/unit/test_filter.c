/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <errno.h>

#include "cli/command.h"
#include "tap.h"

static const char *const keys[] = { "name", "label", "label!", "dangling", NULL };

/* The filters of a test, which it frees. */
static struct strv list(const char *a, const char *b)
{
	struct strv l = STRV_INIT;

	OK(strv_add(&l, a) == 0);
	if (b)
		OK(strv_add(&l, b) == 0);
	return l;
}

static void test_check(void)
{
	struct error err = ERROR_INIT;
	auto_strv struct strv good = list("name=x=y", "label!=a");
	auto_strv struct strv unknown = list("name=x", "colour=red");
	auto_strv struct strv no_value = list("name", NULL);
	auto_strv struct strv prefix = list("nam=x", NULL);

	EQ_INT(filter_check(&good, keys, &err), 0);
	EQ_INT(filter_check(&unknown, keys, &err), -EINVAL);
	EQ_STR(err.msg, "invalid filter 'colour'");
	EQ_STR(err.hint, "known filters: name, label, label!, dangling");
	EQ_INT(filter_check(&no_value, keys, &err), -EINVAL);
	EQ_INT(filter_check(&prefix, keys, &err), -EINVAL);
	EQ_STR(filter_value(&good, 0, "name"), "x=y");
	EQ_STR(filter_value(&good, 1, "label!"), "a");
	OK(filter_value(&good, 1, "label") == NULL);
}

static void test_any(void)
{
	auto_strv struct strv two = list("name=^ab", "name=z$");
	auto_strv struct strv broken = list("name=a(", NULL);
	struct strv none = STRV_INIT;

	OK(filter_any(&two, "name", match_pattern, "abc"));
	OK(filter_any(&two, "name", match_pattern, "xyz"));
	OK(!filter_any(&two, "name", match_pattern, "xab"));
	OK(filter_any(&two, "label", match_equal, "anything"));
	OK(filter_any(&none, "name", match_equal, "anything"));
	OK(filter_any(&broken, "name", match_pattern, "xa("));
	OK(!filter_any(&broken, "name", match_pattern, "a"));
	OK(match_prefix("ab", "abc") && !match_prefix("bc", "abc"));
	OK(match_equal("ab", "ab") && !match_equal("ab", "abc"));
}

static bool labels_match(const char *a, const char *b)
{
	static const char text[] = "{\"kind\":\"x\",\"empty\":\"\"}";
	auto_json struct json *labels = NULL;
	auto_strv struct strv l = list(a, b);

	EQ_INT(json_parse(text, strlen(text), &labels, NULL), 0);
	return filter_labels(&l, labels);
}

static void test_labels(void)
{
	OK(labels_match("label=kind", NULL));
	OK(labels_match("label=kind=x", "label=empty"));
	OK(labels_match("label=empty=", "label!=kind=y"));
	OK(!labels_match("label=kind=y", NULL));
	OK(!labels_match("label=kind", "label=none"));
	OK(!labels_match("label!=kind", NULL));
	OK(!labels_match("label!=kind=x", NULL));
	OK(labels_match("label!=none", NULL));
	OK(labels_match("name=x", NULL));
}

static void test_bool(void)
{
	auto_strv struct strv yes = list("dangling=true", NULL);
	auto_strv struct strv bad = list("dangling=perhaps", NULL);
	struct error err = ERROR_INIT;
	bool value = false;

	EQ_INT(filter_bool(&yes, "name", &value, &err), 0);
	OK(!value);
	EQ_INT(filter_bool(&yes, "dangling", &value, &err), 1);
	OK(value);
	EQ_INT(filter_bool(&bad, "dangling", &value, &err), -EINVAL);
	EQ_STR(err.msg, "invalid filter 'dangling=perhaps': true or false");
}

static void test_nearest(void)
{
	static const struct command shown = { .summary = "x" };
	static const struct command hidden = { .summary = "x", .flags = COMMAND_HIDDEN };
	static const struct command_name names[] = { { "run", &shown, false },
						     { "images", &shown, false },
						     { "volume", &shown, false },
						     { "secret", &hidden, false },
						     { NULL, NULL, false } };

	EQ_STR(command_nearest(names, "rnu"), "run");
	EQ_STR(command_nearest(names, "ru"), "run");
	EQ_STR(command_nearest(names, "imges"), "images");
	EQ_STR(command_nearest(names, "volmue"), "volume");
	OK(command_nearest(names, "secre") == NULL);
	OK(command_nearest(names, "xyz") == NULL);
	OK(command_nearest(names, "") == NULL);
	OK(command_nearest(names, "a-word-that-is-longer-than-any-command") == NULL);
	OK(command_find(names, "run") == &names[0]);
	OK(command_find(names, "ru") == NULL);
}

TAP_MAIN(test_check, test_any, test_labels, test_bool, test_nearest)
