/* SPDX-License-Identifier: Apache-2.0 */
#include "template/mountopts.h"

#include <errno.h>

#include "sys/mountapi.h"
#include "tap.h"

static void sorts_words(void)
{
	auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;

	EQ_INT(mount_options_parse("noexec,data=ordered,noatime,nobarrier,ro", &o, NULL), 0);
	EQ_INT(o.attr, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC | ATTR_NOATIME | ATTR_RDONLY);
	OK(o.read_only);
	EQ_INT(o.words.n, 2);
	EQ_STR(o.words.v[0], "data=ordered");
	EQ_STR(o.words.v[1], "nobarrier");
}

static void last_word_wins(void)
{
	auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;

	EQ_INT(mount_options_parse("suid,dev,ro,rw,noatime,strictatime", &o, NULL), 0);
	EQ_INT(o.attr, ATTR_STRICTATIME);
	OK(!o.read_only);
}

static void default_is_safe(void)
{
	auto_mount_options struct mount_options a = MOUNT_OPTIONS_INIT, b = MOUNT_OPTIONS_INIT;

	EQ_INT(mount_options_parse(NULL, &a, NULL), 0);
	EQ_INT(mount_options_parse("", &b, NULL), 0);
	EQ_INT(a.attr, ATTR_NOSUID | ATTR_NODEV);
	EQ_INT(b.attr, a.attr);
	EQ_INT(a.words.n + b.words.n, 0);
}

static void refuses(void)
{
	static const char *const bad[] = { "loop",  "bind",	"offset=3", "source=/dev/sda", "fd=1",
					   "a,,b",  "=x",	",",	    "remount" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;

		EQ_INT(mount_options_parse(bad[i], &o, NULL), -EINVAL);
	}
}

static const char *completed(const char *text, const char *type, bool read_only)
{
	static char out[64];
	auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;

	if (mount_options_parse(text, &o, NULL) < 0)
		return "";
	o.read_only |= read_only;
	(void)mount_options_complete(&o, type);
	out[0] = '\0';
	strv_for_each(i, &o.words)
		(void)snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s ", o.words.v[i]);
	return out;
}

static void adds_what_a_file_system_needs(void)
{
	EQ_STR(completed("", "ext4", true), "noload ");
	EQ_STR(completed("noload", "ext4", true), "noload ");
	EQ_STR(completed("nodiscard", "ext4", true), "nodiscard noload ");
	EQ_STR(completed("", "ext4", false), "discard ");
	EQ_STR(completed("nodiscard", "ext4", false), "nodiscard ");
	EQ_STR(completed("ro", "xfs", false), "norecovery ");
	EQ_STR(completed("", "btrfs", true), "");
	EQ_STR(completed("", "squashfs", true), "");
}

TAP_MAIN(sorts_words, last_word_wins, default_is_safe, refuses, adds_what_a_file_system_needs)
