/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "cli/opt.h"

#define USAGE_STATUS 125

struct parser {
	const struct opt *table;
	char **next; /* the next argument to look at */
	void *values;
};

static int usage(struct error *err, int r)
{
	return error_status(err, r, USAGE_STATUS);
}

static const struct opt *find_long(const struct opt *table, const char *name, size_t len)
{
	opt_for_each(o, table)
	{
		if (strncmp(o->name, name, len) == 0 && o->name[len] == '\0')
			return o;
	}
	return NULL;
}

static const struct opt *find_letter(const struct opt *table, char letter)
{
	opt_for_each(o, table)
	{
		if (o->letter == letter)
			return o;
	}
	return NULL;
}

static int bad_value(const struct opt *o, const char *text, const char *why, struct error *err)
{
	const char letter[] = { '-', o->letter, ',', ' ', '\0' };

	return usage(err, error_msg(err, EINVAL, "invalid argument \"%s\" for \"%s--%s\" flag: %s",
				    text, o->letter ? letter : "", o->name, why));
}

static int parse_int(const char *text, int *ret)
{
	bool negative = *text == '-';
	uint64_t n;
	int r = parse_u64(text + negative, INT_MAX, &n);

	if (r < 0)
		return r;
	*ret = negative ? -(int)n : (int)n;
	return 0;
}

static int store(struct parser *p, const struct opt *o, const char *text, struct error *err)
{
	char *member = (char *)p->values + o->offset;
	struct error why = ERROR_INIT;
	int r;

	switch ((enum opt_type)o->type) {
	case OPT_FLAG:
		if (parse_bool(text, (bool *)(void *)member) < 0)
			return bad_value(o, text, "not a boolean", err);
		return 0;
	case OPT_STRING:
		*(const char **)(void *)member = text;
		return 0;
	case OPT_LIST:
		r = strv_add((struct strv *)(void *)member, text);
		return r < 0 ? error_set(err, r, "cannot keep --%s", o->name) : 0;
	case OPT_INT:
		if (parse_int(text, (int *)(void *)member) < 0)
			return bad_value(o, text, "not a number", err);
		return 0;
	case OPT_PARSED:
		r = o->parse(text, member, err);
		return r < 0 ? usage(err, r) : 0;
	case OPT_VALUE:
		r = o->parse(text, member, &why);
		return r < 0 ? bad_value(o, text, why.msg, err) : 0;
	}
	return 0;
}

static int parse_long(struct parser *p, const char *arg, struct error *err)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct opt *o = find_long(p->table, name, len);

	if (len == 0)
		return usage(err, error_msg(err, EINVAL, "bad flag syntax: %s", arg));
	if (!o) {
		if (STREQ(name, "help"))
			return OPT_HELP;
		return usage(err, error_msg(err, EINVAL, "unknown flag: --%.*s", (int)len, name));
	}
	if (equals)
		return store(p, o, equals + 1, err);
	if (o->type == OPT_FLAG)
		return store(p, o, "true", err);
	if (!*p->next)
		return usage(err, error_msg(err, EINVAL, "flag needs an argument: --%s", o->name));
	return store(p, o, *p->next++, err);
}

static int parse_letters(struct parser *p, const char *arg, struct error *err)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct opt *o = find_letter(p->table, *c);
		int r;

		if (!o && *c == 'h')
			return OPT_HELP;
		if (!o)
			return usage(err, error_msg(err, EINVAL,
						    "unknown shorthand flag: '%c' in %s", *c, arg));
		if (c[1] == '=' && c[2])
			return store(p, o, c + 2, err);
		if (o->type == OPT_FLAG) {
			r = store(p, o, "true", err);
			if (r < 0)
				return r;
			continue;
		}
		if (c[1])
			return store(p, o, c + 1, err);
		if (!*p->next)
			return usage(err, error_msg(err, EINVAL,
						    "flag needs an argument: '%c' in %s", *c, arg));
		return store(p, o, *p->next++, err);
	}
	return 0;
}

int opt_parse(const struct opt *table, bool stop_early, char **argv, void *values,
	      struct error *err)
{
	struct parser p = { .table = table, .next = argv, .values = values };
	int n = 0; /* operands so far: they move down in argv, never past where we read */

	while (*p.next) {
		char *arg = *p.next;
		int r;

		if (arg[0] != '-' || arg[1] == '\0') {
			if (stop_early)
				break;
			argv[n++] = arg;
			p.next++;
			continue;
		}
		p.next++;
		if (STREQ(arg, "--"))
			break;
		r = arg[1] == '-' ? parse_long(&p, arg, err) : parse_letters(&p, arg, err);
		if (r < 0)
			return r;
	}
	while (*p.next)
		argv[n++] = *p.next++;
	argv[n] = NULL;
	return n;
}
