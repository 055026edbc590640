/* SPDX-License-Identifier: Apache-2.0 */
#include "template/mountopts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "sys/mountapi.h"

#define MAX_WORD 255 /* what fsconfig(2) takes */

void mount_options_done(struct mount_options *o)
{
	strv_done(&o->words);
}

static const struct {
	const char *name;
	uint64_t set, clear;
} attributes[] = {
	{ "ro", ATTR_RDONLY, 0 },
	{ "rw", 0, ATTR_RDONLY },
	{ "nosuid", ATTR_NOSUID, 0 },
	{ "suid", 0, ATTR_NOSUID },
	{ "nodev", ATTR_NODEV, 0 },
	{ "dev", 0, ATTR_NODEV },
	{ "noexec", ATTR_NOEXEC, 0 },
	{ "exec", 0, ATTR_NOEXEC },
	{ "relatime", 0, ATTR_ATIME },
	{ "noatime", ATTR_NOATIME, ATTR_ATIME },
	{ "strictatime", ATTR_STRICTATIME, ATTR_ATIME },
	{ "nodiratime", ATTR_NODIRATIME, 0 },
	{ "diratime", 0, ATTR_NODIRATIME },
	{ "defaults", 0, 0 },
};

/* Words of mount(8) that are its own, or would mount something else than was asked for. */
static const char *const refused[] = { "loop", "bind", "rbind", "move", "remount", "offset", "sizelimit",
				       "user", "users", "owner", "group", "auto", "noauto", "fd",
				       "source" };

static bool is_word(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && (word[n] == '\0' || word[n] == '=');
}

static int add_word(struct mount_options *o, const char *word, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (STREQ(word, attributes[i].name)) {
			o->attr = (o->attr & ~attributes[i].clear) | attributes[i].set;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (is_word(word, refused[i]))
			return error_msg(err, EINVAL, "mount option '%s' can't be used here", word);
	}
	if (!*word || *word == '=' || strlen(word) > MAX_WORD)
		return error_msg(err, EINVAL, "invalid mount option '%s'", word);
	return strv_add(&o->words, word) < 0 ? error_set(err, ENOMEM, "cannot read mount options") : 0;
}

int mount_options_parse(const char *text, struct mount_options *ret, struct error *err)
{
	auto_mount_options struct mount_options o = { .attr = ATTR_NOSUID | ATTR_NODEV };
	auto_free char *copy = strdup(text ? text : "");
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return error_set(err, ENOMEM, "cannot read mount options");
	while (r == 0 && *copy && (word = strsep(&rest, ",")))
		r = add_word(&o, word, err);
	if (r < 0)
		return r;
	o.read_only = (o.attr & ATTR_RDONLY) != 0;
	*ret = o;
	o = MOUNT_OPTIONS_INIT;
	return 0;
}

static bool has_option(const struct mount_options *o, const char *name)
{
	strv_for_each(i, &o->words) {
		if (is_word(o->words.v[i], name))
			return true;
	}
	return false;
}

int mount_options_complete(struct mount_options *o, const char *type)
{
	static const struct {
		const char *type, *read_only, *writable;
	} defaults[] = {
		{ "ext4", "noload", "discard" },
		{ "xfs", "norecovery", "discard" },
		{ "btrfs", NULL, "discard" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		const char *word = o->read_only ? defaults[i].read_only : defaults[i].writable;

		if (!STREQ(type, defaults[i].type) || !word || has_option(o, word))
			continue;
		if (o->read_only || !has_option(o, "nodiscard"))
			return strv_add(&o->words, word);
	}
	return 0;
}
