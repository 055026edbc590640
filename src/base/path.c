/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/macros.h"

/* Drop the last component of what is built so far; false if there is none that may be dropped. */
static bool drop_last(struct buf *out, bool rooted)
{
	size_t i = out->len;

	if (i == (rooted ? 1u : 0u))
		return rooted;
	while (i > 0 && out->data[i - 1] != '/')
		i--;
	if (STREQ(out->data + i, ".."))
		return false;
	if (i > (rooted ? 1u : 0u))
		i--;
	buf_truncate(out, i);
	return true;
}

char *path_clean(const char *path)
{
	struct buf out = BUF_INIT;
	bool rooted = path[0] == '/';

	if (rooted)
		buf_addc(&out, '/');
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 0) {
			path++;
			continue;
		}
		if (n == 2 && path[0] == '.' && path[1] == '.' && drop_last(&out, rooted)) {
			path += n;
			continue;
		}
		if (!(n == 1 && path[0] == '.')) {
			if (out.len > (rooted ? 1u : 0u))
				buf_addc(&out, '/');
			buf_add(&out, path, n);
		}
		path += n;
	}
	if (out.len == 0)
		buf_addc(&out, '.');
	return buf_take(&out);
}

char *path_absolute(const char *path)
{
	char cwd[PATH_MAX];
	auto_free char *joined = NULL;

	if (path[0] == '/')
		return path_clean(path);
	if (!getcwd(cwd, sizeof(cwd)))
		return NULL;
	joined = path_join(cwd, path);
	return joined ? path_clean(joined) : NULL;
}

char *path_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	while (n > 0 && a[n - 1] == '/')
		n--;
	while (*b == '/')
		b++;
	return str_format("%.*s/%s", (int)n, a, b);
}

bool path_is_inside(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (STREQ(dir, "/"))
		return path[0] == '/';
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

size_t path_depth(const char *path)
{
	size_t n = 0;

	if (STREQ(path, "/"))
		return 0;
	for (; *path; path++)
		n += *path == '/';
	return n;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
