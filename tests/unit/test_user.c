/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/user.h"

#include <errno.h>

#include "base/macros.h"
#include "tap.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "alice:x:1000:1001::/home/alice:/bin/sh\n"
			     "1234:x:0:0::/evil:/bin/sh\n"
			     "broken line\n"
			     "bob:x:notanumber:5::/home/bob:\n"
			     "neg:x:-1:0::/:\n"
			     "last:x:2000:2000::/home/last:/bin/sh";
static const char group[] = "root:x:0:\n"
			    "staff:x:50:alice,last\n"
			    "users:x:100:bob,alice\n"
			    "ali:x:101:alic\n";

struct expected {
	const char *spec;
	int r;
	uid_t uid;
	gid_t gid;
	size_t groups;
	const char *home;
};

static void resolves(void)
{
	static const struct expected cases[] = {
		{ NULL, 0, 0, 0, 0, "/root" },
		{ "", 0, 0, 0, 0, "/root" },
		{ "root", 0, 0, 0, 0, "/root" },
		{ "alice", 0, 1000, 1001, 2, "/home/alice" },
		{ "1000", 0, 1000, 1001, 2, "/home/alice" },
		{ "alice:staff", 0, 1000, 50, 0, "/home/alice" },
		{ "alice:7", 0, 1000, 7, 0, "/home/alice" },
		{ "last", 0, 2000, 2000, 1, "/home/last" },
		{ "4242", 0, 4242, 0, 0, "/" },
		{ "4242:4343", 0, 4242, 4343, 0, "/" },
		/* Digits are a number, whatever the image names its users. */
		{ "1234", 0, 1234, 0, 0, "/" },
		{ "2147483647", 0, 2147483647, 0, 0, "/" },
		{ "2147483648", -EINVAL, 0, 0, 0, NULL },
		{ "4294967296", -EINVAL, 0, 0, 0, NULL },
		{ "99999999999999999999", -EINVAL, 0, 0, 0, NULL },
		{ "-1", -EINVAL, 0, 0, 0, NULL },
		{ "0x0", -EINVAL, 0, 0, 0, NULL },
		{ "nobody", -EINVAL, 0, 0, 0, NULL },
		{ "bob", -EINVAL, 0, 0, 0, NULL },
		{ "neg", -EINVAL, 0, 0, 0, NULL },
		{ "alice:none", -EINVAL, 0, 0, 0, NULL },
		{ "alice:2147483648", -EINVAL, 0, 0, 0, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct user u;
		int r = user_resolve(cases[i].spec, passwd, group, &u, &err);

		EQ_INT(r, cases[i].r);
		if (r != cases[i].r)
			printf("# %s: %s\n", cases[i].spec ? cases[i].spec : "NULL", err.msg);
		if (r < 0)
			continue;
		EQ_INT(u.uid, cases[i].uid);
		EQ_INT(u.gid, cases[i].gid);
		EQ_INT(u.n_groups, cases[i].groups);
		EQ_STR(u.home, cases[i].home);
	}
}

static void works_without_files(void)
{
	struct user u;

	EQ_INT(user_resolve(NULL, "", "", &u, NULL), 0);
	EQ_STR(u.home, "/");
	EQ_INT(user_resolve("5:6", "", "", &u, NULL), 0);
	EQ_INT(u.gid, 6);
}

TAP_MAIN(resolves, works_without_files)
