/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of every mount that a parser of src/mount/spec.h accepts, and of every refusal. */
#ifndef BERTH_TESTS_SPEC_INVARIANTS_H
#define BERTH_TESTS_SPEC_INVARIANTS_H

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/name.h"
#include "base/path.h"
#include "fuzz.h"
#include "mount/spec.h"

typedef int (*spec_parser_fn)(const char *arg, struct mount_specs *list, struct error *err);

static inline void must_be_clean(const char *path)
{
	auto_free char *clean = path_clean(path);

	MUST(clean && path[0] == '/' && STREQ(clean, path) && strlen(path) < PATH_MAX);
}

static inline void must_be_target(const struct mount_spec *m)
{
	const char *target = m->target;

	must_be_clean(target);
	MUST((m->type == MOUNT_GLOB || !STREQ(target, "/")) && !STREQ(target, "/proc"));
	/* Of what is in /proc only the files that lxcfs serves: one component and lower-case letters. */
	if (strncmp(target, "/proc/", 6) == 0)
		MUST(strlen(target) <= strlen("/proc/diskstats") &&
		     strspn(target + 6, "abcdefghijklmnopqrstuvwxyz") == strlen(target + 6));
}

static inline void must_be_below(const char *path)
{
	MUST(path[0] && path[0] != '/' && !STREQ(path, "..") && strncmp(path, "../", 3) != 0);
}

static inline void must_fit_type(const struct mount_spec *m)
{
	switch (m->type) {
	case MOUNT_BIND:
	case MOUNT_GLOB:
		must_be_clean(m->source);
		MUST(!(m->flags & MOUNT_NOCOPY) && !m->driver && !m->subpath && m->labels.n == 0);
		break;
	case MOUNT_VOLUME:
		MUST(!m->source || name_is_valid(m->source));
		MUST(m->propagation == PROPAGATION_DEFAULT && !(m->flags & MOUNT_CREATE_SOURCE));
		MUST(!m->subpath || m->source);
		break;
	case MOUNT_IMAGE:
		MUST(m->source && m->propagation == PROPAGATION_DEFAULT);
		MUST((m->flags & MOUNT_RO) || (m->flags & MOUNT_VIEW));
		break;
	default:
		MUST(m->type != MOUNT_OVERLAY);
		MUST(!m->source && !m->subpath && m->propagation == PROPAGATION_DEFAULT);
		MUST(!m->idmap && !m->upper && !m->keep && m->exclude.n == 0);
	}
	if (m->subpath)
		must_be_below(m->subpath);
	strv_for_each(i, &m->exclude)
		must_be_below(m->exclude.v[i]);
	if (m->type == MOUNT_BIND || m->type == MOUNT_VOLUME || m->type == MOUNT_IMAGE)
		MUST(m->tmpfs_options.n == 0 && m->tmpfs_size == 0 && !m->has_tmpfs_mode);
	MUST(m->tmpfs_mode <= 07777 && m->tmpfs_size <= INT64_MAX);
}

static inline void must_be_view(const struct mount_spec *m)
{
	MUST(!m->upper == !m->work && !(m->upper && m->keep));
	MUST((m->flags & MOUNT_VIEW) || (!m->upper && !m->keep));
	MUST(!m->keep || name_is_valid(m->keep));
	MUST(!m->idmap || (m->flags & MOUNT_IDMAP));
	if (m->upper) {
		must_be_clean(m->upper);
		must_be_clean(m->work);
	}
}

/* Words and digits: nothing that a user wrote as such, and above all no comma, reaches the kernel. */
static inline void must_be_kernel_option(const char *option)
{
	size_t name = strspn(option, "abcdefghijklmnopqrstuvwxyz_"), digits;

	MUST(name > 0 && (option[name] == '=' || option[name] == '\0'));
	if (option[name] == '\0')
		return;
	digits = strspn(option + name + 1, "0123456789");
	MUST(digits > 0);
	MUST(option[name + 1 + digits] == '\0' || STREQ(option + name + 1 + digits, "%"));
}

static inline void must_be_sound(const struct mount_spec *m, const char *arg)
{
	static const unsigned pairs[] = { MOUNT_RO | MOUNT_RW, MOUNT_NOSUID | MOUNT_SUID,
					  MOUNT_NODEV | MOUNT_DEV, MOUNT_NOEXEC | MOUNT_EXEC };

	must_be_target(m);
	must_fit_type(m);
	must_be_view(m);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		MUST((m->flags & pairs[i]) != pairs[i]);
	MUST(!(m->flags & MOUNT_RO_TOP_ONLY) || (m->flags & MOUNT_RO));
	MUST(!(m->flags & (MOUNT_FROM_IMAGE | MOUNT_ANONYMOUS)));
	strv_for_each(i, &m->tmpfs_options)
		must_be_kernel_option(m->tmpfs_options.v[i]);
	strv_for_each(i, &m->labels)
		MUST(strchr(m->labels.v[i], '=') && m->labels.v[i][0] != '=');
	MUST(STREQ(m->text, arg));
}

/* Parse @arg onto a list that holds something; whatever happens, that stays. */
static inline void check_spec(spec_parser_fn parse, const char *arg)
{
	auto_mount_specs struct mount_specs list = MOUNT_SPECS_INIT;
	struct error err = ERROR_INIT;
	int r;

	MUST(mount_parse_tmpfs("/first", &list, &err) == 0);
	r = parse(arg, &list, &err);
	MUST(STREQ(list.v[0].target, "/first"));
	if (r < 0) {
		MUST(r == -EINVAL && err.code == EINVAL && list.n == 1);
		MUST(err.msg[0] && !strpbrk(err.msg, "\n\033") && !strpbrk(err.hint, "\n\033"));
		return;
	}
	MUST(r == 0 && list.n == 2 && !err.code);
	must_be_sound(&list.v[1], arg);
	MUST(mount_specs_check(&list, &err) == (STREQ(list.v[1].target, "/first") ? -EINVAL : 0));
	MUST(parse(arg, &list, &err) == 0 && mount_specs_check(&list, &err) == -EINVAL);
}

static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
