/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "runtime/cp.h"
#include "tap.h"

static const struct cp_source file = { false, false }, dir = { true, false }, contents = { true, true };
static const struct cp_target absent = { false, false, false }, absent_dir = { false, false, true },
			      to_file = { true, false, false }, to_file_as_dir = { true, false, true },
			      to_dir = { true, true, false };

static void decides_as_docker(void)
{
	struct error err = ERROR_INIT;

	EQ_INT(cp_decide(&file, &to_dir, &err), CP_INTO);
	EQ_INT(cp_decide(&dir, &to_dir, &err), CP_INTO);
	EQ_INT(cp_decide(&contents, &to_dir, &err), CP_CONTENTS);
	EQ_INT(cp_decide(&file, &to_file, &err), CP_AS);
	EQ_INT(cp_decide(&file, &absent, &err), CP_AS);
	EQ_INT(cp_decide(&dir, &absent, &err), CP_AS);
	EQ_INT(cp_decide(&dir, &absent_dir, &err), CP_AS);
	EQ_INT(cp_decide(&contents, &absent, &err), CP_AS);
	EQ_INT(cp_decide(&dir, &to_file, &err), -ENOTDIR);
	EQ_STR(err.msg, "cannot copy a directory to a file");
	EQ_INT(cp_decide(&file, &to_file_as_dir, &err), -ENOTDIR);
	EQ_STR(err.msg, "not a directory");
	EQ_INT(cp_decide(&file, &absent_dir, &err), -ENOENT);
	EQ_STR(err.msg, "no such directory");
}

static void reads_the_end_of_paths(void)
{
	OK(cp_asserts_directory("/a/"));
	OK(cp_asserts_directory("/a/."));
	OK(cp_asserts_directory("."));
	OK(cp_asserts_directory("/"));
	OK(!cp_asserts_directory("/a"));
	OK(!cp_asserts_directory("/a."));
	OK(!cp_asserts_directory(""));
	OK(cp_is_contents("."));
	OK(cp_is_contents("/a/."));
	OK(cp_is_contents("/"));
	OK(cp_is_contents("//"));
	OK(!cp_is_contents("/a/"));
	OK(!cp_is_contents("/a."));
	OK(!cp_is_contents(".."));
}

TAP_MAIN(decides_as_docker, reads_the_end_of_paths)
