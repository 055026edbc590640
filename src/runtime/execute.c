/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/syscalls.h"

#define MAX_INTERPRETERS 4 /* BINPRM recursion in fs/exec.c */

/* The interpreter that a "#!" line names, into @out; false if it is no script. */
static bool script_interpreter(int fd, char *out, size_t size)
{
	char line[256];
	ssize_t n = fd_read_upto(fd, line, sizeof(line) - 1);
	size_t skip, len;

	if (n < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	skip = 2 + strspn(line + 2, " \t");
	len = strcspn(line + skip, " \t\n");
	if (len == 0 || len >= size)
		return false;
	memcpy(out, line + skip, len);
	out[len] = '\0';
	return true;
}

/*
 * /proc/self/exe is berth itself until exec succeeds. A program or a script's interpreter that goes
 * through such a link would run, and could then overwrite, the host's berth (CVE-2019-5736): refuse it.
 */
static int check_program(const char *path, struct error *err)
{
	char next[PATH_MAX];

	(void)snprintf(next, sizeof(next), "%s", path);
	for (int i = 0; i < MAX_INTERPRETERS; i++) {
		auto_close int fd = sys_openat2(AT_FDCWD, next, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0,
						SYS_RESOLVE_NO_MAGICLINKS);

		if (fd == -ELOOP)
			return error_msg(err, EACCES, "exec: \"%s\": refusing to execute '%s', which leads "
					 "through a magic link", path, next);
		/* Unreadable or missing is for execve() to judge. */
		if (fd < 0 || !script_interpreter(fd, next, sizeof(next)))
			return 0;
	}
	return 0;
}

static int try_one(const char *path, char *const argv[], char *const envp[], struct error *err)
{
	int r = check_program(path, err);

	if (r < 0)
		return error_status(err, r, 126);
	(void)execve(path, argv, envp);
	return -errno;
}

static int not_executable(const char *name, int r, struct error *err)
{
	(void)error_set(err, r, "exec: \"%s\"", name);
	return error_status(err, r, r == -ENOENT ? 127 : 126);
}

/* As execvp(3): go on after "no such file", remember a "permission denied". */
static int search_path(const char *path, char *const argv[], char *const envp[], struct error *err)
{
	int denied = 0;

	for (;;) {
		size_t n = strcspn(path, ":");
		char full[PATH_MAX];
		int r, len = n ? snprintf(full, sizeof(full), "%.*s/%s", (int)n, path, argv[0])
			       : snprintf(full, sizeof(full), "./%s", argv[0]);

		r = len >= (int)sizeof(full) ? -ENAMETOOLONG : try_one(full, argv, envp, err);
		if (err->status)
			return r;
		if (r == -EACCES)
			denied = r;
		else if (r != -ENOENT && r != -ENOTDIR && r != -ENAMETOOLONG)
			return not_executable(argv[0], r, err);
		if (!path[n])
			break;
		path += n + 1;
	}
	if (denied)
		return not_executable(argv[0], denied, err);
	(void)error_msg(err, ENOENT, "exec: \"%s\": executable file not found in $PATH", argv[0]);
	return error_status(err, -ENOENT, 127);
}

int execute(char *const argv[], const struct strv *env, struct error *err)
{
	const char *path = strv_get_env(env, "PATH");
	int r;

	if (!strchr(argv[0], '/') && argv[0][0])
		return search_path(path ? path : "/bin:/usr/bin", argv, env->v, err);
	r = try_one(argv[0], argv, env->v, err);
	return err->status ? r : not_executable(argv[0], r, err);
}
