/* SPDX-License-Identifier: Apache-2.0 */
#include "template/storage.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fs.h"

int storage_open(const struct template_location *location, struct storage **ret, struct error *err)
{
	static int (*const open[])(const struct template_location *, struct storage **,
				   struct error *) = {
		[PROVIDER_LOCAL] = storage_local_open, [PROVIDER_HTTP] = storage_web_open,
		[PROVIDER_S3] = storage_web_open,      [PROVIDER_GCS] = storage_web_open,
		[PROVIDER_AZURE] = storage_web_open,
	};

	return open[location->provider](location, ret, err);
}

void storage_close(struct storage *s)
{
	if (s)
		s->ops->free(s);
}

int storage_temp_file(struct storage *s, struct error *err)
{
	const char *dir = s->temp_dir ? s->temp_dir : getenv("TMPDIR");
	int fd;

	if (!dir || !*dir)
		dir = "/var/tmp";
	if (s->temp_dir)
		(void)dir_make(dir, 0700);
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	return fd < 0 ? error_set(err, errno, "cannot make a temporary file in '%s'", dir) : fd;
}

int storage_refuse(const struct storage *s, const char *what, struct error *err)
{
	return error_msg(err, EOPNOTSUPP, "template storage '%s': cannot %s", s->location->url,
			 what);
}

int storage_fail(const struct storage *s, int code, const char *name, struct error *err)
{
	return error_set(err, code, "template storage '%s': object '%s'", s->location->url, name);
}
