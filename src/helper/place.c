/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/macros.h"
#include "base/path.h"
#include "helper/tarread.h"
#include "sys/root.h"

static void drop_to(struct place *p, size_t n)
{
	while (p->n > n) {
		p->n--;
		fd_close(&p->steps[p->n].fd);
		free(p->steps[p->n].name);
	}
}

void place_forget(struct place *p)
{
	drop_to(p, 0);
}

void place_done(struct place *p)
{
	drop_to(p, 0);
}

int place_clean(const char *name, char **ret)
{
	auto_free char *out = NULL;
	size_t n = 0;

	if (strlen(name) >= TAR_PATH_LIMIT)
		return -ENAMETOOLONG;
	out = malloc(strlen(name) + 1);
	if (!out)
		return -ENOMEM;
	while (*name) {
		size_t len = strcspn(name, "/");

		if (len == 2 && name[0] == '.' && name[1] == '.')
			return -EINVAL;
		if (len > 0 && !(len == 1 && name[0] == '.')) {
			if (n > 0)
				out[n++] = '/';
			memcpy(out + n, name, len);
			n += len;
		}
		name += len + (name[len] == '/');
	}
	out[n] = '\0';
	*ret = take_ptr(out);
	return 0;
}

/* The component that ends at @path + @end could not be opened: make it, or follow it if it is a link. */
static int enter_other(struct place *p, int dir_fd, const char *name, const char *prefix, bool make,
		       struct error *err)
{
	int r = dir_open(dir_fd, name);

	if (r == -ENOENT && make) {
		if (mkdirat(dir_fd, name, 0755) < 0)
			return -errno;
		r = p->made ? p->made(p->ctx, prefix, err) : 0;
		return r < 0 ? r : dir_open(dir_fd, name);
	}
	if (r == -ELOOP || r == -ENOTDIR) {
		r = root_open(p->root_fd, prefix, O_RDONLY | O_DIRECTORY);
		p->followed = true;
	}
	return r;
}

static int enter(struct place *p, int dir_fd, const char *path, size_t start, size_t end)
{
	auto_free char *name = strndup(path + start, end - start);
	int fd;

	if (!name)
		return -ENOMEM;
	if (p->n == PLACE_DEPTH)
		return -ENAMETOOLONG;
	fd = dir_open(dir_fd, name);
	if (fd < 0)
		return fd;
	p->steps[p->n++] = (struct place_step){ .fd = fd, .name = take_ptr(name) };
	return fd;
}

static int enter_or_make(struct place *p, int dir_fd, const char *path, size_t end, bool make,
			 struct error *err)
{
	auto_free char *prefix = strndup(path, end);
	auto_free char *name = NULL;
	int fd;

	if (!prefix)
		return -ENOMEM;
	name = strdup(path_base(prefix));
	if (!name)
		return -ENOMEM;
	fd = enter_other(p, dir_fd, name, prefix, make, err);
	if (fd >= 0)
		p->steps[p->n++] = (struct place_step){ .fd = fd, .name = take_ptr(name) };
	return fd;
}

int place_parent(struct place *p, const char *path, bool make, const char **ret_name,
		 struct error *err)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int fd = p->root_fd;
	size_t depth = 0;

	for (size_t start = 0; start < len; depth++) {
		size_t end = start + strcspn(path + start, "/");

		if (depth < p->n && strlen(p->steps[depth].name) == end - start &&
		    memcmp(p->steps[depth].name, path + start, end - start) == 0) {
			fd = p->steps[depth].fd;
		} else {
			int r;

			drop_to(p, depth);
			r = enter(p, fd, path, start, end);
			if (r == -ENOENT || r == -ELOOP || r == -ENOTDIR)
				r = enter_or_make(p, fd, path, end, make, err);
			if (r < 0)
				return r;
			fd = r;
		}
		start = end + 1;
	}
	/* What is below may be what the entry replaces. */
	drop_to(p, depth);
	*ret_name = path_base(path);
	return fd;
}
