/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume_options.h"

#include "base/macros.h"
#include "runtime/request.h"

int volume_option_volume(const char *arg, void *mounts, struct error *err)
{
	return mount_parse_volume(arg, mounts, err);
}

int volume_option_mount(const char *arg, void *mounts, struct error *err)
{
	return mount_parse_mount(arg, mounts, err);
}

int volume_option_tmpfs(const char *arg, void *mounts, struct error *err)
{
	return mount_parse_tmpfs(arg, mounts, err);
}

int volume_option_image_volume(const char *arg, void *value, struct error *err)
{
	static const struct {
		const char *word;
		enum image_volumes how;
	} words[] = {
		{ "bind", IMAGE_VOLUMES_ANONYMOUS }, { "anonymous", IMAGE_VOLUMES_ANONYMOUS },
		{ "tmpfs", IMAGE_VOLUMES_TMPFS },    { "ignore", IMAGE_VOLUMES_IGNORE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (STREQ(arg, words[i].word)) {
			*(enum image_volumes *)value = words[i].how;
			return 0;
		}
	}
	return error_msg(err, EINVAL, "invalid value '%s' for --image-volume: bind, tmpfs or ignore", arg);
}

static void describe_word(struct buf *out, const struct mount_option *o)
{
	auto_free char *word = str_format("%s%s%s", o->word, o->arg ? "=" : "", o->arg ? o->arg : "");
	const char *where = o->in_volume && o->in_mount && o->in_tmpfs ? "all"
			    : o->in_volume && o->in_mount	       ? "-v, --mount"
			    : o->in_mount && o->in_tmpfs	       ? "--mount, --tmpfs"
			    : o->in_volume			       ? "-v"
			    : o->in_mount			       ? "--mount"
								       : "--tmpfs";

	if (word)
		buf_addf(out, "%s (%s): %s\n\n", word, where, o->help);
}

void volume_options_describe(struct buf *out)
{
	struct mount_option o;

	for (size_t i = 0; mount_option_get(i, &o); i++) {
		if (o.help)
			describe_word(out, &o);
	}
}
