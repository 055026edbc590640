/* SPDX-License-Identifier: Apache-2.0 */
/* --mount type=glob: a bind for every host path that a pattern matches. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "mount/spec.h"

/* The bind of one match: at its own path, or in the directory that the user named. */
static int add_match(const struct mount_spec *g, const char *path, struct mount_specs *ret)
{
	struct mount_spec m = { 0 };
	int r = mount_spec_copy(g, &m);

	if (r < 0)
		return r;
	m.type = MOUNT_BIND;
	free(m.source);
	free(m.target);
	m.source = strdup(path);
	m.target = STREQ(g->target, "/") ? strdup(path) : path_join(g->target, path_base(path));
	r = m.source && m.target ? mount_specs_take(ret, &m) : -ENOMEM;
	if (r < 0)
		mount_spec_done(&m);
	return r;
}

static int expand_one(const struct mount_spec *g, struct mount_specs *ret, struct error *err)
{
	glob_t found = { 0 };
	int r = glob(g->source, GLOB_NOSORT, NULL, &found);

	if (r != 0) {
		globfree(&found);
		return r == GLOB_NOSPACE ? error_set(err, ENOMEM, "cannot match '%s'", g->source)
					 : error_msg(err, ENOENT, "no file paths matching glob \"%s\"",
						     g->source);
	}
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = add_match(g, found.gl_pathv[i], ret);
	globfree(&found);
	return r < 0 ? error_set(err, r, "cannot list what '%s' matches", g->source) : 0;
}

int mount_specs_expand(struct mount_specs *list, struct error *err)
{
	auto_mount_specs struct mount_specs all = MOUNT_SPECS_INIT;
	bool has_glob = false;
	int r = 0;

	for (size_t i = 0; i < list->n; i++)
		has_glob |= list->v[i].type == MOUNT_GLOB;
	if (!has_glob)
		return 0;
	for (size_t i = 0; r == 0 && i < list->n; i++) {
		if (list->v[i].type == MOUNT_GLOB)
			r = expand_one(&list->v[i], &all, err);
		else if (mount_specs_take(&all, &list->v[i]) < 0)
			r = error_set(err, ENOMEM, "cannot list the mounts");
	}
	if (r < 0)
		return r;
	mount_specs_done(list);
	*list = all;
	all = MOUNT_SPECS_INIT;
	return 0;
}
