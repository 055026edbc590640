/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "tap.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void normalises(void)
{
	static const char *const cases[][3] = {
		{ "busybox", "busybox:latest", "docker.io/library/busybox" },
		{ "busybox:1.36", "busybox:1.36", "docker.io/library/busybox" },
		{ "library/busybox", "busybox:latest", "docker.io/library/busybox" },
		{ "docker.io/busybox", "busybox:latest", "docker.io/library/busybox" },
		{ "docker.io/library/busybox:x", "busybox:x", "docker.io/library/busybox" },
		{ "index.docker.io/library/busybox", "busybox:latest", "docker.io/library/busybox" },
		{ "me/app", "me/app:latest", "docker.io/me/app" },
		{ "docker.io/me/app", "me/app:latest", "docker.io/me/app" },
		{ "library/a/b", "library/a/b:latest", "docker.io/library/a/b" },
		{ "localhost/app", "localhost/app:latest", "localhost/app" },
		{ "localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app" },
		{ "localhost:5000/a/b:t", "localhost:5000/a/b:t", "localhost:5000/a/b" },
		{ "quay.io/a/b", "quay.io/a/b:latest", "quay.io/a/b" },
		{ "docker.io/docker.io/z:t", "docker.io/docker.io/z:t", "docker.io/docker.io/z" },
		{ "docker.io/localhost/z", "docker.io/localhost/z:latest", "docker.io/localhost/z" },
		{ "HOST/app", "HOST/app:latest", "HOST/app" },
		{ "[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app" },
		{ "a__b/c---d/e.f:_T.x-1", "a__b/c---d/e.f:_T.x-1", "docker.io/a__b/c---d/e.f" },
		{ "app@sha256:" HEX64, "app@sha256:" HEX64, "docker.io/library/app" },
		{ "app:t@sha256:" HEX64, "app@sha256:" HEX64, "docker.io/library/app" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_ref struct ref r = REF_INIT;
		auto_free char *text = NULL, *full = NULL;

		if (!OK(ref_parse(cases[i][0], &r, NULL) == 0))
			continue;
		text = ref_format(&r);
		full = ref_full_name(&r);
		EQ_STR(text, cases[i][1]);
		EQ_STR(full, cases[i][2]);
	}
}

static void refuses(void)
{
	static const char *const cases[] = {
		"", ":", "/", "@", "a:", ":a", "a/", "/a", "a//b", "a b", "-a", "a-", "a..b", "a___b", "a._b",
		"a:-t", "a:t/b:", "a:t:u", "a@", "a@sha256:12", "a@sha512:" HEX64, "a@sha256:" HEX64 "0",
		"../a", "a/../b", ".", "..", "-h.io/a", "h.io-/a", "h.io:x/a", "h..io/a", "[::1/a", "a\n",
		"a%2fb", HEX64, "library/" HEX64, "\xc3\xa9", "https://a.io/b", "A", "a/B",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_ref struct ref r = REF_INIT;

		if (!OK(ref_parse(cases[i], &r, NULL) == -EINVAL))
			printf("# accepted <%s>\n", cases[i]);
		OK(!r.name);
	}
}

static void limits_lengths(void)
{
	char name[REF_NAME_MAX + 2], tagged[REF_TAG_MAX + 4] = "a:";
	auto_ref struct ref r = REF_INIT, t = REF_INIT, none = REF_INIT;

	memset(name, 'a', sizeof(name));
	name[REF_NAME_MAX + 1] = '\0';
	EQ_INT(ref_parse(name, &none, NULL), -EINVAL);
	name[REF_NAME_MAX] = '\0';
	EQ_INT(ref_parse(name, &r, NULL), 0);
	memset(tagged + 2, 'b', REF_TAG_MAX + 1);
	EQ_INT(ref_parse(tagged, &none, NULL), -EINVAL);
	tagged[REF_TAG_MAX + 2] = '\0';
	EQ_INT(ref_parse(tagged, &t, NULL), 0);
}

static void explains(void)
{
	struct error err = ERROR_INIT;
	auto_ref struct ref r = REF_INIT;

	EQ_INT(ref_parse("Busybox:1", &r, &err), -EINVAL);
	EQ_STR(err.msg, "invalid reference format: repository name (Busybox) must be lowercase");
	EQ_STR(err.hint, "use 'busybox'");
	EQ_INT(ref_parse("busy box", &r, &err), -EINVAL);
	EQ_STR(err.msg, "invalid reference format: 'busy box'");
	EQ_INT(ref_parse("A:b:c", &r, &err), -EINVAL);
	EQ_STR(err.msg, "invalid reference format: 'A:b:c'");
}

static void escapes(void)
{
	static const char *const cases[][2] = {
		{ "busybox:latest", "busybox%3alatest" },
		{ "h:50/a/b:t", "h%3a50%2fa%2fb%3at" },
		{ "100%", "100%25" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *name = ref_escape(cases[i][0]);
		auto_free char *back = name ? ref_unescape(name) : NULL;

		EQ_STR(name, cases[i][1]);
		EQ_STR(back, cases[i][0]);
	}
	OK(!ref_unescape("a%2Fb"));
	OK(!ref_unescape("a%"));
	OK(!ref_unescape("a%41"));
}

static void matches(void)
{
	OK(ref_matches("busybox:1.36", "busybox"));
	OK(ref_matches("busybox:1.36", "busybox:1.*"));
	OK(ref_matches("busybox:1.36", "busy*"));
	OK(ref_matches("me/app:1", "*/app"));
	OK(!ref_matches("me/app:1", "*"));
	OK(!ref_matches("busybox:1.36", "box"));
	OK(!ref_matches("busybox:1.36", "busybox:2"));
}

TAP_MAIN(normalises, refuses, limits_lengths, explains, escapes, matches)
