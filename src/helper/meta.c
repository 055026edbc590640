/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/meta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/macros.h"
#include "sys/overlay.h"

#define LIST_SIZE  65536 /* XATTR_LIST_MAX and XATTR_SIZE_MAX of the kernel */
#define VALUE_SIZE 65536

static bool xattr_is_content(const char *name)
{
	static const char *const foreign[] = { "security.selinux", "security.ima", "security.evm",
					       "security.SMACK64" };

	if (overlay_owns_xattr(name))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (STREQ(name, foreign[i]))
			return false;
	}
	return true;
}

static bool is_trusted(const char *name)
{
	return strncmp(name, "trusted.", strlen("trusted.")) == 0;
}

bool stat_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* lsetxattr(2) has no form relative to a directory before Linux 6.13; the link in /proc leads there. */
static void path_of(char out[320], int fd, const char *name)
{
	(void)snprintf(out, 320, "/proc/self/fd/%d/%s", fd, name);
}

int xattrs_apply(int fd, const char *name, const struct tar_xattrs *x)
{
	char path[320];

	if (x->n > 0 && name)
		path_of(path, fd, name);
	for (size_t i = 0; i < x->n; i++) {
		const struct tar_xattr *a = &x->v[i];
		int r;

		if (!xattr_is_content(a->name))
			continue;
		r = name ? lsetxattr(path, a->name, a->value, a->len, 0) :
			   fsetxattr(fd, a->name, a->value, a->len, 0);
		/* What there is no place for here can't be kept, nor what an ordinary user may not set. */
		if (r < 0 && errno != EOPNOTSUPP && !(errno == EPERM && is_trusted(a->name)))
			return -errno;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct tar_xattr *)a)->name, ((const struct tar_xattr *)b)->name);
}

static ssize_t get_value(int fd, const char *path, const char *name, char *value)
{
	ssize_t n = path ? lgetxattr(path, name, value, VALUE_SIZE) :
			   fgetxattr(fd, name, value, VALUE_SIZE);

	return n < 0 ? -errno : n;
}

static int read_values(int fd, const char *path, const char *list, size_t len,
		       struct tar_xattrs *ret)
{
	auto_free char *value = malloc(VALUE_SIZE);
	int r = value ? 0 : -ENOMEM;

	for (const char *name = list; r == 0 && name < list + len; name += strlen(name) + 1) {
		ssize_t n;

		if (!xattr_is_content(name))
			continue;
		n = get_value(fd, path, name, value);
		if (n >= 0)
			r = tar_xattrs_set(ret, name, value, (size_t)n);
		else if (n != -ENODATA)
			r = (int)n;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_names);
	return r;
}

int xattrs_read(int fd, const char *name, struct tar_xattrs *ret)
{
	char path[320];
	char few[1024];
	auto_free char *many = NULL;
	char *list = few;
	ssize_t n;

	if (name)
		path_of(path, fd, name);
	n = name ? llistxattr(path, few, sizeof(few)) : flistxattr(fd, few, sizeof(few));
	if (n < 0 && errno == ERANGE) {
		many = list = malloc(LIST_SIZE);
		if (!many)
			return -ENOMEM;
		n = name ? llistxattr(path, many, LIST_SIZE) : flistxattr(fd, many, LIST_SIZE);
	}
	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	return n == 0 ? 0 : read_values(fd, name ? path : NULL, list, (size_t)n, ret);
}

bool xattr_is_opaque(int fd)
{
	char value[4];

	return fgetxattr(fd, overlay_opaque_xattr(), value, sizeof(value)) == 1 && value[0] == 'y';
}

int xattr_make_opaque(int fd)
{
	return fsetxattr(fd, overlay_opaque_xattr(), "y", 1, 0) < 0 ? -errno : 0;
}
