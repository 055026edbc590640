/* SPDX-License-Identifier: Apache-2.0 */
/* Which hierarchies there are, and where a container's cgroup goes, on hosts of every kind. */
#include "sys/cgroup.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

#define LIMITS (CGROUP_BIT(CGROUP_MEMORY) | CGROUP_BIT(CGROUP_PIDS))

static const char hybrid[] =
	"25 1 0:22 / /proc rw - proc proc rw\n"
	"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:1 master:2 - cgroup cgroup rw,memory\n"
	"36 31 0:33 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
	"37 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
static const char hybrid_own[] = "9:name=systemd:/\n8:pids:/user\n4:memory:/a/b\n1:cpu,cpuacct:/\n0::/scope\n";

static struct cgroup_host parse(const char *mountinfo, const char *own)
{
	struct cgroup_host h = CGROUP_HOST_INIT;

	EQ_INT(cgroup_host_parse(mountinfo, own, &h), 0);
	return h;
}

static void finds_hierarchies(void)
{
	auto_cgroup_host struct cgroup_host h = parse(hybrid, hybrid_own);

	EQ_INT(h.n, 5);
	EQ_STR(h.v[0].top, "/sys/fs/cgroup/cpu,cpuacct");
	EQ_INT(h.v[0].controllers, CGROUP_BIT(CGROUP_CPU) | CGROUP_BIT(CGROUP_CPUACCT));
	EQ_INT(h.v[0].v2, false);
	EQ_STR(h.v[0].own, "/sys/fs/cgroup/cpu,cpuacct");
	EQ_STR(h.v[1].own, "/sys/fs/cgroup/memory/a/b");
	EQ_INT(h.v[1].minor, 32);
	EQ_STR(h.v[2].own, "/sys/fs/cgroup/pids/user");
	OK(h.v[3].own == NULL);
	EQ_INT(h.v[4].v2, true);
	EQ_STR(h.v[4].own, "/sys/fs/cgroup/unified/scope");
}

static void nested_roots(void)
{
	/* A container that sees its own part of the hierarchy, its namespace being the host's. */
	auto_cgroup_host struct cgroup_host a =
		parse("50 40 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/docker/abc/leaf\n");
	/* Beside it, above it by a namespace, and one with a name that only begins alike. */
	auto_cgroup_host struct cgroup_host b =
		parse("50 40 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/docker/abcd\n");
	auto_cgroup_host struct cgroup_host c =
		parse("50 40 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/../other\n");
	auto_cgroup_host struct cgroup_host d =
		parse("50 40 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/docker/abc\n");

	EQ_STR(a.v[0].own, "/sys/fs/cgroup/leaf");
	OK(b.v[0].own == NULL);
	OK(c.v[0].own == NULL);
	EQ_STR(d.v[0].own, "/sys/fs/cgroup");
}

static void odd_lines(void)
{
	auto_cgroup_host struct cgroup_host h =
		parse("\n1\n1 2 3 4 5 6\n1 2 0:3 / /a\\040b rw - cgroup2 x rw\n1 2 0:3 / /a rw - cgroup2\n"
		      "1 2 0:3 / /a rw - cgroup x rw,devices\n",
		      "garbage\n:\n0:\n");

	EQ_INT(h.n, 0);
}

static void places_v1(void)
{
	auto_cgroup_host struct cgroup_host h = parse(hybrid, hybrid_own);
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct error err = ERROR_INIT;

	h.v[4].controllers = CGROUP_BIT(CGROUP_CPUACCT) | CGROUP_BIT(CGROUP_FREEZER);
	EQ_INT(cgroup_place(&h, "/berth", "id", LIMITS | CGROUP_BIT(CGROUP_CPU), &cg, NULL), 0);
	EQ_INT(cg.n, 3);
	EQ_STR(cgroup_find(&cg, CGROUP_MEMORY)->path, "/sys/fs/cgroup/memory/berth/id");
	EQ_STR(cgroup_find(&cg, CGROUP_CPU)->path, "/sys/fs/cgroup/cpu,cpuacct/berth/id");
	OK(cgroup_find(&cg, CGROUP_FREEZER) == NULL);
	/* The freezer of version 2, where there is one, comes beside what is there. */
	EQ_INT(cgroup_place(&h, "/berth", "id", CGROUP_BIT(CGROUP_FREEZER), &cg, NULL), 0);
	EQ_INT(cg.n, 4);
	EQ_STR(cgroup_find(&cg, CGROUP_FREEZER)->path, "/sys/fs/cgroup/unified/berth/id");
	EQ_INT(cgroup_place(&h, "/berth", "id", CGROUP_BIT(CGROUP_IO), &cg, &err), -EOPNOTSUPP);
	EQ_STR(err.msg, "this host has no 'io' cgroup controller");
	OK(err.hint[0] != '\0');
}

static void places_v2(void)
{
	auto_cgroup_host struct cgroup_host h =
		parse("50 40 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/user.slice\n");
	auto_cgroup struct cgroup cg = CGROUP_INIT, own = CGROUP_INIT;

	h.v[0].controllers = CGROUP_ALL;
	EQ_INT(cgroup_place(&h, "/a//b/", "id", LIMITS, &cg, NULL), 0);
	EQ_INT(cg.n, 1);
	EQ_STR(cg.v[0].path, "/sys/fs/cgroup/a/b/id");
	EQ_INT(cg.v[0].controllers, LIMITS | CGROUP_BIT(CGROUP_FREEZER) | CGROUP_BIT(CGROUP_CPUACCT));
	EQ_INT(cgroup_place(&h, "/a/b", "id", CGROUP_BIT(CGROUP_IO), &cg, NULL), 0);
	EQ_INT(cg.n, 1);
	OK(cgroup_find(&cg, CGROUP_IO) == &cg.v[0]);
	EQ_INT(cgroup_place(&h, "mine", "id", LIMITS, &own, NULL), 0);
	EQ_STR(own.v[0].path, "/sys/fs/cgroup/user.slice/mine/id");
}

static void refuses_parents(void)
{
	static const char *const bad[] = { "", "..", "/a/../b", "a/..", "/./a", "a b", "a\nb" };
	auto_cgroup_host struct cgroup_host h = parse(hybrid, "");

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_cgroup struct cgroup cg = CGROUP_INIT;

		EQ_INT(cgroup_place(&h, bad[i], "id", LIMITS, &cg, NULL), -EINVAL);
		EQ_INT(cg.n, 0);
	}
	{
		auto_cgroup struct cgroup cg = CGROUP_INIT;

		/* Ours is not known: only a place from the top can be meant. */
		EQ_INT(cgroup_place(&h, "relative", "id", LIMITS, &cg, NULL), -ENOENT);
		EQ_INT(cgroup_place(&h, "/...", "id", LIMITS, &cg, NULL), 0);
	}
}

static void text_comes_back(void)
{
	static const char text[] = "v1 01 /sys/fs/cgroup/memory/berth/id\nv2 60 /sys/fs/cgroup/unified/berth/id\n";
	static const char *const bad[] = { "v3 1 /a\n", "v1 1 a\n", "v1\n", "v1 zz /a\n", "\n", "v1 1\n" };
	auto_cgroup struct cgroup cg = CGROUP_INIT, cut = CGROUP_INIT;
	auto_buf struct buf out = BUF_INIT;

	EQ_INT(cgroup_parse(text, &cg), 0);
	EQ_INT(cg.n, 2);
	cgroup_format(&cg, &out);
	EQ_STR(buf_str(&out), text);
	/* The last line was not written to its end. */
	EQ_INT(cgroup_parse("v1 01 /a\nv2 60 /sys/fs", &cut), 0);
	EQ_INT(cut.n, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_cgroup struct cgroup none = CGROUP_INIT;

		EQ_INT(cgroup_parse(bad[i], &none), -EINVAL);
	}
}

TAP_MAIN(finds_hierarchies, nested_roots, odd_lines, places_v1, places_v2, refuses_parents, text_comes_back)
