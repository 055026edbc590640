/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a --format template, how they print, and the functions that work on them. */
#ifndef BERTH_CLI_FORMAT_VALUE_H
#define BERTH_CLI_FORMAT_VALUE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

enum value_type {
	VALUE_JSON,
	VALUE_STRING,
	VALUE_INT,
	VALUE_LIST
};

struct value {
	enum value_type kind;
	const struct json *json; /* VALUE_JSON, borrowed; NULL: no such field */
	char *string;		 /* VALUE_STRING, owned */
	long long number;	 /* VALUE_INT */
	struct strv list;	 /* VALUE_LIST, owned */
};

#define VALUE_INIT ((struct value){ 0 })

void value_done(struct value *v);
DEFINE_AUTO(value, struct value, value_done)
#define auto_value auto_clean(value)

/** value_move() - @to takes what @from holds; @from is empty then. */
void value_move(struct value *to, struct value *from);

void value_set_json(struct value *v, const struct json *json);
void value_set_int(struct value *v, long long number);
/** value_set_string() - takes @text itself. Return: 0, or -ENOMEM if it is NULL. */
int value_set_string(struct value *v, char *text);

/** value_kind() - "string", "map", … for messages. */
const char *value_kind(const struct value *v);

/** value_print() - as Go's fmt does. */
void value_print(const struct value *v, struct buf *out);

#define ARGUMENTS_MAX 8

struct arguments {
	struct value v[ARGUMENTS_MAX];
	size_t n;
};

#define ARGUMENTS_INIT ((struct arguments){ .n = 0 })

void arguments_done(struct arguments *a);
DEFINE_AUTO(arguments, struct arguments, arguments_done)
#define auto_arguments auto_clean(arguments)

struct function {
	const char *name;
	size_t min_args, max_args;
	size_t subject; /* which argument is the thing worked on: a table's heading shows it */
	int (*call)(struct arguments *args, struct value *ret, struct error *err);
};

const struct function *function_find(const char *name);

#endif
