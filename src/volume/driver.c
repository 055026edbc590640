/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers of volumes. A new one is a row in the table at the end. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "sys/overlay.h"
#include "volume/internal.h"

#define VIEW_OF_VOLUME "volume:" /* lower=volume:NAME */

static int local_check(const struct strv *options, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;

	return volume_options_parse(options, &o, err);
}

static bool has_size(const struct volume_options *o)
{
	return o->size > 0;
}

static bool has_type(const struct volume_options *o)
{
	return o->type != NULL;
}

/* The data are for everybody to whom a container gives them; the directories above are closed. */
static int local_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	auto_close int fd = dir_make_open(dir_fd, VOLUME_DATA, 0755);
	int r;

	(void)s;
	if (fd < 0)
		return error_set(err, fd, "cannot make the directory of volume '%s'", v->name);
	r = volume_options_parse(&v->options, &o, err);
	if (r == 0 && (o.has_uid || o.has_gid) &&
	    fchown(fd, o.has_uid ? o.uid : (uid_t)-1, o.has_gid ? o.gid : (gid_t)-1) < 0)
		r = error_set(err, errno, "cannot set the owner of volume '%s'", v->name);
	return r;
}

/* A view keeps what was written over its lower directory: the data are an overlay's upper layer. */
static int view_check(const struct strv *options, struct error *err)
{
	const char *lower = strv_get_env(options, "lower");
	bool place = lower && (lower[0] == '/' ||
			       strncmp(lower, VIEW_OF_VOLUME, strlen(VIEW_OF_VOLUME)) == 0);

	if (!place || options->n != 1)
		return error_hint(err,
				  error_msg(err, EINVAL,
					    "volume driver 'view' takes one option, lower=DIR or "
					    "lower=volume:NAME"),
				  "-v DIR:/DST:O,keep=NAME makes such a volume");
	return 0;
}

static int view_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	static const char *const dirs[] = { VOLUME_DATA, VOLUME_WORK, VOLUME_MOUNT };

	(void)s;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		auto_close int fd = dir_make_open(dir_fd, dirs[i], 0755);

		if (fd < 0)
			return error_set(err, fd, "cannot make the directory of volume '%s'", v->name);
	}
	return 0;
}

static int open_lower(const struct store *s, const char *lower, struct error *err)
{
	int fd;

	if (strncmp(lower, VIEW_OF_VOLUME, strlen(VIEW_OF_VOLUME)) == 0)
		return volume_data_fd(s, lower + strlen(VIEW_OF_VOLUME), err);
	fd = open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open '%s'", lower) : fd;
}

/* The root of an overlay is its upper directory's: owner and mode have to be the source's. */
static int adopt_mode(int lower, int upper)
{
	struct stat st;

	if (dir_is_empty(upper) != 1)
		return 0;
	if (fstat(lower, &st) < 0 || fchown(upper, st.st_uid, st.st_gid) < 0 ||
	    fchmod(upper, st.st_mode & 07777) < 0)
		return -errno;
	return 0;
}

static int view_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_close int upper = dir_open(dir_fd, VOLUME_DATA), work = dir_open(dir_fd, VOLUME_WORK);
	auto_close int lower = open_lower(s, strv_get_env(&v->options, "lower"), err);
	int r = upper < 0 ? upper : work < 0 ? work : 0;

	if (lower < 0)
		return lower;
	if (r == 0)
		r = adopt_mode(lower, upper);
	if (r < 0)
		return error_set(err, r, "cannot open volume '%s'", v->name);
	return overlay_mount(&lower, 1, upper, work, 0, err);
}

static int image_check(const struct strv *options, struct error *err)
{
	const char *image = strv_get_env(options, "image");

	return image && *image && options->n == 1
		       ? 0
		       : error_msg(err, EINVAL, "volume driver 'image' takes one option, image=NAME");
}

/* The first of a name is also what an unreadable record falls back to. */
static const struct volume_driver drivers[] = {
	{ VOLUME_DRIVER_DEFAULT, has_type, local_check, typed_create, typed_mount },
	{ VOLUME_DRIVER_DEFAULT, has_size, local_check, sized_create, sized_mount },
	{ VOLUME_DRIVER_DEFAULT, NULL, local_check, local_create, NULL },
	{ VOLUME_DRIVER_VIEW, NULL, view_check, view_create, view_mount },
	{ VOLUME_DRIVER_IMAGE, NULL, image_check, image_volume_create, image_volume_mount },
};

static bool fits(const struct volume_driver *d, const struct strv *options)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;

	if (!d->fits)
		return true;
	return options->n > 0 && volume_options_parse(options, &o, NULL) == 0 && d->fits(&o);
}

const struct volume_driver *volume_driver_find(const char *name, const struct strv *options,
					       struct error *err)
{
	if (!name)
		name = VOLUME_DRIVER_DEFAULT;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (STREQ(drivers[i].name, name) && fits(&drivers[i], options))
			return &drivers[i];
	}
	(void) error_hint(err, error_msg(err, ENOENT, "volume driver '%s' not found", name),
			  "the drivers are local, image and view");
	return NULL;
}

int volume_driver_check(const char *name, const struct strv *options, struct error *err)
{
	const struct volume_driver *d = volume_driver_find(name, options, err);

	return d ? d->check(options, err) : -ENOENT;
}

void volume_wishes(const struct volume *v, struct volume_wishes *ret)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;

	*ret = (struct volume_wishes){ 0 };
	if (v->options.n == 0 || !STREQ(v->driver, VOLUME_DRIVER_DEFAULT) ||
	    volume_options_parse(&v->options, &o, NULL) < 0)
		return;
	ret->nocopy = o.nocopy;
	ret->owned = o.owned;
}
