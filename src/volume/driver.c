/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers of volumes. A new one is a row in the table at the end. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "volume/internal.h"

/* docker's options of this driver, which have no effect here and so must not be taken silently. */
static const char *const known_options[] = { "type", "o", "device", "size" };

static bool is_known(const char *option, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++) {
		if (n == strlen(known_options[i]) && strncmp(option, known_options[i], n) == 0)
			return true;
	}
	return false;
}

static int local_check(const struct strv *options, struct error *err)
{
	const char *option = options->n ? options->v[0] : NULL;
	int n, r;

	if (!option)
		return 0;
	n = (int)strcspn(option, "=");
	if (!is_known(option, (size_t)n))
		return error_msg(err, EINVAL, "invalid option: '%.*s'", n, option);
	r = error_msg(err, EOPNOTSUPP, "option '%.*s' of volume driver 'local' is not supported", n,
		      option);
	return error_hint(err, r, "-v /DIR:/DST mounts a host directory, --tmpfs /DST memory");
}

/* The data are for everybody to whom a container gives them; the directories above are closed. */
static int local_create(int dir_fd, const struct volume *v, struct error *err)
{
	auto_close int fd = dir_make_open(dir_fd, VOLUME_DATA, 0755);

	return fd < 0 ? error_set(err, fd, "cannot make the directory of volume '%s'", v->name) : 0;
}

static char *local_path(const struct store *s, const char *name)
{
	return str_format("%s/volumes/%s/%s", s->root, name, VOLUME_DATA);
}

static const struct volume_driver drivers[] = {
	{ VOLUME_DRIVER_DEFAULT, local_check, local_create, NULL, local_path },
};

const struct volume_driver *volume_driver_find(const char *name, struct error *err)
{
	if (!name)
		return &drivers[0];
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (STREQ(drivers[i].name, name))
			return &drivers[i];
	}
	(void) error_hint(err, error_msg(err, ENOENT, "volume driver '%s' not found", name),
			  "the only driver is '%s'", VOLUME_DRIVER_DEFAULT);
	return NULL;
}
