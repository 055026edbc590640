/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/plan.h"

#include <string.h>

#include "sys/mountapi.h"
#include "tap.h"

static int build(const struct mount_specs *specs, struct mount_plan *p)
{
	struct mount_plan_input in = {
		.specs = specs, .volumes_dir = "/root/volumes", .files_dir = "/files", .cgroup2 = true,
	};

	return mount_plan_build(&in, p, NULL);
}

/* The position of a target, or -1. */
static int position(const struct mount_plan *p, const char *target)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->v[i].target, target) == 0)
			return (int)i;
	}
	return -1;
}

static void has_the_defaults(void)
{
	static const char *const targets[] = { "/proc", "/dev", "/sys", "/sys/fs/cgroup", "/dev/pts",
					       "/dev/shm", "/dev/mqueue", "/etc/hosts",
					       "/etc/hostname", "/etc/resolv.conf" };
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	EQ_INT(build(&specs, &p), 0);
	EQ_INT(p.n, sizeof(targets) / sizeof(targets[0]));
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		OK(position(&p, targets[i]) >= 0);
	OK(p.v[position(&p, "/sys")].attr & ATTR_RDONLY);
	OK(p.v[position(&p, "/proc")].attr & ATTR_NOEXEC);
}

static void parents_come_first(void)
{
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	OK(mount_parse_volume("/a:/x/y/z", &specs, NULL) == 0);
	OK(mount_parse_volume("/b:/x/y", &specs, NULL) == 0);
	OK(mount_parse_volume("/c:/x", &specs, NULL) == 0);
	OK(mount_parse_volume("/d:/dev/shm/deep", &specs, NULL) == 0);
	EQ_INT(build(&specs, &p), 0);
	OK(position(&p, "/x") < position(&p, "/x/y"));
	OK(position(&p, "/x/y") < position(&p, "/x/y/z"));
	OK(position(&p, "/dev") < position(&p, "/dev/shm"));
	OK(position(&p, "/dev/shm") < position(&p, "/dev/shm/deep"));
}

static void users_mount_replaces_default(void)
{
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	OK(mount_parse_volume("/my/hosts:/etc/hosts", &specs, NULL) == 0);
	OK(mount_parse_tmpfs("/dev/shm:size=1g", &specs, NULL) == 0);
	EQ_INT(build(&specs, &p), 0);
	EQ_INT(p.n, 10);
	EQ_STR(p.v[position(&p, "/etc/hosts")].source, "/my/hosts");
	OK(p.v[position(&p, "/dev/shm")].by_user);
}

static uint64_t attr_of(const char *volume)
{
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	OK(mount_parse_volume(volume, &specs, NULL) == 0);
	EQ_INT(build(&specs, &p), 0);
	return p.v[position(&p, "/v")].attr;
}

static void attributes(void)
{
	EQ_INT(attr_of("/a:/v"), ATTR_NODEV);
	EQ_INT(attr_of("/a:/v:ro"), ATTR_NODEV | ATTR_RDONLY);
	EQ_INT(attr_of("/a:/v:dev"), 0);
	EQ_INT(attr_of("/a:/v:nosuid,noexec"), ATTR_NODEV | ATTR_NOSUID | ATTR_NOEXEC);
	EQ_INT(attr_of("vol:/v"), ATTR_NODEV | ATTR_NOSUID);
	EQ_INT(attr_of("vol:/v:suid,dev"), 0);
}

static void sources(void)
{
	auto_mount_specs struct mount_specs specs = MOUNT_SPECS_INIT;
	auto_mount_plan struct mount_plan p = MOUNT_PLAN_INIT;

	OK(mount_parse_volume("vol:/v", &specs, NULL) == 0);
	OK(mount_parse_volume("/a:/b:bind", &specs, NULL) == 0);
	EQ_INT(build(&specs, &p), 0);
	EQ_STR(p.v[position(&p, "/v")].source, "/root/volumes/vol/_data");
	OK(!p.v[position(&p, "/b")].recursive);
}

TAP_MAIN(has_the_defaults, parents_come_first, users_mount_replaces_default, attributes, sources)
