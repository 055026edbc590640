/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of --mount, and what is judged of all mounts together. */
#include <stdlib.h>
#include <unistd.h>

#include "mount/spec.h"
#include "spec_text.h"
#include "tap.h"

static const struct {
	const char *arg, *want;
} good[] = {
	{ "dst=/a", "volume - /a" },
	{ "type=volume,dst=/a", "volume - /a" },
	{ "type=volume,destination=/a/", "volume - /a" },
	{ "target=/a,src=data", "volume data /a" },
	{ "dest=/a,source=data", "volume data /a" },
	{ "type=bind,src=/a,dst=/b", "bind /a /b" },
	{ "src=/a,dst=/b,type=bind", "bind /a /b" },
	{ "TYPE=BIND,SRC=/a,Dst=/b", "bind /a /b" },
	{ "type=bind,src=./a,dst=/b", "bind /usr/a /b" },
	{ "type=bind,src=..,dst=/b", "bind / /b" },
	{ "type=bind,src=/a:b,dst=/b:c", "bind /a:b /b:c" },
	{ "type=bind,\"src=/a,b\",dst=/c", "bind /a,b /c" },
	{ "type=bind,\"src=/a\"\"b\",dst=/c", "bind /a\"b /c" },
	{ "type=bind,src=/a=b,dst=/c", "bind /a=b /c" },
	{ "type=bind,src=/a,dst=/b,ro", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,readonly", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,readonly=true", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,ro=1", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,ro=0", "bind /a /b rw" },
	{ "type=bind,src=/a,dst=/b,readonly=false", "bind /a /b rw" },
	{ "type=bind,src=/a,dst=/b,rw", "bind /a /b rw" },
	{ "type=bind,src=/a,dst=/b,rw=false", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,bind-propagation=rslave", "bind /a /b rslave" },
	{ "type=bind,src=/a,dst=/b,bind-propagation=shared", "bind /a /b shared" },
	{ "type=bind,src=/a,dst=/b,rshared", "bind /a /b rshared" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=enabled", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=true", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=disabled", "bind /a /b nonrecursive" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=false", "bind /a /b nonrecursive" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=writable,ro", "bind /a /b ro,ro-top" },
	{ "type=bind,src=/a,dst=/b,readonly,bind-recursive=readonly,bind-propagation=rprivate",
	  "bind /a /b ro rprivate" },
	{ "type=bind,src=/a,dst=/b,bind-create-src", "bind /a /b create" },
	{ "type=bind,src=/a,dst=/b,bind-create-src=false", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,consistency=cached", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,z", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,noexec,nodev,nosuid", "bind /a /b nosuid,nodev,noexec" },
	{ "type=bind,src=/a,dst=/b,exec=false", "bind /a /b noexec" },
	{ "src=data,dst=/a,volume-nocopy", "volume data /a nocopy" },
	{ "src=data,dst=/a,volume-nocopy=true", "volume data /a nocopy" },
	{ "src=data,dst=/a,volume-nocopy=0", "volume data /a" },
	{ "src=data,dst=/a,volume-subpath=x/y", "volume data /a subpath:x/y" },
	{ "src=data,dst=/a,volume-subpath=x/../y/", "volume data /a subpath:y" },
	{ "src=data,dst=/a,volume-subpath=..x", "volume data /a subpath:..x" },
	{ "src=data,dst=/a,volume-driver=local", "volume data /a driver:local" },
	{ "src=data,dst=/a,volume-opt=type=tmpfs,volume-opt=device=tmpfs",
	  "volume data /a opt:type=tmpfs opt:device=tmpfs" },
	{ "src=data,dst=/a,\"volume-opt=o=addr=1.2.3.4,rw\"",
	  "volume data /a opt:o=addr=1.2.3.4,rw" },
	{ "src=data,dst=/a,volume-label=a=b,volume-label=c", "volume data /a label:a=b label:c=" },
	{ "src=data,dst=/a,volume-label=a=1,volume-label=a=2", "volume data /a label:a=2" },
	{ "type=tmpfs,dst=/t", "tmpfs - /t" },
	{ "type=tmpfs,dst=/t,tmpfs-size=64m", "tmpfs - /t size:67108864" },
	{ "type=tmpfs,dst=/t,tmpfs-size=1GiB", "tmpfs - /t size:1073741824" },
	{ "type=tmpfs,dst=/t,tmpfs-size=100", "tmpfs - /t size:100" },
	{ "type=tmpfs,dst=/t,tmpfs-mode=1777,ro", "tmpfs - /t ro mode:1777" },
	{ "type=tmpfs,dst=/t,exec", "tmpfs - /t exec" },
	{ "type=tmpfs,dst=/t,U,noswap,tmpcopyup", "tmpfs - /t U,copyup tmpfs:noswap" },
	{ "type=tmpfs,dst=/t,chown=true,notmpcopyup,noatime", "tmpfs - /t U,nocopyup,noatime" },
	{ "type=ramfs,dst=/t,mode=700", "ramfs - /t mode:700" },
	{ "type=image,src=debian:12,dst=/a", "image debian:12 /a ro" },
	{ "type=image,src=debian:12,dst=/a,rw=true,subpath=/etc", "image debian:12 /a rw,O subpath:etc" },
	{ "type=image,src=x,dst=/a,readwrite=false,image-subpath=usr/lib", "image x /a ro subpath:usr/lib" },
	{ "type=glob,src=/usr/lib/libc*", "glob /usr/lib/libc* /" },
	{ "type=glob,src=/usr/lib/libc*,dst=/lib,ro", "glob /usr/lib/libc* /lib ro" },
	{ "type=devpts,dst=/dev/pts,uid=5,gid=5,mode=620,max=10,ptmxmode=0666,newinstance",
	  "devpts - /dev/pts mode:620 tmpfs:uid=5 tmpfs:gid=5 tmpfs:max=10 tmpfs:ptmxmode=666 "
	  "tmpfs:newinstance" },
	{ "type=overlay,src=/a,dst=/b", "bind /a /b O" },
	{ "type=overlay,src=data,dst=/b,keep=other", "volume data /b O keep:other" },
	{ "type=bind,src=/a,dst=/b,relabel=shared,idmap=gids=0-1000-1",
	  "bind /a /b idmap map:gids=0-1000-1" },
	{ "src=data,dst=/b,nocreate,subpath=x,exclude=a", "volume data /b nocreate subpath:x exclude:a" },
};

#define TWO_TYPES "type=bind,src=/a,dst=/b"
#define BAD_NAME                                                                            \
 " includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\"" \
 " are allowed. If you intended to pass a host directory, use absolute path"

static const struct {
	const char *arg, *why;
} bad[] = {
	{ "", "value is empty" },
	{ ",", "an option is empty" },
	{ "dst=/a,", "an option is empty" },
	{ "=/a", "an option is empty" },
	{ "type=bind,src=/a", "target is required" },
	{ "type=volume", "target is required" },
	{ "src=data", "target is required" },
	{ "type=bind,dst=/a",
	  "invalid mount config for type \"bind\": field Source must not be empty" },
	{ "type=bogus,dst=/a", "mount type unknown: 'bogus'" },
	{ "type=cluster,src=x,dst=/a", "mount type unknown: 'cluster'" },
	{ "type=image,dst=/a", "invalid mount config for type \"image\": field Source must not be empty" },
	{ "type=ramfs,src=x,dst=/a",
	  "invalid mount config for type \"ramfs\": field Source must not be specified" },
	{ "type=glob,dst=/a", "invalid mount config for type \"bind\": field Source must not be empty" },
	{ "type=bind,src=/a,dst=/b,max=3", "option 'max' is not for mounts of type 'bind'" },
	{ "type=image,src=x,dst=/a,volume-subpath=x", "cannot mix 'volume-*' options with mount type 'image'" },
	{ "type=bind,src=/a,dst=/b,relabel=mine", "invalid value for relabel: 'mine'" },
	{ "type=,dst=/a", "invalid value for 'type': value is empty" },
	{ "type,dst=/a", "invalid field 'type' must be a key=value pair" },
	{ "foo=1,dst=/a", "unknown option 'foo' in 'foo=1'" },
	{ "dst=/a,foo", "unknown option 'foo' in 'foo'" },
	{ "src,dst=/a", "invalid field 'src' must be a key=value pair" },
	{ "src=,dst=/a", "invalid value for 'src': value is empty" },
	{ "dst=", "invalid value for 'dst': value is empty" },
	{ "dst= /a", "invalid value for 'dst' in 'dst= /a': value should not have whitespace" },
	{ "dst=/a ", "invalid value for 'dst' in 'dst=/a ': value should not have whitespace" },
	{ " dst=/a", "unknown option ' dst' in ' dst=/a'" },
	{ "dst=a", "invalid mount path: 'a' mount path must be absolute" },
	{ "dst=/", "destination can't be '/'" },
	{ "dst=/a/..", "destination can't be '/'" },
	{ "dst=/proc/1", "'/proc/1' cannot be mounted because it is inside /proc" },
	{ "dst=/a,dst=/b", "option 'dst' is given twice" },
	{ "dst=/a,target=/b", "options 'dst' and 'target' exclude each other" },
	{ "src=aa,source=bb,dst=/b", "options 'src' and 'source' exclude each other" },
	{ "type=bind,type=volume,dst=/b", "option 'type' is given twice" },
	{ "dst=/a,ro,rw", "options 'ro' and 'rw' exclude each other" },
	{ "dst=/a,ro,readonly", "options 'ro' and 'readonly' exclude each other" },
	{ "dst=/a,ro=yes",
	  "invalid value for 'ro': invalid boolean value ('yes'): must be one of \"true\", \"1\", "
	  "\"false\", or \"0\" (default \"true\")" },
	{ "dst=/a,ro=TRUE",
	  "invalid value for 'ro': invalid boolean value ('TRUE'): must be one of \"true\", \"1\", "
	  "\"false\", or \"0\" (default \"true\")" },
	{ "dst=/a,ro=", "invalid value for 'ro': value is empty" },
	{ "src=/abs,dst=/a", "'/abs'" BAD_NAME },
	{ "src=./rel,dst=/a", "'./rel'" BAD_NAME },
	{ "src=a,dst=/a",
	  "'a': volume name is too short, names should be at least two alphanumeric characters" },
	{ "type=bind,src=rel,dst=/a", "invalid mount path: 'rel' mount path must be absolute" },
	{ "type=bind,src=~/x,dst=/a", "'~' in '~/x' was not expanded" },
	{ TWO_TYPES ",tmpfs-size=1m", "cannot mix 'tmpfs-*' options with mount type 'bind'" },
	{ TWO_TYPES ",volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'" },
	{ "dst=/a,bind-propagation=shared",
	  "cannot mix 'bind-*' options with mount type 'volume'" },
	{ "tmpfs-mode=700,type=volume,dst=/a",
	  "cannot mix 'tmpfs-*' options with mount type 'volume'" },
	{ "type=tmpfs,dst=/a,bind-recursive=disabled",
	  "cannot mix 'bind-*' options with mount type 'tmpfs'" },
	{ "type=tmpfs,dst=/a,volume-label=a=b",
	  "cannot mix 'volume-*' options with mount type 'tmpfs'" },
	{ "type=tmpfs,src=/x,dst=/a",
	  "invalid mount config for type \"tmpfs\": field Source must not be specified" },
	{ "dst=/a,rslave", "option 'rslave' is not for mounts of type 'volume'" },
	{ "type=tmpfs,dst=/a,z", "option 'z' is not for mounts of type 'tmpfs'" },
	{ TWO_TYPES ",bind-propagation=bogus", "invalid propagation mode: bogus" },
	{ TWO_TYPES ",\"bind-propagation=rprivate,rw,suid\"",
	  "invalid propagation mode: rprivate,rw,suid" },
	{ TWO_TYPES ",bind-propagation=", "invalid value for 'bind-propagation': value is empty" },
	{ TWO_TYPES ",bind-recursive=maybe", "invalid value for bind-recursive: 'maybe'" },
	{ TWO_TYPES ",bind-recursive", "invalid field 'bind-recursive' must be a key=value pair" },
	{ TWO_TYPES ",bind-recursive=writable",
	  "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction" },
	{ TWO_TYPES ",bind-recursive=readonly",
	  "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction" },
	{ TWO_TYPES ",ro,bind-recursive=readonly",
	  "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in "
	  "conjunction" },
	{ TWO_TYPES ",bind-nonrecursive",
	  "bind-nonrecursive is deprecated, use bind-recursive=disabled instead" },
	{ "dst=/a,volume-subpath=x", "must not set Subpath when using anonymous volumes" },
	{ "src=data,dst=/a,volume-subpath=/x",
	  "subpath must be a relative path within the volume" },
	{ "src=data,dst=/a,volume-subpath=..",
	  "subpath must be a relative path within the volume" },
	{ "src=data,dst=/a,volume-subpath=x/../../y",
	  "subpath must be a relative path within the volume" },
	{ "src=data,dst=/a,volume-opt==x", "invalid value for volume-opt: '=x'" },
	{ "type=tmpfs,dst=/t,tmpfs-size=x", "invalid value for tmpfs-size: 'x'" },
	{ "type=tmpfs,dst=/t,\"tmpfs-size=1,mode=777\"",
	  "invalid value for tmpfs-size: '1,mode=777'" },
	{ "type=tmpfs,dst=/t,tmpfs-mode=999", "invalid value for tmpfs-mode: '999'" },
	{ "dst=\"/a\"", "not one line of comma-separated values: a '\"' is out of place" },
	{ "\"dst=/a", "not one line of comma-separated values: a '\"' is out of place" },
	{ "\"dst=/a\"x", "not one line of comma-separated values: a '\"' is out of place" },
};

static void reads_good(void)
{
	auto_free char *cwd = getcwd(NULL, 0);

	OK(cwd && chdir("/usr") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
		struct error err = ERROR_INIT;
		auto_free char *text = NULL;

		EQ_INT(mount_parse_mount(good[i].arg, &list, &err), 0);
		text = list.n == 1 ? spec_text(&list.v[0]) : strdup(err.msg);
		tap_check_str(text, good[i].want, __FILE__, __LINE__, good[i].arg);
	}
	OK(chdir(cwd) == 0);
}

static void refuses_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
		struct error err = ERROR_INIT;
		auto_free char *want =
			str_format("invalid --mount argument '%s': %s", bad[i].arg, bad[i].why);

		EQ_INT(mount_parse_mount(bad[i].arg, &list, &err), -EINVAL);
		EQ_INT(list.n, 0);
		tap_check_str(err.msg, want, __FILE__, __LINE__, bad[i].arg);
	}
}

static void finds_duplicates(void)
{
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(mount_specs_check(&list, &err), 0);
	EQ_INT(mount_parse_volume("/a:/x", &list, &err), 0);
	EQ_INT(mount_specs_check(&list, &err), 0);
	EQ_INT(mount_parse_tmpfs("/x/y", &list, &err), 0);
	EQ_INT(mount_parse_mount("dst=/xx", &list, &err), 0);
	EQ_INT(mount_specs_check(&list, &err), 0);
	EQ_INT(mount_parse_volume("data:/z/../x/", &list, &err), 0);
	EQ_INT(mount_specs_check(&list, &err), -EINVAL);
	EQ_STR(err.msg, "duplicate mount point: /x");
	OK(mount_spec_find(&list, "/xx") == &list.v[2]);
	OK(!mount_spec_find(&list, "/nowhere"));
}

/* A failure leaves what was there before as it was. */
static void keeps_list_on_failure(void)
{
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;

	EQ_INT(mount_parse_volume("/a:/x", &list, NULL), 0);
	EQ_INT(mount_parse_volume("/a:x", &list, NULL), -EINVAL);
	EQ_INT(mount_parse_mount("src=data,dst=/a,volume-label=a=b,ro,rw", &list, NULL), -EINVAL);
	EQ_INT(mount_parse_tmpfs("/x:uid=1,gid=2,bogus", &list, NULL), -EINVAL);
	EQ_INT(list.n, 1);
	EQ_STR(list.v[0].target, "/x");
}

static void names_propagation(void)
{
	for (int i = PROPAGATION_PRIVATE; i <= PROPAGATION_RSHARED; i++) {
		enum mount_propagation p = PROPAGATION_DEFAULT;

		EQ_INT(mount_propagation_parse(mount_propagation_name((enum mount_propagation) i),
					       &p),
		       0);
		EQ_INT(p, i);
	}
	EQ_STR(mount_propagation_name(PROPAGATION_DEFAULT), "");
	EQ_INT(mount_propagation_parse("", &(enum mount_propagation){ 0 }), -EINVAL);
	EQ_INT(mount_propagation_parse("Shared", &(enum mount_propagation){ 0 }), -EINVAL);
}

TAP_MAIN(reads_good, refuses_bad, finds_duplicates, keeps_list_on_failure, names_propagation)
