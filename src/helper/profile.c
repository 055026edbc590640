/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "sys/caps.h"
#include "sys/seccomp.h"

#define MAX_RULES 4096
#define MAX_NAMES 1024

/* linux/seccomp.h */
#define RET_KILL_PROCESS 0x80000000u
#define RET_KILL_THREAD	 0x00000000u
#define RET_TRAP	 0x00030000u
#define RET_TRACE	 0x7ff00000u
#define RET_LOG		 0x7ffc0000u
#define DATA_MAX	 0xffffu

static const struct {
	const char *name;
	uint32_t action;
	bool has_data;
} actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_ALLOW, false },
	{ "SCMP_ACT_ERRNO", SECCOMP_FAIL(0), true },
	{ "SCMP_ACT_KILL", RET_KILL_THREAD, false },
	{ "SCMP_ACT_KILL_THREAD", RET_KILL_THREAD, false },
	{ "SCMP_ACT_KILL_PROCESS", RET_KILL_PROCESS, false },
	{ "SCMP_ACT_TRAP", RET_TRAP, false },
	{ "SCMP_ACT_TRACE", RET_TRACE, true },
	{ "SCMP_ACT_LOG", RET_LOG, false },
};

static const char *const ops[] = {
	[PROFILE_NE] = "SCMP_CMP_NE", [PROFILE_LT] = "SCMP_CMP_LT",
	[PROFILE_LE] = "SCMP_CMP_LE", [PROFILE_EQ] = "SCMP_CMP_EQ",
	[PROFILE_GE] = "SCMP_CMP_GE", [PROFILE_GT] = "SCMP_CMP_GT",
	[PROFILE_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

static void rule_done(struct profile_rule *r)
{
	strv_done(&r->names);
	strv_done(&r->includes.arches);
	strv_done(&r->excludes.arches);
}
DEFINE_AUTO(rule, struct profile_rule, rule_done)

void profile_done(struct profile *p)
{
	for (size_t i = 0; i < p->n_arches; i++) {
		free(p->arches[i].name);
		strv_done(&p->arches[i].subs);
	}
	free(p->arches);
	strv_done(&p->architectures);
	for (size_t i = 0; i < p->n_rules; i++)
		rule_done(&p->rules[i]);
	free(p->rules);
	*p = PROFILE_INIT;
}

/* A number as Go reads an unsigned one; absent and null are 0. */
static int get_uint(const struct json *object, const char *key, uint64_t max, uint64_t *ret,
		    struct error *err)
{
	const struct json *v = json_get(object, key);

	*ret = 0;
	if (!v || json_type(v) == JSON_NULL)
		return 0;
	if (!json_number(v) || parse_u64(json_number(v), max, ret) < 0)
		return error_msg(err, EINVAL, "'%s' is no number from 0 to %llu", key,
				 (unsigned long long)max);
	return 0;
}

static int get_list(const struct json *object, const char *key, struct strv *ret, struct error *err)
{
	int r = json_strv(json_get(object, key), ret);

	if (r == 0 && ret->n > MAX_NAMES)
		r = -E2BIG;
	return r < 0 ? error_set(err, r, "'%s' is no list of names", key) : 0;
}

static int get_action(const struct json *object, const char *key, const char *data_key,
		      uint32_t *ret, struct error *err)
{
	const char *name = json_get_str(object, key);
	uint64_t data;
	int r = get_uint(object, data_key, DATA_MAX, &data, err);

	if (r < 0)
		return r;
	if (!json_get(object, data_key))
		data = EPERM;
	for (size_t i = 0; name && i < ARRAY_SIZE(actions); i++) {
		if (STREQ(name, actions[i].name)) {
			*ret = actions[i].action | (actions[i].has_data ? (uint32_t)data : 0);
			return 0;
		}
	}
	if (name && STREQ(name, "SCMP_ACT_NOTIFY"))
		return error_msg(err, ENOTSUP, "'%s' is SCMP_ACT_NOTIFY, and nobody would be listening", key);
	return error_msg(err, EINVAL, "'%s' is no action: '%s'", key, name ? name : "");
}

static int parse_kernel(const char *text, unsigned *ret, struct error *err)
{
	auto_free char *major = strndup(text, strcspn(text, "."));
	uint64_t a, b;

	if (!major || !strchr(text, '.') || parse_u64(major, 0x7fff, &a) < 0 ||
	    parse_u64(strchr(text, '.') + 1, 0xffff, &b) < 0)
		return error_msg(err, EINVAL, "'minKernel' is no version like 4.8: '%s'", text);
	*ret = (unsigned)(a << 16 | b);
	return 0;
}

static int parse_filter(const struct json *j, struct profile_filter *ret, struct error *err)
{
	auto_strv struct strv caps = STRV_INIT;
	const char *kernel = json_get_str(j, "minKernel");
	int r = get_list(j, "arches", &ret->arches, err);

	if (r == 0)
		r = get_list(j, "caps", &caps, err);
	strv_for_each(i, &caps) {
		uint64_t bit = cap_from_name(caps.v[i]);

		if (r == 0 && !bit)
			r = error_msg(err, EINVAL, "unknown capability '%s'", caps.v[i]);
		ret->caps |= bit;
	}
	return r == 0 && kernel && *kernel ? parse_kernel(kernel, &ret->min_kernel, err) : r;
}

static int parse_arg(const struct json *j, struct profile_arg *ret, struct error *err)
{
	const char *op = json_get_str(j, "op");
	uint64_t index;
	int r = get_uint(j, "index", PROFILE_MAX_ARGS - 1, &index, err);

	if (r == 0)
		r = get_uint(j, "value", UINT64_MAX, &ret->value, err);
	if (r == 0)
		r = get_uint(j, "valueTwo", UINT64_MAX, &ret->value_two, err);
	if (r < 0)
		return r;
	ret->index = (unsigned)index;
	for (size_t i = 0; op && i < ARRAY_SIZE(ops); i++) {
		if (STREQ(op, ops[i])) {
			ret->op = (enum profile_op)i;
			return 0;
		}
	}
	return error_msg(err, EINVAL, "'op' is no comparison: '%s'", op ? op : "");
}

static int take_rule(struct profile *p, struct profile_rule *r, struct error *err)
{
	struct profile_rule *v;

	if (p->n_rules >= MAX_RULES)
		return error_msg(err, E2BIG, "more than %d rules", MAX_RULES);
	/* Grown in powers of two. */
	v = p->n_rules & (p->n_rules - 1) ? p->rules
					  : realloc(p->rules, MAX(2 * p->n_rules, 1) * sizeof(*v));
	if (!v)
		return error_set(err, ENOMEM, "cannot keep a rule");
	p->rules = v;
	v[p->n_rules++] = *r;
	*r = (struct profile_rule){ 0 };
	return 0;
}

/* As take_rule() for one argument of several that must not all hold. */
static int take_copy(struct profile *p, const struct profile_rule *from, unsigned arg, struct error *err)
{
	auto_clean(rule) struct profile_rule copy = *from;
	int r;

	copy.names = copy.includes.arches = copy.excludes.arches = STRV_INIT;
	copy.args[0] = from->args[arg];
	copy.n_args = 1;
	r = strv_copy(&copy.names, from->names.v);
	if (r == 0)
		r = strv_copy(&copy.includes.arches, from->includes.arches.v);
	if (r == 0)
		r = strv_copy(&copy.excludes.arches, from->excludes.arches.v);
	return r < 0 ? error_set(err, r, "cannot keep a rule") : take_rule(p, &copy, err);
}

static bool repeats_an_argument(const struct profile_rule *rule)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < rule->n_args; i++) {
		if (seen >> rule->args[i].index & 1)
			return true;
		seen |= 1u << rule->args[i].index;
	}
	return false;
}

static int parse_args(const struct json *list, struct profile_rule *rule, struct error *err)
{
	json_for_each(j, list) {
		int r;

		if (rule->n_args >= PROFILE_MAX_ARGS)
			return error_msg(err, E2BIG, "more than %d arguments", PROFILE_MAX_ARGS);
		r = parse_arg(j, &rule->args[rule->n_args++], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_rule(const struct json *j, struct profile *p, struct error *err)
{
	auto_clean(rule) struct profile_rule rule = { 0 };
	const char *name = json_get_str(j, "name");
	int r = get_list(j, "names", &rule.names, err);

	if (r == 0 && name && *name && rule.names.n)
		r = error_msg(err, EINVAL, "'name' and 'names' were specified in the seccomp "
			      "profile, use either");
	if (r == 0 && name && *name && strv_add(&rule.names, name) < 0)
		r = error_set(err, ENOMEM, "cannot keep a name");
	if (r == 0)
		r = get_action(j, "action", "errnoRet", &rule.action, err);
	if (r == 0)
		r = parse_args(json_get(j, "args"), &rule, err);
	if (r == 0)
		r = parse_filter(json_get(j, "includes"), &rule.includes, err);
	if (r == 0)
		r = parse_filter(json_get(j, "excludes"), &rule.excludes, err);
	/* runc's rule for what libseccomp can't say: several conditions on one argument are alternatives. */
	if (r == 0 && repeats_an_argument(&rule)) {
		for (unsigned i = 0; r == 0 && i < rule.n_args; i++)
			r = take_copy(p, &rule, i, err);
		return r;
	}
	return r == 0 ? take_rule(p, &rule, err) : r;
}

static int parse_arches(const struct json *list, struct profile *p, struct error *err)
{
	p->arches = calloc(json_count(list) + 1, sizeof(*p->arches));
	if (!p->arches)
		return error_set(err, ENOMEM, "cannot read 'archMap'");
	json_for_each(j, list) {
		struct profile_arch *a = &p->arches[p->n_arches++];
		const char *name = json_get_str(j, "architecture");
		int r;

		if (!name)
			return error_msg(err, EINVAL, "'archMap' lacks an 'architecture'");
		r = get_list(j, "subArchitectures", &a->subs, err);
		if (r < 0)
			return r;
		a->name = strdup(name);
		if (!a->name)
			return error_set(err, ENOMEM, "cannot read 'archMap'");
	}
	return 0;
}

int profile_parse(const char *text, size_t len, struct profile *ret, struct error *err)
{
	auto_profile struct profile p = PROFILE_INIT;
	auto_json struct json *j = NULL;
	size_t n = 0;
	int r = json_parse(text, len, &j, err);

	if (r < 0)
		return r;
	if (json_type(j) != JSON_OBJECT)
		return error_msg(err, EINVAL, "a profile is a JSON object");
	r = get_action(j, "defaultAction", "defaultErrnoRet", &p.default_action, err);
	if (r == 0)
		r = get_list(j, "architectures", &p.architectures, err);
	if (r == 0)
		r = parse_arches(json_get(j, "archMap"), &p, err);
	if (r == 0 && p.architectures.n && p.n_arches)
		r = error_msg(err, EINVAL, "'architectures' and 'archMap' were specified in the "
			      "seccomp profile, use either");
	json_for_each(rule, json_get(j, "syscalls")) {
		n++;
		if (r < 0)
			break;
		r = parse_rule(rule, &p, err);
		if (r < 0)
			r = error_prefix(err, r, "rule %zu", n);
	}
	if (r < 0)
		return r;
	*ret = p;
	p = PROFILE_INIT;
	return 0;
}
