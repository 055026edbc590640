/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "tap.h"

static int parse(const char *text, struct json **ret)
{
	return json_parse(text, strlen(text), ret, NULL);
}

static void reads(void)
{
	auto_json struct json *v = NULL;
	const struct json *list;

	EQ_INT(parse("{\"a\": [1, -2.5e3, true, null], \"s\": \"x\\u00e9\\ud83d\\ude00\\n\", \"n\": {}}", &v), 0);
	list = json_get(v, "a");
	EQ_INT(json_count(list), 4);
	EQ_INT(json_int(json_first(list), 0), 1);
	EQ_STR(json_number(json_next(json_first(list))), "-2.5e3");
	EQ_STR(json_get_str(v, "s"), "x\xc3\xa9\xf0\x9f\x98\x80\n");
	OK(json_get(json_get(v, "n"), "none") == NULL);
	OK(json_get_str(v, "a") == NULL);
}

static void refuses(void)
{
	static const char *const bad[] = {
		"", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "-", "1e", "tru", "\"a",
		"\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\x01\"", "\"\xff\"", "\"\xc0\x80\"",
		"\"\xed\xa0\x80\"", "[1] 2", "nulll", "\"\\", "[\"\\\"]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json *v = NULL;

		EQ_INT(parse(bad[i], &v), -EINVAL);
	}
}

static void limits_depth(void)
{
	struct json *v = NULL;
	char deep[JSON_MAX_DEPTH + 2];

	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	EQ_INT(parse(deep, &v), -EINVAL);
}

static void says_where(void)
{
	struct error err = ERROR_INIT;
	struct json *v = NULL;
	const char *text = "{\n \"a\": x}";

	EQ_INT(json_parse(text, strlen(text), &v, &err), -EINVAL);
	EQ_STR(err.msg, "invalid JSON at line 2 column 7: not a JSON value");
}

static void round_trip(void)
{
	static const char text[] = "{\"a\":[1,\"\\\"\\n\",{\"b\":null}],\"c\":{},\"d\":[],\"e\":false}";
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	auto_json struct json *v = NULL;

	EQ_INT(parse(text, &v), 0);
	jsonw_copy(&w, NULL, v);
	EQ_STR(buf_str(&out), text);
}

static void writes_valid_utf8(void)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 4);

	jsonw_array(&w, NULL);
	jsonw_str(&w, NULL, "a\xff\xc3\xa9");
	jsonw_end(&w);
	EQ_STR(buf_str(&out), "[\n    \"a\xef\xbf\xbd\xc3\xa9\"\n]");
}

TAP_MAIN(reads, refuses, limits_depth, says_where, round_trip, writes_valid_utf8)
