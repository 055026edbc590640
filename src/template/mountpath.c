/* SPDX-License-Identifier: Apache-2.0 */
#include "template/mountpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "sys/syscalls.h"

/* Themselves, and for the second list all below: to cover one of these is to lose the system. */
static const char *const system_directories[] = {
	"/", "/home", "/lost+found", "/opt", "/root", "/run", "/srv", "/tmp", "/usr/local", "/var",
	"/var/cache", "/var/lib", "/var/log", "/var/run", "/var/tmp",
};
static const char *const system_trees[] = {
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin",
	"/sys", "/usr/bin", "/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec",
	"/usr/sbin", "/usr/share",
};

static bool is_system(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(system_directories); i++) {
		if (STREQ(path, system_directories[i]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(system_trees); i++) {
		if (path_is_inside(path, system_trees[i]))
			return true;
	}
	return STREQ(path, "/usr");
}

static bool has_dotdot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2) {
		if ((p == path || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return false;
}

int mount_path_check(const char *path, char **ret, struct error *err)
{
	auto_free char *clean = NULL;

	if (path[0] != '/')
		return error_msg(err, EINVAL, "invalid mount path '%s': it must be absolute", path);
	if (has_dotdot(path))
		return error_msg(err, EINVAL, "invalid mount path '%s': it may not contain '..'", path);
	clean = path_clean(path);
	if (!clean)
		return error_set(err, ENOMEM, "cannot check the mount path");
	if (strlen(clean) >= PATH_MAX || strpbrk(clean, "\n"))
		return error_msg(err, EINVAL, "invalid mount path '%s'", path);
	if (is_system(clean))
		return error_msg(err, EINVAL, "invalid mount path '%s': the system needs what is there",
				 clean);
	*ret = take_ptr(clean);
	return 0;
}

static int link_on_the_way(const char *path, struct error *err)
{
	char real[PATH_MAX];
	int r = error_msg(err, ELOOP, "invalid mount path '%s': a symbolic link is on the way", path);

	if (realpath(path, real))
		return error_hint(err, r, "the link leads to '%s'", real);
	return r;
}

/* Open @path, or the part of it that is above its last component. No link is followed. */
static int open_plain(const char *path)
{
	return sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, SYS_RESOLVE_NO_SYMLINKS);
}

/* Whether @path is there; a descriptor of it, if so. */
static int open_directory(const char *path, struct error *err)
{
	auto_close int fd = open_plain(path);
	struct stat st;

	if (fd == -ELOOP)
		return link_on_the_way(path, err);
	if (fd < 0)
		return fd == -ENOENT ? fd : error_set(err, fd, "cannot open the mount path '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ENOTDIR, "cannot mount on '%s'", path);
	return take_fd(&fd);
}

int mount_path_missing(const char *path, char **ret, struct error *err)
{
	auto_free char *prefix = strdup(path);
	auto_free char *missing = NULL;

	if (!prefix)
		return error_set(err, ENOMEM, "cannot look at '%s'", path);
	for (;;) {
		auto_close int fd = open_directory(*prefix ? prefix : "/", err);

		if (fd != -ENOENT) {
			*ret = fd >= 0 ? take_ptr(missing) : NULL;
			return fd < 0 ? fd : 0;
		}
		free(missing);
		missing = strdup(prefix);
		if (!missing)
			return error_set(err, ENOMEM, "cannot look at '%s'", path);
		*strrchr(prefix, '/') = '\0';
	}
}

/* mkdirat(2) of the component @name below @parent, in exactly mode 0755. Return: descriptor. */
static int make_component(int parent, const char *name)
{
	bool made = mkdirat(parent, name, 0755) == 0;
	auto_close int fd = made || errno == EEXIST
				    ? sys_openat2(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
						  SYS_RESOLVE_NO_SYMLINKS)
				    : -errno;

	if (fd >= 0 && made && fchmodat(parent, name, 0755, 0) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Whoever unmounts beside us removes empty directories while we make what is below them. */
#define TRIES 100

static int make_path(const char *path)
{
	auto_close int fd = sys_openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, 0);
	auto_free char *copy = strdup(path);
	char *rest = copy, *name;

	if (!copy)
		return -ENOMEM;
	while (fd >= 0 && (name = strsep(&rest, "/"))) {
		int next;

		if (!*name)
			continue;
		next = make_component(fd, name);
		fd_close(&fd);
		fd = next;
	}
	return take_fd(&fd);
}

int mount_path_open(const char *path, struct error *err)
{
	int fd = -ENOENT;

	for (int i = 0; i < TRIES && fd == -ENOENT; i++)
		fd = make_path(path);
	if (fd == -ELOOP)
		return link_on_the_way(path, err);
	return fd < 0 ? error_set(err, fd, "cannot make the mount path '%s'", path) : fd;
}

void mount_path_unmake(const char *path, const char *made)
{
	auto_free char *prefix = strdup(path);

	while (prefix && *prefix && *made && path_is_inside(prefix, made)) {
		/* Whoever made them may have been killed over it. */
		if (rmdir(prefix) < 0 && errno != ENOENT)
			return;
		*strrchr(prefix, '/') = '\0';
	}
}
