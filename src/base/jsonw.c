/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jsonw.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void newline(struct jsonw *w)
{
	if (w->indent == 0)
		return;
	buf_addc(w->out, '\n');
	for (int i = 0; i < w->depth * w->indent; i++)
		buf_addc(w->out, ' ');
}

/* 0 if @s, of @left bytes, does not start with a valid UTF-8 sequence of more than one byte, else its length. */
static size_t multibyte(const unsigned char *s, size_t left)
{
	size_t n = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Characters that stand for themselves. */
static size_t plain(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return (size_t)(p - s);
}

static void quote(struct buf *out, const char *s, size_t len)
{
	static const char special[] = "\"\\\n\r\t", letter[] = "\"\\nrt";
	const char *end = s + len;

	buf_addc(out, '"');
	for (;; s++) {
		size_t n = plain(s, end);
		const char *hit;

		buf_add(out, s, n);
		s += n;
		if (s == end)
			break;
		hit = *s ? strchr(special, *s) : NULL;
		if (hit) {
			buf_addc(out, '\\');
			buf_addc(out, letter[hit - special]);
		} else if ((unsigned char)*s < 0x80) {
			buf_addf(out, "\\u%04x", (unsigned char)*s);
		} else {
			n = multibyte((const unsigned char *)s, (size_t)(end - s));
			buf_add(out, n ? s : "\xef\xbf\xbd", n ? n : 3);
			s += n ? n - 1 : 0;
		}
	}
	buf_addc(out, '"');
}

static void begin_member(struct jsonw *w, const char *key)
{
	if (w->depth > 0) {
		if (w->has_member[w->depth])
			buf_addc(w->out, ',');
		w->has_member[w->depth] = true;
		newline(w);
	}
	if (key) {
		quote(w->out, key, strlen(key));
		buf_adds(w->out, w->indent ? ": " : ":");
	}
}

static void begin_container(struct jsonw *w, const char *key, char open, char close)
{
	begin_member(w, key);
	assert(w->depth + 1 < JSONW_MAX_DEPTH);
	buf_addc(w->out, open);
	w->depth++;
	w->has_member[w->depth] = false;
	w->close[w->depth] = close;
}

void jsonw_object(struct jsonw *w, const char *key)
{
	begin_container(w, key, '{', '}');
}

void jsonw_array(struct jsonw *w, const char *key)
{
	begin_container(w, key, '[', ']');
}

void jsonw_end(struct jsonw *w)
{
	bool had = w->has_member[w->depth];
	char close = w->close[w->depth];

	assert(w->depth > 0);
	w->depth--;
	if (had)
		newline(w);
	buf_addc(w->out, close);
}

void jsonw_str(struct jsonw *w, const char *key, const char *value)
{
	begin_member(w, key);
	if (value)
		quote(w->out, value, strlen(value));
	else
		buf_adds(w->out, "null");
}

void jsonw_bytes(struct jsonw *w, const char *key, const char *data, size_t len)
{
	begin_member(w, key);
	quote(w->out, data, len);
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json)
{
	begin_member(w, key);
	buf_adds(w->out, json);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
	begin_member(w, key);
	buf_addf(w->out, "%" PRId64, value);
}

void jsonw_uint(struct jsonw *w, const char *key, uint64_t value)
{
	begin_member(w, key);
	buf_addf(w->out, "%" PRIu64, value);
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
	begin_member(w, key);
	buf_adds(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
	begin_member(w, key);
	buf_adds(w->out, "null");
}

void jsonw_strv(struct jsonw *w, const char *key, const struct strv *value)
{
	jsonw_array(w, key);
	strv_for_each(i, value)
		jsonw_str(w, NULL, value->v[i]);
	jsonw_end(w);
}

void jsonw_copy(struct jsonw *w, const char *key, const struct json *value)
{
	switch (json_type(value)) {
	case JSON_NULL:
		jsonw_null(w, key);
		break;
	case JSON_BOOL:
		jsonw_bool(w, key, json_bool(value, false));
		break;
	case JSON_NUMBER:
		begin_member(w, key);
		buf_adds(w->out, json_number(value));
		break;
	case JSON_STRING:
		jsonw_str(w, key, json_str(value));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		if (json_type(value) == JSON_ARRAY)
			jsonw_array(w, key);
		else
			jsonw_object(w, key);
		json_for_each(m, value)
			jsonw_copy(w, json_key(m), m);
		jsonw_end(w);
		break;
	}
}
