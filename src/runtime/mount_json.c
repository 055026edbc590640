/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mount_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "volume/volume.h"

/* The members that are plain text, by their key in the record. */
struct text_member {
	const char *key;
	char **at;
};

#define TEXT_MEMBERS(m)                                                                            \
	{                                                                                          \
		{ "Destination", &(m)->target }, { "Subpath", &(m)->subpath },                     \
		{ "Text", &(m)->text }, { "Idmap", &(m)->idmap }, { "Upper", &(m)->upper },        \
		{ "Work", &(m)->work }, { "Keep", &(m)->keep }, { "Driver", &(m)->driver },        \
	}

static void strv_unless_empty(struct jsonw *w, const char *key, const struct strv *list)
{
	if (list->n > 0)
		jsonw_strv(w, key, list);
}

/* "Name" of a volume is what volume_users() looks for. */
static const char *source_key(const struct mount_spec *m)
{
	return m->type == MOUNT_VOLUME ? "Name" : "Source";
}

void mount_spec_write(const struct mount_spec *m, struct jsonw *w)
{
	const struct {
		const char *key;
		char *const *at;
	} members[] = TEXT_MEMBERS(m);

	jsonw_object(w, NULL);
	jsonw_str(w, "Type", mount_type_name(m->type));
	jsonw_str(w, source_key(m), m->source);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (*members[i].at)
			jsonw_str(w, members[i].key, *members[i].at);
	}
	jsonw_int(w, "Flags", m->flags);
	if (m->propagation != PROPAGATION_DEFAULT)
		jsonw_str(w, "Propagation", mount_propagation_name(m->propagation));
	if (m->tmpfs_size)
		jsonw_uint(w, "TmpfsSize", m->tmpfs_size);
	if (m->has_tmpfs_mode)
		jsonw_int(w, "TmpfsMode", m->tmpfs_mode);
	strv_unless_empty(w, "TmpfsOptions", &m->tmpfs_options);
	strv_unless_empty(w, "Exclude", &m->exclude);
	strv_unless_empty(w, "Layers", &m->layers);
	jsonw_end(w);
}

static int copy_str(const struct json *object, const char *key, char **ret)
{
	const char *s = json_get_str(object, key);

	if (!s || !*s)
		return 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

static int read_lists(const struct json *j, struct mount_spec *m)
{
	int r = json_strv(json_get(j, "TmpfsOptions"), &m->tmpfs_options);

	if (r == 0)
		r = json_strv(json_get(j, "Exclude"), &m->exclude);
	return r == 0 ? json_strv(json_get(j, "Layers"), &m->layers) : r;
}

static int read_mount(const struct json *j, struct mount_spec *m)
{
	const struct text_member members[] = TEXT_MEMBERS(m);
	const char *propagation = json_get_str(j, "Propagation"), *type = json_get_str(j, "Type");
	int r = type ? mount_type_parse(type, &m->type) : -EINVAL;

	m->flags = (unsigned)json_int(json_get(j, "Flags"), 0);
	m->tmpfs_size = (uint64_t)json_int(json_get(j, "TmpfsSize"), 0);
	m->has_tmpfs_mode = json_get(j, "TmpfsMode");
	m->tmpfs_mode = (unsigned)json_int(json_get(j, "TmpfsMode"), 0);
	if (r == 0 && propagation && *propagation)
		r = mount_propagation_parse(propagation, &m->propagation);
	if (r == 0)
		r = copy_str(j, source_key(m), &m->source);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(members); i++)
		r = copy_str(j, members[i].key, members[i].at);
	if (r == 0)
		r = read_lists(j, m);
	return r == 0 && !m->target ? -EINVAL : r;
}

int mount_specs_read(const struct json *array, struct mount_specs *ret)
{
	json_for_each(j, array) {
		struct mount_spec m = { 0 };
		int r = read_mount(j, &m);

		if (r == 0)
			r = mount_specs_take(ret, &m);
		if (r < 0) {
			mount_spec_done(&m);
			return r;
		}
	}
	return 0;
}

/* Where the files are on the host; an image's are nowhere by themselves. */
static char *host_source(const struct store *s, const struct mount_spec *m)
{
	if (m->type == MOUNT_VOLUME)
		return str_format("%s/volumes/%s/%s", s->root, m->source,
				  volume_has_mount(s, m->source) ? "mnt" : "_data");
	return strdup(m->source ? m->source : "");
}

/* podman's list of the options that are on, in the words of the command line. */
static void write_options(const struct mount_spec *m, struct jsonw *w)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
		{ MOUNT_NOSUID, "nosuid" }, { MOUNT_SUID, "suid" },	{ MOUNT_NODEV, "nodev" },
		{ MOUNT_DEV, "dev" },	    { MOUNT_NOEXEC, "noexec" }, { MOUNT_EXEC, "exec" },
		{ MOUNT_NOCOPY, "nocopy" }, { MOUNT_VIEW, "O" },	{ MOUNT_OWNED, "U" },
		{ MOUNT_IDMAP, "idmap" },   { MOUNT_NOATIME, "noatime" },
		{ MOUNT_NONRECURSIVE, "bind" },
	};

	jsonw_array(w, "Options");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (m->flags & words[i].flag)
			jsonw_str(w, NULL, words[i].word);
	}
	jsonw_end(w);
}

/* docker shows the options of -v here, and nothing for --mount. */
static const char *mode_text(const struct mount_spec *m)
{
	const char *third = m->text && strchr(m->text, ':') ? strrchr(m->text, ':') + 1 : "";

	return m->type != MOUNT_TMPFS && third[0] != '/' && !strchr(third, '=') ? third : "";
}

void mount_spec_inspect(const struct store *s, const struct mount_spec *m, struct jsonw *w)
{
	auto_free char *source = host_source(s, m);
	const char *propagation = m->propagation == PROPAGATION_DEFAULT
					  ? "rprivate"
					  : mount_propagation_name(m->propagation);

	jsonw_object(w, NULL);
	jsonw_str(w, "Type", mount_type_name(m->type));
	if (m->type == MOUNT_VOLUME)
		jsonw_str(w, "Name", m->source);
	jsonw_str(w, "Source", source);
	jsonw_str(w, "Destination", m->target);
	if (m->type == MOUNT_VOLUME)
		jsonw_str(w, "Driver", m->driver ? m->driver : "local");
	jsonw_str(w, "Mode", mode_text(m));
	jsonw_bool(w, "RW", !(m->flags & MOUNT_RO));
	jsonw_str(w, "Propagation", m->type == MOUNT_BIND ? propagation : "");
	write_options(m, w);
	if (m->subpath)
		jsonw_str(w, "SubPath", m->subpath);
	jsonw_end(w);
}
