/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/changes.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

/* What @instructions (ended by NULL) make of @config. */
static char *applied(const char *config, const char *const *instructions)
{
	auto_json struct json *base = NULL;
	auto_changes struct changes c = CHANGES_INIT;
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);

	if (config && json_parse(config, strlen(config), &base, NULL) < 0)
		return NULL;
	if (changes_begin(&c, base, NULL) < 0)
		return NULL;
	for (; *instructions; instructions++) {
		if (changes_apply(&c, *instructions, NULL) < 0)
			return NULL;
	}
	changes_write(&c, &w, NULL);
	return buf_take(&out);
}

#define CHECK(config, want, ...)                                                                   \
	do {                                                                                       \
		const char *const list[] = { __VA_ARGS__, NULL };                                  \
		auto_free char *got = applied(config, list);                                       \
		EQ_STR(got, want);                                                                 \
	} while (0)

static void healthchecks(void)
{
	CHECK(NULL, "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f / || exit 1\"]}}",
	      "HEALTHCHECK CMD curl -f / || exit 1");
	CHECK(NULL, "{\"Healthcheck\":{\"Interval\":1000000000,\"Retries\":2,\"Test\":[\"CMD\",\"a\",\"b\"]}}",
	      "HEALTHCHECK --interval=1s --retries=2 CMD [\"a\", \"b\"]");
	CHECK("{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}",
	      "HEALTHCHECK NONE");
	CHECK("{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}", "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}}",
	      "USER \"\"");
	CHECK(NULL, NULL, "HEALTHCHECK true");
	CHECK(NULL, NULL, "HEALTHCHECK CMD");
	CHECK(NULL, NULL, "HEALTHCHECK --interval=soon CMD true");
	CHECK(NULL, NULL, "HEALTHCHECK --color=red CMD true");
}

static void commands(void)
{
	CHECK(NULL, "{\"Cmd\":[\"a\",\"b c\"]}", "CMD [\"a\", \"b c\"]");
	CHECK(NULL, "{\"Cmd\":[\"/bin/sh\",\"-c\",\"a  b | c\"]}", "cmd   a  b | c  ");
	CHECK(NULL, "{\"Cmd\":[\"/bin/sh\",\"-c\",\"[a, b]\"]}", "CMD [a, b]");
	CHECK(NULL, "{\"Entrypoint\":[\"x\"]}", "ENTRYPOINT [\"x\"]");
}

static void pairs(void)
{
	CHECK(NULL, "{\"Env\":[\"A=1\",\"B=two words\",\"C=x y\"]}", "ENV A=1 B=\"two words\" C=x\\ y");
	CHECK(NULL, "{\"Env\":[\"A=some text\"]}", "ENV A some text");
	CHECK("{\"Env\":[\"A=1\",\"B=2\"]}", "{\"Env\":[\"A=3\",\"B=2\"]}", "ENV A=3");
	CHECK(NULL, "{\"Labels\":{\"a b\":\"c=d\"}}", "LABEL \"a b\"=c=d");
	CHECK(NULL, "{\"Env\":[\"A='\"]}", "ENV A=\"'\"");
	CHECK(NULL, "{\"Env\":[\"A=\"]}", "ENV A=");
}

static void sets(void)
{
	CHECK(NULL, "{\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{},\"90/tcp\":{},\"91/tcp\":{}}}",
	      "EXPOSE 80 53/udp 90-91", "EXPOSE 80/tcp");
	CHECK(NULL, "{\"Volumes\":{\"/a\":{},\"/b\":{}}}", "VOLUME /a", "VOLUME [\"/b\", \"/a\"]");
	CHECK(NULL, "{\"OnBuild\":[\"RUN x\"]}", "ONBUILD RUN x");
}

static void texts(void)
{
	CHECK(NULL, "{\"WorkingDir\":\"/a/c\"}", "WORKDIR /a/b", "WORKDIR ../c");
	CHECK(NULL, "{\"User\":\"12:34\"}", "USER 12:34");
	CHECK(NULL, "{\"User\":\"me\"}", "USER=me");
	CHECK(NULL, "{\"StopSignal\":\"SIGTERM\"}", "STOPSIGNAL SIGTERM");
}

static void keeps_the_rest(void)
{
	CHECK("{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"NONE\"]},\"Labels\":{\"k\":\"v\"},"
	      "\"Volumes\":null,\"Hostname\":\"x\"}",
	      "{\"User\":\"u\",\"Cmd\":[\"a\"],\"Labels\":{\"k\":\"v\"},\"Healthcheck\":{\"Test\":[\"NONE\"]}}",
	      "USER u");
}

static void refuses(void)
{
	static const char *const bad[] = { "",		"RUN x",	   "CMD",	   "ENV",
					   "ENV A",	"ENV A=1 B",	   "ENV =1",	   "ENV A=\"x",
					   "EXPOSE x",	"EXPOSE 0",	   "EXPOSE 70000", "EXPOSE 2-1",
					   "EXPOSE 1/x", "CMD [1]",	   "VOLUME [1]",   "USER a b",
					   "SHELL sh",	"LABEL a",	   "WORKDIR",	   "EXPOSE -5" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_changes struct changes c = CHANGES_INIT;
		struct error err = ERROR_INIT;

		EQ_INT(changes_begin(&c, NULL, &err), 0);
		EQ_INT(changes_apply(&c, bad[i], &err), -EINVAL);
		OK(strstr(err.msg, bad[i]) != NULL);
	}
}

TAP_MAIN(healthchecks, commands, pairs, sets, texts, keeps_the_rest, refuses)
