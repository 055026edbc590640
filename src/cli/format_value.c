/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "cli/format_value.h"

void value_done(struct value *v)
{
	free(v->string);
	strv_done(&v->list);
	*v = VALUE_INIT;
}

void value_move(struct value *to, struct value *from)
{
	value_done(to);
	*to = *from;
	*from = VALUE_INIT;
}

void value_set_json(struct value *v, const struct json *json)
{
	value_done(v);
	v->json = json;
}

void value_set_int(struct value *v, long long number)
{
	value_done(v);
	v->kind = VALUE_INT;
	v->number = number;
}

int value_set_string(struct value *v, char *text)
{
	value_done(v);
	v->kind = VALUE_STRING;
	v->string = text;
	return text ? 0 : -ENOMEM;
}

const char *value_kind(const struct value *v)
{
	static const char *const kinds[] = { "null", "bool", "number", "string", "slice", "map" };

	if (v->kind == VALUE_JSON)
		return kinds[json_type(v->json)];
	return v->kind == VALUE_STRING ? "string" : v->kind == VALUE_INT ? "number" : "slice";
}

/* The text of a string value of either kind, or NULL. */
static const char *text_of(const struct value *v)
{
	return v->kind == VALUE_STRING ? v->string
	       : v->kind == VALUE_JSON ? json_str(v->json)
				       : NULL;
}

static void print_json(const struct json *j, struct buf *out);

static void print_list(const struct json *j, struct buf *out)
{
	buf_addc(out, '[');
	json_for_each(item, j) {
		if (item != json_first(j))
			buf_addc(out, ' ');
		print_json(item, out);
	}
	buf_addc(out, ']');
}

/* Go prints maps in the order of their keys. */
static void print_map(const struct json *j, struct buf *out)
{
	auto_strv struct strv keys = STRV_INIT;

	json_for_each(item, j)
		(void)strv_add(&keys, json_key(item));
	strv_sort(&keys);
	buf_adds(out, "map[");
	strv_for_each(i, &keys) {
		buf_addf(out, "%s%s:", i ? " " : "", keys.v[i]);
		print_json(json_get(j, keys.v[i]), out);
	}
	buf_addc(out, ']');
}

static void print_json(const struct json *j, struct buf *out)
{
	switch (json_type(j)) {
	case JSON_NULL:
		buf_adds(out, "<nil>");
		break;
	case JSON_BOOL:
		buf_adds(out, json_bool(j, false) ? "true" : "false");
		break;
	case JSON_NUMBER:
		buf_adds(out, json_number(j));
		break;
	case JSON_STRING:
		buf_adds(out, json_str(j));
		break;
	case JSON_ARRAY:
		print_list(j, out);
		break;
	case JSON_OBJECT:
		print_map(j, out);
		break;
	}
}

void value_print(const struct value *v, struct buf *out)
{
	switch (v->kind) {
	case VALUE_JSON:
		if (json_type(v->json) == JSON_NULL)
			buf_adds(out, "<no value>");
		else
			print_json(v->json, out);
		break;
	case VALUE_STRING:
		buf_adds(out, v->string);
		break;
	case VALUE_INT:
		buf_addf(out, "%lld", v->number);
		break;
	case VALUE_LIST:
		buf_addc(out, '[');
		strv_for_each(i, &v->list)
			buf_addf(out, "%s%s", i ? " " : "", v->list.v[i]);
		buf_addc(out, ']');
		break;
	}
}

void arguments_done(struct arguments *a)
{
	for (size_t i = 0; i < a->n; i++)
		value_done(&a->v[i]);
	a->n = 0;
}

static int need_text(const struct value *v, const char *function, const char **ret,
		     struct error *err)
{
	*ret = text_of(v);
	if (!*ret)
		return error_msg(err, EINVAL, "template: %s needs a string, not a %s", function,
				 value_kind(v));
	return 0;
}

static int call_json(struct arguments *a, struct value *ret, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	const struct value *v = &a->v[0];

	if (v->kind == VALUE_JSON)
		jsonw_copy(&w, NULL, v->json);
	else if (v->kind == VALUE_STRING)
		jsonw_str(&w, NULL, v->string);
	else if (v->kind == VALUE_INT)
		jsonw_int(&w, NULL, v->number);
	else
		jsonw_strv(&w, NULL, &v->list);
	if (value_set_string(ret, buf_take(&text)) < 0)
		return error_set(err, ENOMEM, "template");
	return 0;
}

static int call_len(struct arguments *a, struct value *ret, struct error *err)
{
	const struct value *v = &a->v[0];
	const char *text = text_of(v);
	enum json_type type = json_type(v->json);

	if (text) {
		value_set_int(ret, (long long)strlen(text));
		return 0;
	}
	if (v->kind == VALUE_LIST) {
		value_set_int(ret, (long long)v->list.n);
		return 0;
	}
	/* A list or map that is null in JSON was an empty one in Go. */
	if (v->kind == VALUE_JSON &&
	    (type == JSON_ARRAY || type == JSON_OBJECT || (v->json && type == JSON_NULL))) {
		value_set_int(ret, (long long)json_count(v->json));
		return 0;
	}
	return error_msg(err, EINVAL, "template: len of a %s", value_kind(v));
}

static int index_list(const struct value *list, const struct value *at, struct value *ret,
		      struct error *err)
{
	long long n = at->kind == VALUE_INT ? at->number : -1;
	const struct json *item = json_first(list->json);

	if (at->kind != VALUE_INT)
		return error_msg(err, EINVAL, "template: can't index a slice with a %s",
				 value_kind(at));
	while (item && n-- > 0)
		item = json_next(item);
	if (!item)
		return error_msg(err, EINVAL, "template: index out of range: %lld", at->number);
	value_set_json(ret, item);
	return 0;
}

static int call_index(struct arguments *a, struct value *ret, struct error *err)
{
	value_move(ret, &a->v[0]);
	for (size_t i = 1; i < a->n; i++) {
		enum json_type type = json_type(ret->json);
		const char *key;
		int r;

		if (ret->kind != VALUE_JSON ||
		    (type != JSON_ARRAY && type != JSON_OBJECT && type != JSON_NULL))
			return error_msg(err, EINVAL, "template: can't index a %s",
					 value_kind(ret));
		if (type == JSON_ARRAY) {
			r = index_list(ret, &a->v[i], ret, err);
		} else {
			r = need_text(&a->v[i], "index", &key, err);
			if (r == 0)
				value_set_json(ret, json_get(ret->json, key));
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static void add_joined(struct buf *out, const char *separator, const char *item, bool first)
{
	if (!first)
		buf_adds(out, separator);
	buf_adds(out, item);
}

static int call_join(struct arguments *a, struct value *ret, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	const struct value *v = &a->v[0];
	const char *separator;
	int r = need_text(&a->v[1], "join", &separator, err);

	if (r < 0)
		return r;
	if (v->kind == VALUE_LIST) {
		strv_for_each(i, &v->list)
			add_joined(&text, separator, v->list.v[i], i == 0);
	} else if (v->kind == VALUE_JSON &&
		   (json_type(v->json) == JSON_ARRAY || json_type(v->json) == JSON_NULL)) {
		json_for_each(item, v->json) {
			if (!json_str(item))
				return error_msg(err, EINVAL, "template: join needs strings");
			add_joined(&text, separator, json_str(item), item == json_first(v->json));
		}
	} else {
		return error_msg(err, EINVAL, "template: join of a %s", value_kind(v));
	}
	if (value_set_string(ret, str_format("%s", buf_str(&text))) < 0)
		return error_set(err, ENOMEM, "template");
	return 0;
}

static int call_split(struct arguments *a, struct value *ret, struct error *err)
{
	const char *text = text_of(&a->v[0]), *separator = text_of(&a->v[1]);
	struct strv list = STRV_INIT;

	if (!text || !separator)
		return error_msg(err, EINVAL, "template: split needs two strings");
	while (*separator) {
		const char *found = strstr(text, separator);

		if (!found)
			break;
		(void)strv_take(&list, strndup(text, (size_t)(found - text)));
		text = found + strlen(separator);
	}
	(void)strv_add(&list, text);
	value_done(ret);
	ret->kind = VALUE_LIST;
	ret->list = list;
	return 0;
}

enum letter_case {
	UPPER,
	LOWER,
	TITLE
};

/* ASCII only, whatever the locale. */
static char letter_upper(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c;
}

static char letter_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static void change_letters(char *text, enum letter_case to)
{
	char before = ' ';

	for (char *c = text; *c; c++) {
		bool up = to == UPPER || (to == TITLE && before == ' ');

		before = *c;
		if (up)
			*c = letter_upper(*c);
		else if (to == LOWER)
			*c = letter_lower(*c);
	}
}

static int change_case(const char *name, struct arguments *a, enum letter_case to,
		       struct value *ret, struct error *err)
{
	const char *text = NULL;
	int r = need_text(&a->v[0], name, &text, err);

	if (r < 0 || !text)
		return r;
	r = value_set_string(ret, strdup(text));
	if (r < 0)
		return error_set(err, r, "template");
	change_letters(ret->string, to);
	return 0;
}

static int call_upper(struct arguments *a, struct value *ret, struct error *err)
{
	return change_case("upper", a, UPPER, ret, err);
}

static int call_lower(struct arguments *a, struct value *ret, struct error *err)
{
	return change_case("lower", a, LOWER, ret, err);
}

static int call_title(struct arguments *a, struct value *ret, struct error *err)
{
	return change_case("title", a, TITLE, ret, err);
}

static int print_all(struct arguments *a, bool line, struct value *ret, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;

	for (size_t i = 0; i < a->n; i++) {
		/* Go: println puts a space between all, print between two that are no strings. */
		if (i > 0 && (line || (!text_of(&a->v[i]) && !text_of(&a->v[i - 1]))))
			buf_addc(&text, ' ');
		value_print(&a->v[i], &text);
	}
	if (line)
		buf_addc(&text, '\n');
	if (value_set_string(ret, str_format("%s", buf_str(&text))) < 0)
		return error_set(err, ENOMEM, "template");
	return 0;
}

static int call_print(struct arguments *a, struct value *ret, struct error *err)
{
	return print_all(a, false, ret, err);
}

static int call_println(struct arguments *a, struct value *ret, struct error *err)
{
	return print_all(a, true, ret, err);
}

/* "truncate .ID 4" */
static int call_truncate(struct arguments *a, struct value *ret, struct error *err)
{
	const char *text = NULL;
	int r = need_text(&a->v[0], "truncate", &text, err);

	if (r < 0 || !text)
		return r;
	if (a->v[1].kind != VALUE_INT)
		return error_msg(err, EINVAL, "template: truncate needs a number");
	if (value_set_string(ret, strndup(text, (size_t)a->v[1].number)) < 0)
		return error_set(err, ENOMEM, "template");
	return 0;
}

const struct function *function_find(const char *name)
{
	static const struct function functions[] = {
		{ "json", 1, 1, 0, call_json },
		{ "len", 1, 1, 0, call_len },
		{ "index", 1, ARGUMENTS_MAX, 0, call_index },
		{ "join", 2, 2, 0, call_join },
		{ "split", 2, 2, 0, call_split },
		{ "upper", 1, 1, 0, call_upper },
		{ "lower", 1, 1, 0, call_lower },
		{ "title", 1, 1, 0, call_title },
		{ "print", 0, ARGUMENTS_MAX, 0, call_print },
		{ "println", 0, ARGUMENTS_MAX, 0, call_println },
		{ "truncate", 2, 2, 0, call_truncate },
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (STREQ(functions[i].name, name))
			return &functions[i];
	}
	return NULL;
}
