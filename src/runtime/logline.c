/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/logline.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"

void log_line_done(struct log_line *l)
{
	buf_done(&l->text);
	buf_done(&l->attrs);
}

static const char *stream_name(bool is_stderr)
{
	return is_stderr ? "stderr" : "stdout";
}

static void format_json(struct buf *out, bool is_stderr, const char *text, size_t n, const char *attrs)
{
	char now[TIME_TEXT_MAX];
	struct jsonw w = JSONW_INIT(out, 0);

	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "log", text, n);
	jsonw_str(&w, "stream", stream_name(is_stderr));
	if (attrs)
		jsonw_raw(&w, "attrs", attrs);
	jsonw_str(&w, "time", time_format_now(now));
	jsonw_end(&w);
	buf_addc(out, '\n');
}

void log_line_format(struct buf *out, enum log_format format, bool is_stderr, const char *text, size_t n,
		     const char *attrs)
{
	bool whole = n > 0 && text[n - 1] == '\n';
	char now[TIME_TEXT_MAX];

	if (format == LOG_FORMAT_JSON) {
		format_json(out, is_stderr, text, n, attrs);
		return;
	}
	(void)time_format_now(now);
	buf_addf(out, "%.*s+00:00 %s %c ", (int)strlen(now) - 1, now, stream_name(is_stderr),
		 whole ? 'F' : 'P');
	buf_add(out, text, n - whole);
	buf_addc(out, '\n');
}

/* What is still to be read of a stored line. */
struct cursor {
	const char *p, *end;
};

static bool take(struct cursor *c, const char *literal)
{
	size_t n = strlen(literal);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, literal, n) != 0)
		return false;
	c->p += n;
	return true;
}

static int hex4(struct cursor *c, unsigned *ret)
{
	unsigned v = 0;

	if (c->end - c->p < 4)
		return -EINVAL;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *hit = *c->p ? strchr(digits, *c->p >= 'A' && *c->p <= 'F' ? *c->p | 0x20 : *c->p) : NULL;

		if (!hit)
			return -EINVAL;
		c->p++;
		v = v * 16 + (unsigned)(hit - digits);
	}
	*ret = v;
	return 0;
}

static void add_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* After "\u": one code unit, or two that are a surrogate pair; a lone half is U+FFFD, as Go reads it. */
static int unicode_escape(struct cursor *c, struct buf *out)
{
	struct cursor next;
	unsigned v, low;
	int r = hex4(c, &v);

	if (r < 0)
		return r;
	next = *c;
	if (v >= 0xd800 && v < 0xdc00 && take(&next, "\\u") && hex4(&next, &low) == 0 && low >= 0xdc00 &&
	    low < 0xe000) {
		*c = next;
		v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
	} else if (v >= 0xd800 && v < 0xe000) {
		v = 0xfffd;
	}
	add_utf8(out, v);
	return 0;
}

static int escape(struct cursor *c, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (c->p == c->end)
		return -EINVAL;
	if (*c->p == 'u') {
		c->p++;
		return unicode_escape(c, out);
	}
	hit = *c->p ? strchr(from, *c->p) : NULL;
	if (!hit)
		return -EINVAL;
	buf_addc(out, to[hit - from]);
	c->p++;
	return 0;
}

/* A string with its quotes, unescaped into @out. */
static int string(struct cursor *c, struct buf *out)
{
	if (!take(c, "\""))
		return -EINVAL;
	while (c->p < c->end && *c->p != '"') {
		const char *start = c->p;

		while (c->p < c->end && *c->p != '"' && *c->p != '\\')
			c->p++;
		buf_add(out, start, (size_t)(c->p - start));
		if (c->p < c->end && *c->p == '\\') {
			int r;

			c->p++;
			r = escape(c, out);
			if (r < 0)
				return r;
		}
	}
	return take(c, "\"") ? 0 : -EINVAL;
}

/* {"key":"value",…} as "key=value,…". */
static int attributes(struct cursor *c, struct buf *out)
{
	if (!take(c, "{"))
		return -EINVAL;
	for (bool first = true; !take(c, "}"); first = false) {
		if (!first && !take(c, ","))
			return -EINVAL;
		if (!first)
			buf_addc(out, ',');
		if (string(c, out) < 0 || !take(c, ":"))
			return -EINVAL;
		buf_addc(out, '=');
		if (string(c, out) < 0)
			return -EINVAL;
	}
	return 0;
}

static int short_text(struct cursor *c, char *out, size_t size)
{
	auto_buf struct buf text = BUF_INIT;
	int r = string(c, &text);

	if (r == 0)
		(void)snprintf(out, size, "%s", buf_str(&text));
	return r;
}

/* The members come in any order; what docker has beside them is not ours to know. */
static int parse_json(struct cursor c, struct log_line *l)
{
	char stream[16] = "";
	int r = take(&c, "{") ? 0 : -EINVAL;

	for (bool first = true; r == 0 && !take(&c, "}"); first = false) {
		if (!first && !take(&c, ","))
			return -EINVAL;
		if (take(&c, "\"log\":"))
			r = string(&c, &l->text);
		else if (take(&c, "\"stream\":"))
			r = short_text(&c, stream, sizeof(stream));
		else if (take(&c, "\"attrs\":"))
			r = attributes(&c, &l->attrs);
		else if (take(&c, "\"time\":"))
			r = short_text(&c, l->time, sizeof(l->time));
		else
			r = -EINVAL;
	}
	l->is_stderr = STREQ(stream, "stderr");
	return r == 0 && c.p != c.end ? -EINVAL : r;
}

static int parse_k8s(struct cursor c, struct log_line *l)
{
	const char *space = memchr(c.p, ' ', (size_t)(c.end - c.p));
	bool whole;

	if (!space || (size_t)(space - c.p) >= sizeof(l->time))
		return -EINVAL;
	(void)snprintf(l->time, sizeof(l->time), "%.*s", (int)(space - c.p), c.p);
	c.p = space + 1;
	l->is_stderr = take(&c, "stderr ");
	if (!l->is_stderr && !take(&c, "stdout "))
		return -EINVAL;
	whole = take(&c, "F ");
	if (!whole && !take(&c, "P "))
		return -EINVAL;
	buf_add(&l->text, c.p, (size_t)(c.end - c.p));
	if (whole)
		buf_addc(&l->text, '\n');
	return 0;
}

int log_line_parse(const char *line, size_t n, enum log_format format, struct log_line *ret)
{
	struct cursor c = { line, line + n };
	int r;

	buf_truncate(&ret->text, 0);
	buf_truncate(&ret->attrs, 0);
	ret->time[0] = '\0';
	r = format == LOG_FORMAT_JSON ? parse_json(c, ret) : parse_k8s(c, ret);
	if (r == 0 && (buf_failed(&ret->text) || buf_failed(&ret->attrs)))
		return -ENOMEM;
	return r;
}
