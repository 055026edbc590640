/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of -v and --tmpfs: what each argument means, or what is said against it. */
#include <stdlib.h>
#include <unistd.h>

#include "mount/spec.h"
#include "spec_text.h"
#include "tap.h"

struct good {
	const char *arg, *want;
};

struct bad {
	const char *arg, *why; /* the message without its "invalid … 'ARG': " */
};

typedef int (*parser)(const char *arg, struct mount_specs *list, struct error *err);

static void check_good(parser parse, const struct good *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
		struct error err = ERROR_INIT;
		auto_free char *text = NULL;

		EQ_INT(parse(cases[i].arg, &list, &err), 0);
		text = list.n == 1 ? spec_text(&list.v[0]) : strdup(err.msg);
		tap_check_str(text, cases[i].want, __FILE__, __LINE__, cases[i].arg);
		if (list.n == 1)
			EQ_STR(list.v[0].text, cases[i].arg);
	}
}

static void check_bad(parser parse, const char *what, const struct bad *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
		struct error err = ERROR_INIT;
		auto_free char *want =
			str_format("invalid %s '%s': %s", what, cases[i].arg, cases[i].why);

		EQ_INT(parse(cases[i].arg, &list, &err), -EINVAL);
		EQ_INT(list.n, 0);
		tap_check_str(err.msg, want, __FILE__, __LINE__, cases[i].arg);
	}
}

static const struct good volumes[] = {
	{ "/data", "volume - /data" },
	{ "/data/", "volume - /data" },
	{ "//a//b/./c/..", "volume - /a/b" },
	{ "/a:/b", "bind /a /b create" },
	{ "/a/:/b/", "bind /a /b create" },
	{ "/a/../c:/b/../d", "bind /c /d create" },
	{ "/:/host", "bind / /host create" },
	{ "/a:/b:ro", "bind /a /b ro,create" },
	{ "/a:/b:rw", "bind /a /b rw,create" },
	{ "/a:/b:z", "bind /a /b create" },
	{ "/a:/b:Z", "bind /a /b create" },
	{ "/a:/b:ro,Z", "bind /a /b ro,create" },
	{ "/a:/b:consistent", "bind /a /b create" },
	{ "/a:/b:cached", "bind /a /b create" },
	{ "/a:/b:delegated", "bind /a /b create" },
	{ "/a:/b:private", "bind /a /b create private" },
	{ "/a:/b:rprivate", "bind /a /b create rprivate" },
	{ "/a:/b:slave", "bind /a /b create slave" },
	{ "/a:/b:rslave", "bind /a /b create rslave" },
	{ "/a:/b:shared", "bind /a /b create shared" },
	{ "/a:/b:rshared,ro", "bind /a /b ro,create rshared" },
	{ "/a:/b:exec,dev,suid", "bind /a /b suid,dev,exec,create" },
	{ "/a:/b:noexec,nodev,nosuid", "bind /a /b nosuid,nodev,noexec,create" },
	{ "/a:/b:bind", "bind /a /b nonrecursive,create" },
	{ "/a:/b:rbind", "bind /a /b create" },
	{ "/a:/b:rbind,ro,rslave,z,cached,noexec,nodev,nosuid",
	  "bind /a /b ro,nosuid,nodev,noexec,create rslave" },
	{ "/with space:/t t", "bind /with space /t t create" },
	{ "/a,b:/c", "bind /a,b /c create" },
	{ "/a=b:/c=d", "bind /a=b /c=d create" },
	{ "/ünï:/cödé", "bind /ünï /cödé create" },
	{ "/a:/b\\c", "bind /a /b\\c create" },
	{ "data:/b", "volume data /b" },
	{ "data:/b:ro", "volume data /b ro" },
	{ "data:/b:nocopy", "volume data /b nocopy" },
	{ "data:/b:copy", "volume data /b copy" },
	{ "data:/b:nocreate,U", "volume data /b U,nocreate" },
	{ "/a:/b:unbindable", "bind /a /b create unbindable" },
	{ "/a:/b:runbindable", "bind /a /b create runbindable" },
	{ "/a:/b:U,z", "bind /a /b create,U" },
	{ "/a:/b:O", "bind /a /b create,O" },
	{ "/a:/b:O,U", "bind /a /b create,O,U" },
	{ "data:/b:O", "volume data /b O" },
	{ "/a:/b:O,upperdir=/x/,workdir=/y", "bind /a /b create,O upper:/x work:/y" },
	{ "/a:/b:O,keep=it", "bind /a /b create,O keep:it" },
	{ "/a:/b:idmap", "bind /a /b create,idmap" },
	{ "/a:/b:idmap=uids=0-100000-65536;gids=@0-5-1#1-7-1",
	  "bind /a /b create,idmap map:uids=0-100000-65536;gids=@0-5-1#1-7-1" },
	{ "/a:/b:exclude=node_modules;.git/x/", "bind /a /b create exclude:node_modules exclude:.git/x" },
	{ "/a:/b:no-dereference,noatime", "bind /a /b create,no-dereference,noatime" },
	{ "data:/b:nocopy,ro,z", "volume data /b ro,nocopy" },
	{ "data:/b:rbind", "volume data /b" },
	{ "data:/b:suid,dev,exec", "volume data /b suid,dev,exec" },
	{ "d1:/b", "volume d1 /b" },
	{ "a.b_c-d:/b", "volume a.b_c-d /b" },
	{ "0123456789abcdef:/b", "volume 0123456789abcdef /b" },
	{ "/a:/proc/cpuinfo:ro", "bind /a /proc/cpuinfo ro,create" },
	{ "/a:/proc/diskstats", "bind /a /proc/diskstats create" },
	{ "/a:/proc/meminfo", "bind /a /proc/meminfo create" },
	{ "/a:/proc/stat", "bind /a /proc/stat create" },
	{ "/a:/proc/swaps", "bind /a /proc/swaps create" },
	{ "/a:/proc/uptime", "bind /a /proc/uptime create" },
	{ "/a:/proc/loadavg", "bind /a /proc/loadavg create" },
	{ "/a:/proc/slabinfo", "bind /a /proc/slabinfo create" },
	{ "/a:/procfs", "bind /a /procfs create" },
	{ "/proc:/b", "bind /proc /b create" },
	{ "/sys:/sys", "bind /sys /sys create" },
	{ "/dev/null:/dev/null", "bind /dev/null /dev/null create" },
	{ "/a:/b/../../../c", "bind /a /c create" },
};

#define BAD_NAME                                                                            \
 " includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\"" \
 " are allowed. If you intended to pass a host directory, use absolute path"

static const struct bad bad_volumes[] = {
	{ "", "invalid empty volume spec" },
	{ ":", "empty section between colons" },
	{ "::", "empty section between colons" },
	{ "/a:", "empty section between colons" },
	{ ":/b", "empty section between colons" },
	{ "/a::ro", "empty section between colons" },
	{ "/a:/b:", "empty section between colons" },
	{ ":/b:ro", "empty section between colons" },
	{ "a:b:c:d", "too many colons" },
	{ "/a:/b:ro:rw", "too many colons" },
	{ "/a:/b:ro:", "empty section between colons" },
	{ "/a:relative", "invalid mount path: 'relative' mount path must be absolute" },
	{ "/a:./b", "invalid mount path: './b' mount path must be absolute" },
	{ "/a:../b", "invalid mount path: '../b' mount path must be absolute" },
	{ "vol:b", "invalid mount path: 'b' mount path must be absolute" },
	{ "relative", "invalid mount path: 'relative' mount path must be absolute" },
	{ "/a:ro", "invalid mount path: 'ro' mount path must be absolute" },
	{ "/", "destination can't be '/'" },
	{ "/a:/", "destination can't be '/'" },
	{ "/a://", "destination can't be '/'" },
	{ "/a:/..", "destination can't be '/'" },
	{ "/a:/b/..", "destination can't be '/'" },
	{ "vol:/.:ro", "destination can't be '/'" },
	{ "/a:/proc", "'/proc' cannot be mounted because it is inside /proc" },
	{ "/a:/proc/", "'/proc' cannot be mounted because it is inside /proc" },
	{ "/a:/x/../proc/1", "'/proc/1' cannot be mounted because it is inside /proc" },
	{ "/proc/self/attr", "'/proc/self/attr' cannot be mounted because it is inside /proc" },
	{ "vol:/proc/sys", "'/proc/sys' cannot be mounted because it is inside /proc" },
	{ "/a:/proc/cpuinfo/x", "'/proc/cpuinfo/x' cannot be mounted because it is inside /proc" },
	{ "/a:/b:bogus", "invalid mode: bogus" },
	{ "/a:/b:RO", "invalid mode: RO" },
	{ "/a:/b:ro=1", "invalid mode: ro=1" },
	{ "/a:/b: ro", "invalid mode:  ro" },
	{ "/a:/b:/c", "invalid mode: /c" },
	{ "/a:/b:ro,bogus", "invalid mode: bogus" },
	{ "/a:/b:copy", "option 'copy' is not for mounts of type 'bind'" },
	{ "/a:/b:readonly", "invalid mode: readonly" },
	{ "/a:/b:size=1m", "invalid mode: size=1m" },
	{ "/a:/b:upperdir=/x", "option 'upperdir' needs 'O', or type=overlay" },
	{ "/a:/b:O,upperdir=/x", "'upperdir' and 'workdir' go together" },
	{ "/a:/b:O,upperdir=x,workdir=/y", "upperdir 'x' must be an absolute path" },
	{ "/a:/b:O,upperdir=/x,workdir=/y,keep=it", "options 'upperdir' and 'keep' exclude each other" },
	{ "/a:/b:O,rslave", "options 'O' and 'rslave' exclude each other" },
	{ "/a:/b:O,idmap", "options 'O' and 'idmap' exclude each other" },
	{ "/a:/b:keep=it", "option 'keep' needs 'O', or type=overlay" },
	{ "data:/b:O,keep=data", "volume 'data' can't keep what is written to itself" },
	{ "/a:/b:O,keep=a/b", "'a/b' includes invalid characters for a local volume name, only "
			      "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
			      "directory, use absolute path" },
	{ "/a:/b:U,idmap", "options 'U' and 'idmap' exclude each other" },
	{ "/a:/b:idmap=", "invalid value for 'idmap': value is empty" },
	{ "/a:/b:idmap=uids=0-1", "invalid idmap 'uids=0-1'" },
	{ "/a:/b:idmap=uids=0-1-0", "invalid idmap 'uids=0-1-0'" },
	{ "/a:/b:idmap=uids=0-1-2#1-9-1", "invalid idmap 'uids=0-1-2#1-9-1'" },
	{ "/a:/b:idmap=uids=0-1-4294967295", "invalid idmap 'uids=0-1-4294967295'" },
	{ "/a:/b:idmap=uids=0-1-1;", "invalid idmap 'uids=0-1-1;'" },
	{ "/a:/b:exclude=/x", "'/x' of exclude is no path below the source" },
	{ "/a:/b:exclude=x/../..", "'x/../..' of exclude is no path below the source" },
	{ "/a:/b:exclude=a;;b", "'' of exclude is no path below the source" },
	{ "/a:/b:nocreate", "option 'nocreate' is not for mounts of type 'bind'" },
	{ "data:/b:no-dereference", "option 'no-dereference' is not for mounts of type 'volume'" },
	{ "data:/b:copy,nocopy", "options 'copy' and 'nocopy' exclude each other" },
	{ "/a:/b:ro,", "an option is empty" },
	{ "/a:/b:,ro", "an option is empty" },
	{ "/a:/b:ro,,z", "an option is empty" },
	{ "/a:/b:=", "an option is empty" },
	{ "/a:/b:ro,rw", "options 'ro' and 'rw' exclude each other" },
	{ "/a:/b:rw,ro", "options 'rw' and 'ro' exclude each other" },
	{ "/a:/b:ro,ro", "option 'ro' is given twice" },
	{ "/a:/b:z,Z", "options 'z' and 'Z' exclude each other" },
	{ "/a:/b:shared,rslave", "options 'shared' and 'rslave' exclude each other" },
	{ "/a:/b:private,private", "option 'private' is given twice" },
	{ "/a:/b:cached,delegated", "options 'cached' and 'delegated' exclude each other" },
	{ "/a:/b:exec,noexec", "options 'exec' and 'noexec' exclude each other" },
	{ "/a:/b:dev,nodev", "options 'dev' and 'nodev' exclude each other" },
	{ "/a:/b:nosuid,suid", "options 'nosuid' and 'suid' exclude each other" },
	{ "/a:/b:bind,rbind", "options 'bind' and 'rbind' exclude each other" },
	{ "vol:/b:nocopy,nocopy", "option 'nocopy' is given twice" },
	{ "/a:/b:nocopy", "option 'nocopy' is not for mounts of type 'bind'" },
	{ "vol:/b:rshared", "option 'rshared' is not for mounts of type 'volume'" },
	{ "~/a:/b", "'~' in '~/a' was not expanded" },
	{ "~:/b", "'~' in '~' was not expanded" },
	{ "a:/b",
	  "'a': volume name is too short, names should be at least two alphanumeric characters" },
	{ "-a:/b", "'-a'" BAD_NAME },
	{ "a/b:/c", "'a/b'" BAD_NAME },
	{ "a b:/c", "'a b'" BAD_NAME },
	{ "völ:/c", "'völ'" BAD_NAME },
};

static const struct good tmpfs[] = {
	{ "/run", "tmpfs - /run" },
	{ "/run:", "tmpfs - /run" },
	{ "/run/", "tmpfs - /run" },
	{ "/run:rw,noexec,nosuid,size=65536k", "tmpfs - /run rw,nosuid,noexec size:67108864" },
	{ "/run:size=1g", "tmpfs - /run size:1073741824" },
	{ "/run:size=10M,mode=1777", "tmpfs - /run size:10485760 mode:1777" },
	{ "/run:size=50%", "tmpfs - /run tmpfs:size=50%" },
	{ "/run:size=0", "tmpfs - /run" },
	{ "/run:mode=0700,uid=1000,gid=1001",
	  "tmpfs - /run mode:700 tmpfs:uid=1000 tmpfs:gid=1001" },
	{ "/run:nr_inodes=10k,nr_blocks=7",
	  "tmpfs - /run tmpfs:nr_inodes=10240 tmpfs:nr_blocks=7" },
	{ "/run:ro,exec,dev,suid", "tmpfs - /run ro,suid,dev,exec" },
	{ "/run:uid=4294967294", "tmpfs - /run tmpfs:uid=4294967294" },
};

static const struct bad bad_tmpfs[] = {
	{ "", "invalid mount path: '' mount path must be absolute" },
	{ "run", "invalid mount path: 'run' mount path must be absolute" },
	{ "/", "destination can't be '/'" },
	{ "/proc", "'/proc' cannot be mounted because it is inside /proc" },
	{ "/run:size", "invalid field 'size' must be a key=value pair" },
	{ "/run:size=", "invalid value for 'size': value is empty" },
	{ "/run:size=x", "invalid value for size: 'x'" },
	{ "/run:size=-1", "invalid value for size: '-1'" },
	{ "/run:size=1,size=2", "option 'size' is given twice" },
	{ "/run:size=0%", "invalid value for size: '0%'" },
	{ "/run:size=101%", "invalid value for size: '101%'" },
	{ "/run:size=%", "invalid value for size: '%'" },
	{ "/run:size=16e", "invalid value for size: '16e'" },
	{ "/run:size=9999999999g", "invalid value for size: '9999999999g'" },
	{ "/run:size=18446744073709551615", "invalid value for size: '18446744073709551615'" },
	{ "/run:mode=8", "invalid value for mode: '8'" },
	{ "/run:mode=10000", "invalid value for mode: '10000'" },
	{ "/run:uid=root", "invalid value for uid: 'root'" },
	{ "/run:uid=0x0", "invalid value for uid: '0x0'" },
	{ "/run:uid=4294967295", "invalid value for uid: '4294967295'" },
	{ "/run:gid=-1", "invalid value for gid: '-1'" },
	{ "/run:mpol=bind", "invalid mode: mpol=bind" },
	{ "/run:huge=always", "invalid mode: huge=always" },
	{ "/run:nocopy", "invalid mode: nocopy" },
	{ "/run:shared", "invalid mode: shared" },
	{ "/run:ro,rw", "options 'ro' and 'rw' exclude each other" },
	{ "/run:exec,noexec", "options 'exec' and 'noexec' exclude each other" },
	{ "/run:ro:rw", "invalid mode: ro:rw" },
};

static void reads_volumes(void)
{
	check_good(mount_parse_volume, volumes, ARRAY_SIZE(volumes));
	check_bad(mount_parse_volume, "volume specification", bad_volumes, ARRAY_SIZE(bad_volumes));
}

static void reads_tmpfs(void)
{
	check_good(mount_parse_tmpfs, tmpfs, ARRAY_SIZE(tmpfs));
	check_bad(mount_parse_tmpfs, "tmpfs specification", bad_tmpfs, ARRAY_SIZE(bad_tmpfs));
}

/* ./x and its kin, from a working directory that is known. */
static void makes_sources_absolute(void)
{
	static const struct good cases[] = {
		{ "./x:/b", "bind /usr/x /b create" },
		{ ".:/b", "bind /usr /b create" },
		{ "..:/b", "bind / /b create" },
		{ "../etc:/b:ro", "bind /etc /b ro,create" },
		{ "./a/../c:/b", "bind /usr/c /b create" },
		{ ".hidden:/b", "bind /usr/.hidden /b create" },
	};
	auto_free char *cwd = getcwd(NULL, 0);

	OK(cwd && chdir("/usr") == 0);
	check_good(mount_parse_volume, cases, ARRAY_SIZE(cases));
	OK(chdir(cwd) == 0);
}

/* One byte repeated, between two texts. */
static char *long_text(const char *before, char c, size_t n, const char *after)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, before);
	while (n--)
		buf_addc(&b, c);
	buf_adds(&b, after);
	return buf_take(&b);
}

static void check_refused(const char *arg, const char *reason)
{
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(mount_parse_volume(arg, &list, &err), -EINVAL);
	EQ_INT(list.n, 0);
	if (!OK(strstr(err.msg, reason)))
		printf("# got <%s>\n", err.msg);
	OK(!strchr(err.msg, '\n'));
}

static void limits_paths(void)
{
	auto_free char *name = long_text("/a:/", 'n', 256, ""),
		       *path = long_text("/a:/", '/', 4096, "b");
	auto_free char *source = long_text("/", 's', 256, ":/b"),
		       *volume = long_text("", 'v', 256, ":/b");
	auto_free char *fits = long_text("/a:/", 'n', 255, "");
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;

	check_refused(name, "a name in a path is longer than 255 bytes");
	check_refused(path, "a path is longer than 4095 bytes");
	check_refused(source, "a name in a path is longer than 255 bytes");
	check_refused(volume, "volume name is longer than 255 characters");
	check_refused("/a:/b\n", "a path holds a control character");
	check_refused("/a\033[2J:/b", "a path holds a control character");
	EQ_INT(mount_parse_volume(fits, &list, NULL), 0);
}

static void gives_hints(void)
{
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(mount_parse_volume("~/a:/b", &list, &err), -EINVAL);
	OK(strstr(err.hint, "$HOME"));
	err = ERROR_INIT;
	EQ_INT(mount_parse_volume("/a:ro", &list, &err), -EINVAL);
	OK(strstr(err.hint, "--mount type=volume,dst=/a,"));
}

TAP_MAIN(reads_volumes, reads_tmpfs, makes_sources_absolute, limits_paths, gives_hints)
