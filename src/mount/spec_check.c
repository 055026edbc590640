/* SPDX-License-Identifier: Apache-2.0 */
/* When all options of one mount are known: do they fit each other and its type? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mount/spec_internal.h"

static int wrong_type(const struct spec_parser *p, const struct spec_word *w, struct error *err)
{
	static const char *const prefixes[] = { "bind-", "volume-", "tmpfs-", "image-" };
	const char *type = mount_type_name(p->m.type);

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(w->word, prefixes[i], strlen(prefixes[i])) == 0)
			return error_msg(err, EINVAL,
					 "cannot mix '%s*' options with mount type '%s'",
					 prefixes[i], type);
	}
	return error_msg(err, EINVAL, "option '%s' is not for mounts of type '%s'", w->word, type);
}

static int check_recursion(const struct spec_parser *p, struct error *err)
{
	const char *value = p->recursive_ro ? "readonly" : "writable";

	if (!p->recursive_ro && !(p->m.flags & MOUNT_RO_TOP_ONLY))
		return 0;
	if (!(p->m.flags & MOUNT_RO))
		return error_msg(
			err, EINVAL,
			"option 'bind-recursive=%s' requires 'readonly' to be specified in "
			"conjunction",
			value);
	if (p->recursive_ro && p->m.propagation != PROPAGATION_RPRIVATE)
		return error_msg(err, EINVAL,
				 "option 'bind-recursive=readonly' requires "
				 "'bind-propagation=rprivate' to be specified in conjunction");
	return 0;
}

/* What a copy-on-write view can't be combined with, and what means nothing without one. */
static int check_view(const struct spec_parser *p, struct error *err)
{
	static const enum spec_class needs[] = { CLASS_UPPER, CLASS_WORK, CLASS_KEEP };
	static const enum spec_class excludes[] = { CLASS_PROPAGATION, CLASS_RECURSION, CLASS_LINK };

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		if (p->seen[needs[i]] && !(p->m.flags & MOUNT_VIEW))
			return error_msg(err, EINVAL, "option '%s' needs 'O', or type=overlay",
					 p->seen[needs[i]]->word);
	}
	if (!(p->m.flags & MOUNT_VIEW))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(excludes); i++) {
		if (p->seen[excludes[i]])
			return error_msg(err, EINVAL, "options 'O' and '%s' exclude each other",
					 p->seen[excludes[i]]->word);
	}
	if (p->m.flags & MOUNT_IDMAP)
		return error_msg(err, EINVAL, "options 'O' and 'idmap' exclude each other");
	if (!p->m.upper != !p->m.work)
		return error_msg(err, EINVAL, "'upperdir' and 'workdir' go together");
	if (p->m.upper && p->m.keep)
		return error_msg(err, EINVAL, "options 'upperdir' and 'keep' exclude each other");
	return 0;
}

/* An image is read-only unless asked for, and then as podman has it: a layer of its own on top. */
static void finish_type(struct spec_parser *p)
{
	if (p->m.type == MOUNT_OVERLAY) {
		p->m.type = p->m.source && strchr("./~", p->m.source[0]) ? MOUNT_BIND : MOUNT_VOLUME;
		p->m.flags |= MOUNT_VIEW;
	}
	if (p->m.type == MOUNT_IMAGE)
		p->m.flags |= p->m.flags & MOUNT_RW ? MOUNT_VIEW : MOUNT_RO;
}

int spec_finish(struct spec_parser *p, struct error *err)
{
	int r;

	for (size_t i = 0; i < CLASS_COUNT; i++) {
		const struct spec_word *w = p->seen[i];

		if (w && !(w->types & (1u << p->m.type)))
			return wrong_type(p, w, err);
	}
	finish_type(p);
	r = check_recursion(p, err);
	if (r == 0)
		r = check_view(p, err);
	return r < 0 ? r : spec_finish_places(p, err);
}
