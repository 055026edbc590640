/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DOC: Theory of operation
 *
 * The text is interpreted as it is read, by recursive descent:
 *
 *	action   = "{{" ["-"] pipeline ["-"] "}}"
 *	pipeline = command { "|" command }      the value goes on as the last argument of the next
 *	command  = function { term } | ".Label" term | term
 *	term     = "." | { ".Name" } | "string" | `raw` | number | true | false | "(" pipeline ")" { ".Name" }
 *
 * Three modes share it: RENDER; CHECK, which has no document and looks at nothing but the syntax; and
 * HEADER, in which a field is its own heading and functions pass their last argument through.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "cli/format.h"
#include "cli/format_value.h"

#define NESTING_MAX 16

enum mode {
	RENDER,
	CHECK,
	HEADER
};

struct template
{
	const char *next; /* what is to be read */
	enum mode mode;
	const struct json *doc; /* HEADER: the headings */
	const struct json *labels;
	struct error *err;
	int nesting;
};

static int pipeline(struct template *t, struct value *ret);

static int bad(const struct template *t, const char *what)
{
	return error_msg(t->err, EINVAL, "template: %s at '%.40s'", what, t->next);
}

static void skip_space(struct template *t)
{
	t->next += strspn(t->next, " \t\n");
}

static size_t name_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* "a b-c" of the label "com.example.a b-c": what docker heads its column with. */
static int label_heading(const char *key, struct value *ret)
{
	const char *dot = strrchr(key, '.');

	return value_set_string(ret, str_format("%s", dot ? dot + 1 : key));
}

static int heading(const struct template *t, const char *field, struct value *ret)
{
	const char *known = json_get_str(t->doc, field);
	char *text = str_format("%s", known ? known : field);

	for (char *c = text; !known && c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return value_set_string(ret, text);
}

/* ".Name" after @v, which becomes that member. */
static int field(struct template *t, struct value *v)
{
	size_t len = name_length(t->next + 1);
	auto_free char *name = strndup(t->next + 1, len);

	if (!name)
		return error_set(t->err, ENOMEM, "template");
	if (len == 0)
		return bad(t, "a name must follow the dot");
	t->next += 1 + len;
	if (t->mode == CHECK)
		return 0;
	if (t->mode == HEADER)
		return heading(t, name, v);
	if (v->kind != VALUE_JSON)
		return error_msg(t->err, EINVAL, "template: can't take field '%s' of a %s", name,
				 value_kind(v));
	if (json_type(v->json) != JSON_OBJECT && json_type(v->json) != JSON_NULL)
		return error_msg(t->err, EINVAL, "template: can't take field '%s' of a %s", name,
				 value_kind(v));
	v->json = json_get(v->json, name);
	return 0;
}

static int fields(struct template *t, struct value *v)
{
	while (t->next[0] == '.' && name_length(t->next + 1) > 0) {
		int r = field(t, v);

		if (r < 0)
			return r;
	}
	return 0;
}

static char unescape(char c)
{
	if (c == 'n')
		return '\n';
	if (c == 't')
		return '\t';
	return c;
}

static int string(struct template *t, struct value *ret)
{
	auto_buf struct buf text = BUF_INIT;
	char quote = *t->next;
	const char *s = t->next + 1;

	for (; *s && *s != quote; s++) {
		if (*s == '\\' && quote == '"' && s[1])
			buf_addc(&text, unescape(*++s));
		else
			buf_addc(&text, *s);
	}
	if (!*s)
		return bad(t, "unterminated string");
	t->next = s + 1;
	return value_set_string(ret, buf_failed(&text) ? NULL : str_format("%s", buf_str(&text)));
}

static int number(struct template *t, struct value *ret)
{
	size_t len = strspn(t->next, "0123456789");
	auto_free char *digits = strndup(t->next, len);
	uint64_t n;

	if (!digits || parse_u64(digits, INT64_MAX, &n) < 0)
		return bad(t, "bad number");
	t->next += len;
	value_set_int(ret, (long long)n);
	return 0;
}

static int parenthesis(struct template *t, struct value *ret)
{
	int r;

	if (++t->nesting > NESTING_MAX)
		return bad(t, "too deeply nested");
	t->next++;
	r = pipeline(t, ret);
	t->nesting--;
	if (r < 0)
		return r;
	skip_space(t);
	if (*t->next != ')')
		return bad(t, "')' is missing");
	t->next++;
	return fields(t, ret);
}

static int term(struct template *t, struct value *ret)
{
	if (*t->next == '"' || *t->next == '`')
		return string(t, ret);
	if (*t->next == '(')
		return parenthesis(t, ret);
	if (isdigit((unsigned char)*t->next))
		return number(t, ret);
	if (*t->next == '.') {
		value_set_json(ret, t->doc);
		if (name_length(t->next + 1) == 0) {
			t->next++;
			return 0;
		}
		return fields(t, ret);
	}
	if (*t->next == '$')
		return bad(t, "variables are not supported");
	return bad(t, "unexpected text");
}

static bool at_end(struct template *t)
{
	skip_space(t);
	return *t->next == '\0' || *t->next == '|' || *t->next == ')' ||
	       strncmp(t->next, "}}", 2) == 0 || strncmp(t->next, "-}}", 3) == 0;
}

static bool is_label(const char *s)
{
	return strncmp(s, ".Label", 6) == 0 && strchr(" \t", s[6]) && s[6];
}

static int label(struct template *t, struct value *ret)
{
	auto_value struct value key = VALUE_INIT;
	const struct json *found;
	int r;

	t->next += 6;
	if (at_end(t))
		return bad(t, ".Label needs a key");
	r = term(t, &key);
	if (r < 0)
		return r;
	if (t->mode == CHECK)
		return 0;
	if (key.kind != VALUE_STRING)
		return bad(t, ".Label needs a string");
	if (t->mode == HEADER)
		return label_heading(key.string, ret);
	found = json_get(t->labels, key.string);
	return value_set_string(ret, str_format("%s", json_str(found) ? json_str(found) : ""));
}

static int refuse_word(const struct template *t, const char *word)
{
	static const char *const control[] = { "range", "if",	    "else",   "end",   "with",
					       "block", "template", "define", "break", "continue" };

	for (size_t i = 0; i < ARRAY_SIZE(control); i++) {
		if (STREQ(word, control[i]))
			return error_hint(t->err,
					  error_msg(t->err, ENOTSUP,
						    "template: {{%s}} is not supported", word),
					  "use --format json and a program such as jq");
	}
	return error_msg(t->err, EINVAL, "template: function \"%s\" not defined", word);
}

/* A function and its arguments; @piped, if not NULL, is the last of them. */
static int call(struct template *t, struct value *piped, struct value *ret)
{
	auto_arguments struct arguments args = ARGUMENTS_INIT;
	size_t len = name_length(t->next);
	auto_free char *name = strndup(t->next, len);
	const struct function *f;

	if (!name)
		return error_set(t->err, ENOMEM, "template");
	f = function_find(name);
	if (!f)
		return refuse_word(t, name);
	t->next += len;
	while (!at_end(t)) {
		int r;

		if (args.n == ARGUMENTS_MAX)
			return bad(t, "too many arguments");
		r = term(t, &args.v[args.n++]);
		if (r < 0)
			return r;
	}
	if (piped && args.n < ARGUMENTS_MAX)
		value_move(&args.v[args.n++], piped);
	if (args.n < f->min_args || args.n > f->max_args)
		return error_msg(t->err, EINVAL, "template: wrong number of arguments for %s",
				 name);
	if (t->mode == CHECK)
		return 0;
	if (t->mode == HEADER) {
		if (args.n > 0)
			value_move(ret, &args.v[f->subject < args.n ? f->subject : args.n - 1]);
		return 0;
	}
	return f->call(&args, ret, t->err);
}

static int command(struct template *t, struct value *piped, struct value *ret)
{
	int r;

	if (isalpha((unsigned char)*t->next)) {
		size_t len = name_length(t->next);

		if (len == 4 && strncmp(t->next, "true", 4) == 0) {
			t->next += 4;
			return value_set_string(ret, str_format("true"));
		}
		if (len == 5 && strncmp(t->next, "false", 5) == 0) {
			t->next += 5;
			return value_set_string(ret, str_format("false"));
		}
		return call(t, piped, ret);
	}
	if (piped)
		return bad(t, "a function must follow '|'");
	r = is_label(t->next) ? label(t, ret) : term(t, ret);
	if (r < 0)
		return r;
	return at_end(t) ? 0 : bad(t, "unexpected text");
}

static int pipeline(struct template *t, struct value *ret)
{
	struct value *piped = NULL;
	auto_value struct value before = VALUE_INIT;

	for (;;) {
		auto_value struct value v = VALUE_INIT;
		int r;

		if (at_end(t))
			return bad(t, "a value is missing");
		r = command(t, piped, &v);
		if (r < 0)
			return r;
		if (at_end(t) && *t->next != '|') {
			value_move(ret, &v);
			return 0;
		}
		if (*t->next != '|')
			return bad(t, "unexpected text");
		t->next++;
		value_move(&before, &v);
		piped = &before;
	}
}

static void trim_end(struct buf *out, size_t from)
{
	size_t len = out->len;

	while (len > from && strchr(" \t\r\n", out->data[len - 1]))
		len--;
	buf_truncate(out, len);
}

/* One {{…}}, t->next being after the braces. */
static int action(struct template *t, struct buf *out)
{
	auto_value struct value v = VALUE_INIT;
	int r;

	if (strncmp(t->next, "/*", 2) == 0) {
		const char *end = strstr(t->next, "*/");

		if (!end)
			return bad(t, "unclosed comment");
		t->next = end + 2;
	} else {
		r = pipeline(t, &v);
		if (r < 0)
			return r;
		if (t->mode != CHECK)
			value_print(&v, out);
	}
	skip_space(t);
	if (strncmp(t->next, "-}}", 3) == 0) {
		t->next += 3;
		t->next += strspn(t->next, " \t\r\n");
		return 0;
	}
	if (strncmp(t->next, "}}", 2) != 0)
		return bad(t, "'}}' is missing");
	t->next += 2;
	return 0;
}

static int render(struct template *t, struct buf *out)
{
	size_t from = out->len;

	for (;;) {
		const char *open = strstr(t->next, "{{");
		int r;

		if (!open) {
			buf_adds(out, t->next);
			return buf_failed(out) ? error_set(t->err, ENOMEM, "template") : 0;
		}
		buf_add(out, t->next, (size_t)(open - t->next));
		t->next = open + 2;
		if (t->next[0] == '-' && t->next[1] && strchr(" \t\n", t->next[1])) {
			t->next++;
			trim_end(out, from);
		}
		r = action(t, out);
		if (r < 0)
			return r;
		from = out->len;
	}
}

void format_unescape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == 'n' || text[1] == 't'))
			buf_addc(out, unescape(*++text));
		else
			buf_addc(out, *text);
	}
}

int format_check(const char *text, struct error *err)
{
	struct template t = { .next = text, .mode = CHECK, .err = err };
	auto_buf struct buf ignored = BUF_INIT;

	return render(&t, &ignored);
}

int format_render(const char *text, const struct json *doc, const struct json *labels,
		  struct buf *out, struct error *err)
{
	struct template t = { .next = text, .doc = doc, .labels = labels, .err = err };

	return render(&t, out);
}

int format_header(const char *text, const struct json *names, struct buf *out, struct error *err)
{
	struct template t = { .next = text, .mode = HEADER, .doc = names, .err = err };

	return render(&t, out);
}
