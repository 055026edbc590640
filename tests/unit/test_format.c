/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format.h"

#include <errno.h>

#include "cli/table.h"
#include "tap.h"

static const char document[] =
	"{\"ID\":\"abc\",\"State\":{\"Running\":true,\"Pid\":12,\"Note\":null},\"Args\":[\"a\",\"b\"],"
	"\"Empty\":[],\"Labels\":{\"z\":\"1\",\"a.b\":\"2\"},\"Big\":12345678901234567890,"
	"\"Mounts\":[{\"Source\":\"/s\",\"RW\":false}],\"Text\":\"<a> \\\"q\\\"\"}";

static void renders(const char *template, const char *want)
{
	auto_buf struct buf out = BUF_INIT;
	auto_json struct json *doc = NULL;
	struct error err = ERROR_INIT;

	EQ_INT(json_parse(document, strlen(document), &doc, &err), 0);
	EQ_INT(format_check(template, &err), 0);
	EQ_INT(format_render(template, doc, json_get(doc, "Labels"), &out, &err), 0);
	EQ_STR(buf_str(&out), want);
}

static void refuses(const char *template, const char *want)
{
	auto_buf struct buf out = BUF_INIT;
	auto_json struct json *doc = NULL;
	struct error err = ERROR_INIT;

	EQ_INT(json_parse(document, strlen(document), &doc, &err), 0);
	OK(format_render(template, doc, NULL, &out, &err) < 0);
	EQ_STR(err.msg, want);
}

static void test_values(void)
{
	renders("plain } {text", "plain } {text");
	renders("{{.ID}}/{{ .State.Pid }}", "abc/12");
	renders("{{.State.Running}} {{.Mounts}}", "true [map[RW:false Source:/s]]");
	renders("{{.Args}} {{.Empty}} {{.Labels}}", "[a b] [] map[a.b:2 z:1]");
	renders("{{.Nope}} {{.Nope.Deeper}} {{.State.Note}}", "<no value> <no value> <no value>");
	renders("{{.State}}", "map[Note:<nil> Pid:12 Running:true]");
	renders("{{.Big}}", "12345678901234567890");
	renders("{{.ID}}  {{- .ID -}}  !", "abcabc!");
	renders("{{/* nothing */}}x", "x");
}

static void test_functions(void)
{
	renders("{{json .Args}} {{json .State.Note}} {{json .Nope}}", "[\"a\",\"b\"] null null");
	renders("{{json .Text}}", "\"<a> \\\"q\\\"\"");
	renders("{{join .Args \", \"}}|{{join .Empty `x`}}", "a, b|");
	renders("{{upper .ID}} {{.ID | upper | lower}} {{title \"ab cd\"}}", "ABC abc Ab Cd");
	renders("{{len .Args}} {{len .ID}} {{len .Labels}}", "2 3 2");
	renders("{{index .Labels \"a.b\"}} {{index .Args 1}}", "2 b");
	renders("{{(index .Mounts 0).Source}}", "/s");
	renders("{{index .Labels \"none\"}}", "<no value>");
	renders("{{println .ID 1}}", "abc 1\n");
	renders("{{.Label \"a.b\"}}{{.Label \"none\"}}", "2");
	renders("{{split \"a:b:c\" \":\"}} {{len (split .ID \"b\")}}", "[a b c] 2");
	renders("{{truncate .ID 2}}", "ab");
	renders("{{.State.Pid | json}}", "12");
}

static void test_refusals(void)
{
	refuses("{{range .Args}}x{{end}}", "template: {{range}} is not supported");
	refuses("{{if .ID}}x{{end}}", "template: {{if}} is not supported");
	refuses("{{foo .ID}}", "template: function \"foo\" not defined");
	refuses("{{.ID", "template: '}}' is missing at ''");
	refuses("{{}}", "template: a value is missing at '}}'");
	refuses("{{.ID.Deep}}", "template: can't take field 'Deep' of a string");
	refuses("{{index .Args 7}}", "template: index out of range: 7");
	refuses("{{index .Args \"a\"}}", "template: can't index a slice with a string");
	refuses("{{join .ID \",\"}}", "template: join of a string");
	refuses("{{json}}", "template: wrong number of arguments for json");
	refuses("{{\"abc}}", "template: unterminated string at '\"abc}}'");
	refuses("{{(.ID}}", "template: ')' is missing at '}}'");
	refuses("{{$x}}", "template: variables are not supported at '$x}}'");
	refuses("{{.ID .ID}}", "template: unexpected text at '.ID}}'");
	refuses("{{.ID | .ID}}", "template: a function must follow '|' at '.ID}}'");
	refuses("{{((((((((((((((((((.ID))))))))))))))))))}}",
		"template: too deeply nested at '((.ID))))))))))))))))))}}'");
}

/* What has no document must be refused for its syntax alone. */
static void test_check(void)
{
	struct error err = ERROR_INIT;

	EQ_INT(format_check("{{.Any.Field | upper}} {{index .A 3 \"x\"}} {{.Label \"x\"}}", &err), 0);
	EQ_INT(format_check("{{.A", &err), -EINVAL);
	EQ_INT(format_check("{{range .A}}", &err), -ENOTSUP);
	OK(err.hint[0] != '\0');
}

static void test_header(void)
{
	static const char names[] = "{\"ID\":\"CONTAINER ID\"}";
	auto_buf struct buf out = BUF_INIT;
	auto_json struct json *doc = NULL;
	struct error err = ERROR_INIT;

	EQ_INT(json_parse(names, strlen(names), &doc, &err), 0);
	EQ_INT(format_header("{{.ID}}\t{{upper .Status}}\t{{.Label \"com.x.team-a\"}}\t{{json .Ports}}",
			     doc, &out, &err),
	       0);
	EQ_STR(buf_str(&out), "CONTAINER ID\tSTATUS\tteam-a\tPORTS");
}

static void test_unescape(void)
{
	auto_buf struct buf out = BUF_INIT;

	format_unescape(&out, "a\\tb\\nc\\x");
	EQ_STR(buf_str(&out), "a\tb\nc\\x");
}

static void test_table(void)
{
	auto_buf struct buf out = BUF_INIT;

	table_align(&out, "NAME\tIMAGE\tSTATUS\nlongername\tx\tUp\nä\t\tz\n", TABLE_WIDTH);
	EQ_STR(buf_str(&out), "NAME         IMAGE     STATUS\n"
			      "longername   x         Up\n"
			      "ä                      z\n");
}

TAP_MAIN(test_values, test_functions, test_refusals, test_check, test_header, test_unescape,
	 test_table)
