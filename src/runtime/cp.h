/* SPDX-License-Identifier: Apache-2.0 */
/* docker's rules for where a copy goes: pure, for cp.c and its test. */
#ifndef BERTH_RUNTIME_CP_H
#define BERTH_RUNTIME_CP_H

#include <stdbool.h>

#include "base/error.h"

struct cp_source {
	bool is_dir;
	bool contents; /* the path ends in "/.", or is "/" or ".": what is in it, not the directory */
};

struct cp_target {
	bool exists, is_dir;
	bool asserted; /* the path ends in "/" or "/.": it has to be a directory */
};

enum cp_action {
	CP_INTO,     /* below the target, under the source's own name */
	CP_CONTENTS, /* what is in the source, below the target */
	CP_AS,	     /* as the target itself, in its parent */
};

/** cp_decide() - Return: enum cp_action, or -ENOTDIR, -ENOENT with docker's words. */
int cp_decide(const struct cp_source *source, const struct cp_target *target, struct error *err);

/** cp_asserts_directory() - whether @path ends in "/" or "/.". */
bool cp_asserts_directory(const char *path);

/** cp_is_contents() - whether @path, of a source, means what is in the directory. */
bool cp_is_contents(const char *path);

#endif
