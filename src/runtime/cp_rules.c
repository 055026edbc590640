/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cp.h"

#include <errno.h>
#include <string.h>

int cp_decide(const struct cp_source *source, const struct cp_target *target, struct error *err)
{
	if (target->exists && target->is_dir)
		return source->contents ? CP_CONTENTS : CP_INTO;
	if (target->exists && (source->is_dir || target->asserted))
		return error_msg(err, ENOTDIR, source->is_dir ? "cannot copy a directory to a file"
							      : "not a directory");
	if (!source->is_dir && target->asserted)
		return error_msg(err, ENOENT, "no such directory");
	return CP_AS;
}

static bool ends_in_dot(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/');
}

bool cp_asserts_directory(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && (path[n - 1] == '/' || ends_in_dot(path));
}

bool cp_is_contents(const char *path)
{
	return ends_in_dot(path) || path[strspn(path, "/")] == '\0';
}
