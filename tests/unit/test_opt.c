/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opt.h"

#include "base/parse.h"
#include "tap.h"

struct values {
	bool it, all;
	const char *name;
	struct strv env;
	int timeout;
	unsigned long long size;
};

static int parse_value(const char *arg, void *value, struct error *err)
{
	uint64_t n;

	if (parse_size(arg, &n) < 0)
		return error_msg(err, EINVAL, "bad size '%s'", arg);
	*(unsigned long long *)value = n;
	return 0;
}

static const struct opt table[] = {
	OPT_FLAG("interactive", 'i', struct values, it, "x"),
	OPT_FLAG("all", 'a', struct values, all, "x"),
	OPT_STRING("name", 'n', struct values, name, "NAME", "x"),
	OPT_LIST("env", 'e', struct values, env, "VAR", "x"),
	OPT_INT("time", 't', struct values, timeout, "SECONDS", "x"),
	OPT_PARSED("size", 0, struct values, size, parse_value, "SIZE", "x"),
	OPT_END
};

#define ARGV(...)                                                                                  \
	(char *[])                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define A(s) ((char[]){ s })

static void test_forms(void)
{
	struct values v = { 0 };
	struct error err = ERROR_INIT;
	char **argv = ARGV(A("-ia"), A("one"), A("--name=x=y"), A("-eA=1"), A("-e"), A("B=2"),
			   A("--env"), A("C"), A("two"), A("-e=D"), A("-t-1"), A("--size"), A("2k"));

	EQ_INT(opt_parse(table, false, argv, &v, &err), 2);
	OK(v.it && v.all);
	EQ_STR(v.name, "x=y");
	EQ_INT(v.env.n, 4);
	EQ_STR(v.env.v[0], "A=1");
	EQ_STR(v.env.v[1], "B=2");
	EQ_STR(v.env.v[2], "C");
	EQ_STR(v.env.v[3], "D");
	EQ_INT(v.timeout, -1);
	EQ_INT(v.size, 2048);
	EQ_STR(argv[0], "one");
	EQ_STR(argv[1], "two");
	OK(argv[2] == NULL);
	strv_done(&v.env);
}

static void test_stop(void)
{
	struct values v = { 0 };
	struct error err = ERROR_INIT;
	char **argv = ARGV(A("-a"), A("img"), A("-i"), A("--"), A("--foo"));
	char **dashes = ARGV(A("-a"), A("--"), A("-i"), A("x"));
	char **dash = ARGV(A("-"), A("-i"));

	EQ_INT(opt_parse(table, true, argv, &v, &err), 4);
	OK(v.all && !v.it);
	EQ_STR(argv[1], "-i");
	EQ_STR(argv[3], "--foo");
	EQ_INT(opt_parse(table, false, dashes, &v, &err), 2);
	OK(!v.it);
	EQ_STR(dashes[0], "-i");
	EQ_INT(opt_parse(table, false, dash, &v, &err), 1);
	EQ_STR(dash[0], "-");
	OK(v.it);
}

static void test_values(void)
{
	struct values v = { .it = true, .all = true };
	struct error err = ERROR_INIT;

	EQ_INT(opt_parse(table, false, ARGV(A("--interactive=false"), A("-a=0")), &v, &err), 0);
	OK(!v.it && !v.all);
	EQ_INT(opt_parse(table, false, ARGV(A("--name="), A("-n"), A("")), &v, &err), 0);
	EQ_STR(v.name, "");
	EQ_INT(opt_parse(table, false, ARGV(A("--name"), A("--all")), &v, &err), 0);
	EQ_STR(v.name, "--all");
	OK(!v.all);
	EQ_INT(opt_parse(NULL, false, ARGV(A("x")), NULL, &err), 1);
}

static void fails(char **argv, const char *message)
{
	struct values v = { 0 };
	struct error err = ERROR_INIT;

	EQ_INT(opt_parse(table, false, argv, &v, &err), -EINVAL);
	EQ_STR(err.msg, message);
	EQ_INT(err.status, 125);
	strv_done(&v.env);
}

static void test_errors(void)
{
	fails(ARGV(A("--foo")), "unknown flag: --foo");
	fails(ARGV(A("--foo=bar")), "unknown flag: --foo");
	fails(ARGV(A("--inter")), "unknown flag: --inter");
	fails(ARGV(A("-ix")), "unknown shorthand flag: 'x' in -ix");
	fails(ARGV(A("--name")), "flag needs an argument: --name");
	fails(ARGV(A("-in")), "flag needs an argument: 'n' in -in");
	fails(ARGV(A("--all=maybe")), "invalid argument \"maybe\" for \"-a, --all\" flag: not a boolean");
	fails(ARGV(A("-t"), A("1s")), "invalid argument \"1s\" for \"-t, --time\" flag: not a number");
	fails(ARGV(A("-t"), A("99999999999")),
	      "invalid argument \"99999999999\" for \"-t, --time\" flag: not a number");
	fails(ARGV(A("--size=x")), "bad size 'x'");
	fails(ARGV(A("--=x")), "bad flag syntax: --=x");
}

static void test_help(void)
{
	static const struct opt with_h[] = { OPT_STRING("hostname", 'h', struct values, name, "N", "x"),
					     OPT_END };
	struct values v = { 0 };
	struct error err = ERROR_INIT;

	EQ_INT(opt_parse(table, false, ARGV(A("x"), A("--help")), &v, &err), OPT_HELP);
	EQ_INT(opt_parse(table, false, ARGV(A("-h")), &v, &err), OPT_HELP);
	EQ_INT(opt_parse(with_h, true, ARGV(A("-h"), A("host")), &v, &err), 0);
	EQ_STR(v.name, "host");
	EQ_INT(opt_parse(with_h, true, ARGV(A("--help")), &v, &err), OPT_HELP);
	EQ_INT(opt_parse(with_h, true, ARGV(A("img"), A("--help")), &v, &err), 2);
}

TAP_MAIN(test_forms, test_stop, test_values, test_errors, test_help)
