/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed mount as one line of text, for tables of cases: "bind /src /dst ro,nodev rslave". */
#ifndef BERTH_TESTS_SPEC_TEXT_H
#define BERTH_TESTS_SPEC_TEXT_H

#include "base/buf.h"
#include "base/macros.h"
#include "mount/spec.h"

static inline void spec_text_flags(const struct mount_spec *m, struct buf *out)
{
	static const char *const names[] = {
		"ro",	"rw",	  "nosuid",	  "suid",   "nodev",  "dev",   "noexec",
		"exec", "nocopy", "nonrecursive", "ro-top", "create", "image", "anonymous",
		"copy", "O",	  "U",		  "idmap",  "nocreate", "no-dereference", "copyup",
		"nocopyup", "noatime",
	};
	const char *before = " ";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(m->flags & (1u << i)))
			continue;
		buf_addf(out, "%s%s", before, names[i]);
		before = ",";
	}
}

static inline void spec_text_list(const char *name, const struct strv *list, struct buf *out)
{
	strv_for_each(i, list)
		buf_addf(out, " %s:%s", name, list->v[i]);
}

static inline char *spec_text(const struct mount_spec *m)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "%s %s %s", mount_type_name(m->type), m->source ? m->source : "-", m->target);
	spec_text_flags(m, &out);
	if (m->propagation != PROPAGATION_DEFAULT)
		buf_addf(&out, " %s", mount_propagation_name(m->propagation));
	if (m->subpath)
		buf_addf(&out, " subpath:%s", m->subpath);
	if (m->driver)
		buf_addf(&out, " driver:%s", m->driver);
	spec_text_list("opt", &m->driver_opts, &out);
	spec_text_list("label", &m->labels, &out);
	if (m->tmpfs_size)
		buf_addf(&out, " size:%llu", (unsigned long long)m->tmpfs_size);
	if (m->has_tmpfs_mode)
		buf_addf(&out, " mode:%o", m->tmpfs_mode);
	if (m->idmap)
		buf_addf(&out, " map:%s", m->idmap);
	if (m->upper)
		buf_addf(&out, " upper:%s work:%s", m->upper, m->work);
	if (m->keep)
		buf_addf(&out, " keep:%s", m->keep);
	spec_text_list("exclude", &m->exclude, &out);
	spec_text_list("tmpfs", &m->tmpfs_options, &out);
	return buf_take(&out);
}

#endif
