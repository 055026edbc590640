/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"
#include "tap.h"

static void config_done(struct image_config *c)
{
	image_config_done(c);
}
DEFINE_AUTO(config, struct image_config, config_done)
#define auto_config auto_clean(config)

static int parse(const char *text, struct image_config *ret, struct error *err)
{
	auto_json struct json *v = NULL;

	if (!OK(json_parse(text, strlen(text), &v, err) == 0))
		return -EBADMSG;
	return image_config_parse(v, ret, err);
}

static void reads_everything(void)
{
	auto_config struct image_config c = { 0 };

	EQ_INT(parse("{\"Env\":[\"A=b\",\"B=\",\"C\"],\"Entrypoint\":[\"/e\",\"x\"],\"Cmd\":[\"c\"],"
		     "\"Volumes\":{\"/v\":{},\"/w\":null},\"ExposedPorts\":{\"80/tcp\":{}},"
		     "\"Labels\":{\"k\":\"v=w\",\"e\":\"\"},\"User\":\"1:2\",\"WorkingDir\":\"/d\","
		     "\"StopSignal\":\"SIGINT\",\"Unknown\":[1,{}]}",
		     &c, NULL),
	       0);
	EQ_INT(c.env.n, 3);
	EQ_STR(c.env.v[0], "A=b");
	EQ_STR(c.env.v[2], "C=");
	EQ_INT(c.entrypoint.n, 2);
	EQ_STR(c.cmd.v[0], "c");
	EQ_INT(c.volumes.n, 2);
	EQ_STR(c.volumes.v[1], "/w");
	EQ_STR(c.ports.v[0], "80/tcp");
	EQ_STR(c.labels.v[0], "k=v=w");
	EQ_STR(c.labels.v[1], "e=");
	EQ_STR(c.user, "1:2");
	EQ_STR(c.working_dir, "/d");
	EQ_STR(c.stop_signal, "SIGINT");
}

static void takes_nothing_for_empty(void)
{
	static const char *const cases[] = {
		"null", "{}", "{\"Env\":null,\"Cmd\":null,\"Volumes\":null,\"Labels\":null,\"User\":\"\","
			      "\"WorkingDir\":null,\"ExposedPorts\":{},\"Entrypoint\":[]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_config struct image_config c = { 0 };

		EQ_INT(parse(cases[i], &c, NULL), 0);
		EQ_INT(c.env.n + c.cmd.n + c.entrypoint.n + c.volumes.n + c.labels.n + c.ports.n, 0);
		OK(!c.user && !c.working_dir && !c.stop_signal);
	}
}

static void names_what_is_wrong(void)
{
	static const char *const cases[][2] = {
		{ "[]", "image configuration: 'config' must be an object" },
		{ "{\"Env\":{}}", "image configuration: 'Env' must be an array" },
		{ "{\"Env\":[1]}", "image configuration: 'Env' must hold nothing but strings" },
		{ "{\"Env\":[\"=x\"]}", "image configuration: 'Env' has an entry without a name" },
		{ "{\"Env\":[\"\"]}", "image configuration: 'Env' has an entry without a name" },
		{ "{\"Cmd\":\"sh\"}", "image configuration: 'Cmd' must be an array" },
		{ "{\"Entrypoint\":[null]}",
		  "image configuration: 'Entrypoint' must hold nothing but strings" },
		{ "{\"Volumes\":[\"/v\"]}", "image configuration: 'Volumes' must be an object" },
		{ "{\"Volumes\":{\"v\":{}}}",
		  "image configuration: 'Volumes' has a path that is not absolute" },
		{ "{\"Volumes\":{\"/v\":1}}",
		  "image configuration: 'Volumes' must hold nothing but empty objects" },
		{ "{\"ExposedPorts\":3}", "image configuration: 'ExposedPorts' must be an object" },
		{ "{\"Labels\":{\"a\":1}}", "image configuration: 'Labels' must hold nothing but strings" },
		{ "{\"Labels\":{\"a=b\":\"\"}}", "image configuration: 'Labels' has a name with '='" },
		{ "{\"User\":0}", "image configuration: 'User' must be a string" },
		{ "{\"StopSignal\":15}", "image configuration: 'StopSignal' must be a string" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_config struct image_config c = { 0 };
		struct error err = ERROR_INIT;

		EQ_INT(parse(cases[i][0], &c, &err), -EINVAL);
		EQ_STR(err.msg, cases[i][1]);
		OK(!c.env.v && !c.volumes.v && !c.labels.v);
	}
}

static void limits_sizes(void)
{
	auto_buf struct buf many = BUF_INIT, longer = BUF_INIT;
	auto_config struct image_config c = { 0 };
	struct error err = ERROR_INIT;

	buf_adds(&many, "{\"Cmd\":[\"\"");
	for (int i = 0; i < 8192; i++)
		buf_adds(&many, ",\"\"");
	buf_adds(&many, "]}");
	EQ_INT(parse(buf_str(&many), &c, &err), -EINVAL);
	EQ_STR(err.msg, "image configuration: 'Cmd' has too many entries");
	buf_adds(&longer, "{\"Env\":[\"A=");
	for (int i = 0; i < 131072; i++)
		buf_addc(&longer, 'x');
	buf_adds(&longer, "\"]}");
	EQ_INT(parse(buf_str(&longer), &c, &err), -EINVAL);
	EQ_STR(err.msg, "image configuration: 'Env' has an entry that is too long");
}

TAP_MAIN(reads_everything, takes_nothing_for_empty, names_what_is_wrong, limits_sizes)
