/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recursive-descent parser into nodes that live, with their strings, in one chain of blocks, so that
 * freeing a tree is freeing the blocks. Recursion is bounded by JSON_MAX_DEPTH.
 */
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

#define BLOCK_SIZE 8192

struct json {
	enum json_type type;
	bool truth;
	size_t count;
	const char *key;
	const char *text; /* string or number */
	struct json *first, *last, *next;
};

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

/* The first block starts with this, so that the root leads to all of them. */
struct root {
	struct json value;
	struct block *blocks;
};

struct parser {
	const char *start, *p, *end;
	struct block *blocks;
	unsigned depth;
	const char *why;
};

static void *arena_alloc(struct block **blocks, size_t size)
{
	struct block *b = *blocks;
	size_t room = MAX(size, (size_t)BLOCK_SIZE);
	void *p;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!b || b->size - b->used < size) {
		room = MAX(size, room);
		b = malloc(sizeof(*b) + room);
		if (!b)
			return NULL;
		*b = (struct block){ .next = *blocks, .size = room };
		*blocks = b;
	}
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

static void arena_free(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

static int fail(struct parser *ps, const char *why)
{
	ps->why = why;
	return -EINVAL;
}

static void skip_space(struct parser *ps)
{
	while (ps->p < ps->end &&
	       (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\n' || *ps->p == '\r'))
		ps->p++;
}

static int hex4(struct parser *ps, unsigned *ret)
{
	unsigned v = 0;

	if (ps->end - ps->p < 4)
		return fail(ps, "incomplete \\u escape");
	for (int i = 0; i < 4; i++) {
		char c = *ps->p++;
		unsigned d;

		if (c >= '0' && c <= '9')
			d = (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			d = (unsigned)((c | 32) - 'a' + 10);
		else
			return fail(ps, "bad \\u escape");
		v = v * 16 + d;
	}
	*ret = v;
	return 0;
}

static char *utf8_put(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 63));
		*out++ = (char)(0x80 | (c & 63));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 63));
		*out++ = (char)(0x80 | (c >> 6 & 63));
		*out++ = (char)(0x80 | (c & 63));
	}
	return out;
}

/* \uXXXX, or a surrogate pair of two; a lone surrogate becomes U+FFFD as in Go. */
static int unicode_escape(struct parser *ps, char **out)
{
	unsigned c = 0, low = 0;
	int r = hex4(ps, &c);

	if (r < 0)
		return r;
	if (c == 0)
		return fail(ps, "NUL in a string");
	if (c >= 0xd800 && c < 0xe000) {
		const char *back = ps->p;

		if (c < 0xdc00 && ps->end - ps->p >= 6 && ps->p[0] == '\\' && ps->p[1] == 'u') {
			ps->p += 2;
			r = hex4(ps, &low);
			if (r < 0)
				return r;
		}
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		} else {
			ps->p = back;
			c = 0xfffd;
		}
	}
	*out = utf8_put(*out, c);
	return 0;
}

static int escape(struct parser *ps, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (ps->p == ps->end)
		return fail(ps, "incomplete escape");
	if (*ps->p == 'u') {
		ps->p++;
		return unicode_escape(ps, out);
	}
	hit = *ps->p ? strchr(from, *ps->p) : NULL;
	if (!hit)
		return fail(ps, "unknown escape");
	ps->p++;
	*(*out)++ = to[hit - from];
	return 0;
}

/* The length of the valid UTF-8 sequence at @p, or 0. */
static size_t utf8_length(const unsigned char *p, const unsigned char *end)
{
	static const unsigned smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	unsigned c = n == 1 ? p[0] : p[0] & (0x7fu >> n);

	if (n < 2)
		return n;
	if ((size_t)(end - p) < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 63);
	}
	return c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

static int parse_string(struct parser *ps, const char **ret)
{
	const char *close = ++ps->p;
	char *out, *start;

	while (close < ps->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= ps->end)
		return fail(ps, "string without end");
	/* U+FFFD for one lone surrogate takes 3 bytes for 6: decoding never grows the text. */
	start = out = arena_alloc(&ps->blocks, (size_t)(close - ps->p) + 1);
	if (!out)
		return -ENOMEM;
	while (*ps->p != '"') {
		size_t n;

		if (*ps->p == '\\') {
			int r;

			ps->p++;
			r = escape(ps, &out);
			if (r < 0)
				return r;
			continue;
		}
		if ((unsigned char)*ps->p < 0x20)
			return fail(ps, "control character in a string");
		n = utf8_length((const unsigned char *)ps->p, (const unsigned char *)ps->end);
		if (n == 0)
			return fail(ps, "invalid UTF-8");
		memcpy(out, ps->p, n);
		out += n;
		ps->p += n;
	}
	ps->p++;
	*out = '\0';
	*ret = start;
	return 0;
}

static size_t digit_run(struct parser *ps)
{
	const char *from = ps->p;

	while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9')
		ps->p++;
	return (size_t)(ps->p - from);
}

static bool accept(struct parser *ps, char c)
{
	if (ps->p == ps->end || *ps->p != c)
		return false;
	ps->p++;
	return true;
}

static int parse_number(struct parser *ps, struct json *v)
{
	const char *from = ps->p;
	size_t whole;
	char *text;

	(void)accept(ps, '-');
	whole = digit_run(ps);
	if (whole == 0 || (whole > 1 && ps->p[-(ptrdiff_t)whole] == '0'))
		return fail(ps, "bad number");
	if (accept(ps, '.') && digit_run(ps) == 0)
		return fail(ps, "bad number");
	if (accept(ps, 'e') || accept(ps, 'E')) {
		if (!accept(ps, '+'))
			(void)accept(ps, '-');
		if (digit_run(ps) == 0)
			return fail(ps, "bad number");
	}
	text = arena_alloc(&ps->blocks, (size_t)(ps->p - from) + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, from, (size_t)(ps->p - from));
	text[ps->p - from] = '\0';
	v->type = JSON_NUMBER;
	v->text = text;
	return 0;
}

static int parse_word(struct parser *ps, struct json *v)
{
	static const struct {
		const char *word;
		size_t len;
		enum json_type type;
		bool truth;
	} words[] = {
		{ "null", 4, JSON_NULL, false },
		{ "true", 4, JSON_BOOL, true },
		{ "false", 5, JSON_BOOL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if ((size_t)(ps->end - ps->p) >= words[i].len &&
		    memcmp(ps->p, words[i].word, words[i].len) == 0) {
			ps->p += words[i].len;
			v->type = words[i].type;
			v->truth = words[i].truth;
			return 0;
		}
	}
	return fail(ps, "not a JSON value");
}

static int parse_value(struct parser *ps, struct json *v);

static int parse_member(struct parser *ps, struct json *container)
{
	struct json *member = arena_alloc(&ps->blocks, sizeof(*member));
	int r;

	if (!member)
		return -ENOMEM;
	*member = (struct json){ 0 };
	if (container->type == JSON_OBJECT) {
		skip_space(ps);
		if (ps->p == ps->end || *ps->p != '"')
			return fail(ps, "expected a member name");
		r = parse_string(ps, &member->key);
		if (r < 0)
			return r;
		skip_space(ps);
		if (!accept(ps, ':'))
			return fail(ps, "expected ':'");
	}
	r = parse_value(ps, member);
	if (r < 0)
		return r;
	if (container->last)
		container->last->next = member;
	else
		container->first = member;
	container->last = member;
	container->count++;
	return 0;
}

static int parse_container(struct parser *ps, struct json *v)
{
	char close = *ps->p == '{' ? '}' : ']';
	int r;

	v->type = *ps->p == '{' ? JSON_OBJECT : JSON_ARRAY;
	if (++ps->depth > JSON_MAX_DEPTH)
		return fail(ps, "nested too deep");
	ps->p++;
	skip_space(ps);
	if (!accept(ps, close)) {
		do {
			r = parse_member(ps, v);
			if (r < 0)
				return r;
			skip_space(ps);
		} while (accept(ps, ','));
		if (!accept(ps, close))
			return fail(ps, "expected ',' or the closing bracket");
	}
	ps->depth--;
	return 0;
}

static int parse_value(struct parser *ps, struct json *v)
{
	skip_space(ps);
	if (ps->p == ps->end)
		return fail(ps, "ends too early");
	if (*ps->p == '{' || *ps->p == '[')
		return parse_container(ps, v);
	if (*ps->p == '"') {
		v->type = JSON_STRING;
		return parse_string(ps, &v->text);
	}
	if (*ps->p == '-' || (*ps->p >= '0' && *ps->p <= '9'))
		return parse_number(ps, v);
	return parse_word(ps, v);
}

static int report(const struct parser *ps, int r, struct error *err)
{
	unsigned line = 1, column = 1;

	if (r != -EINVAL)
		return error_set(err, r, "cannot read JSON");
	for (const char *p = ps->start; p < ps->p && p < ps->end; p++, column++) {
		if (*p == '\n') {
			line++;
			column = 0;
		}
	}
	return error_msg(err, EINVAL, "invalid JSON at line %u column %u: %s", line, column, ps->why);
}

int json_parse(const char *text, size_t len, struct json **ret, struct error *err)
{
	struct parser ps = { .start = text, .p = text, .end = text + len };
	struct root *root;
	int r;

	if (len > JSON_MAX_BYTES)
		return error_msg(err, EFBIG, "JSON text of %zu bytes: more than %zu", len, JSON_MAX_BYTES);
	root = arena_alloc(&ps.blocks, sizeof(*root));
	if (!root)
		return error_set(err, ENOMEM, "cannot read JSON");
	*root = (struct root){ 0 };
	r = parse_value(&ps, &root->value);
	if (r == 0) {
		skip_space(&ps);
		if (ps.p != ps.end)
			r = fail(&ps, "text after the value");
	}
	if (r < 0) {
		r = report(&ps, r, err);
		arena_free(ps.blocks);
		return r;
	}
	root->blocks = ps.blocks;
	*ret = &root->value;
	return 0;
}

int json_read_at(int dirfd, const char *name, struct json **ret, struct error *err)
{
	auto_buf struct buf text = { .limit = JSON_MAX_BYTES };
	int r = file_read_at(dirfd, name, &text);

	if (r < 0)
		return error_set(err, r, "cannot read '%s'", name);
	r = json_parse(buf_str(&text), text.len, ret, err);
	return r < 0 ? error_prefix(err, r, "'%s'", name) : 0;
}

void json_free(struct json *root)
{
	if (root)
		arena_free(((struct root *)(void *)root)->blocks);
}

enum json_type json_type(const struct json *v)
{
	return v ? v->type : JSON_NULL;
}

const struct json *json_first(const struct json *container)
{
	return container ? container->first : NULL;
}

const struct json *json_next(const struct json *member)
{
	return member->next;
}

const char *json_key(const struct json *member)
{
	return member ? member->key : NULL;
}

size_t json_count(const struct json *container)
{
	return container ? container->count : 0;
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *found = NULL;

	if (json_type(object) != JSON_OBJECT)
		return NULL;
	json_for_each(m, object) {
		if (STREQ(m->key, key))
			found = m;
	}
	return found;
}

const char *json_str(const struct json *v)
{
	return json_type(v) == JSON_STRING ? v->text : NULL;
}

const char *json_number(const struct json *v)
{
	return json_type(v) == JSON_NUMBER ? v->text : NULL;
}

int64_t json_int(const struct json *v, int64_t otherwise)
{
	char *end;
	long long n;

	if (json_type(v) != JSON_NUMBER)
		return otherwise;
	errno = 0;
	n = strtoll(v->text, &end, 10);
	return errno || *end ? otherwise : n;
}

bool json_bool(const struct json *v, bool otherwise)
{
	return json_type(v) == JSON_BOOL ? v->truth : otherwise;
}

const char *json_get_str(const struct json *object, const char *key)
{
	return json_str(json_get(object, key));
}

int json_need_str(const struct json *object, const char *key, const char **ret, struct error *err)
{
	const char *s = json_get_str(object, key);

	if (!s)
		return error_msg(err, EINVAL, "missing '%s'", key);
	*ret = s;
	return 0;
}

int json_strv(const struct json *array, struct strv *ret)
{
	auto_strv struct strv list = STRV_INIT;

	if (json_type(array) != JSON_ARRAY && json_type(array) != JSON_NULL)
		return -EINVAL;
	json_for_each(item, array) {
		int r = json_str(item) ? strv_add(&list, json_str(item)) : -EINVAL;

		if (r < 0)
			return r;
	}
	strv_done(ret);
	*ret = list;
	list = STRV_INIT;
	return 0;
}
