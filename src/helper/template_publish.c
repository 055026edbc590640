/* SPDX-License-Identifier: Apache-2.0 */
/* What was changed in a mount becomes a new build: at its end, or from an instant in which it is frozen. */
#include "helper/template_publish.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/template_device.h"
#include "helper/template_verbs.h"
#include "template/stream.h"

/* <linux/fs.h> */
#define FREEZE _IOWR('X', 119, int)
#define THAW   _IOWR('X', 120, int)

/* @d: a template's own device, that nobody writes to meanwhile. */
static int publish_device(struct block_device *d, const struct mount_record *r, const char *build,
			  struct error *err)
{
	const struct template_publish_options o = { .template_id = r->template_id, .build = build };

	return template_publish(d, &o, err);
}

int publish_record(const struct store *s, const struct mount_record *r, struct error *err)
{
	struct served_device d = SERVED_DEVICE_INIT;
	int n = served_device_open(s, r, &d, err);

	if (n < 0)
		return n;
	n = publish_device(d.inner, r, r->persist, err);
	served_device_done(&d);
	return n;
}

/* The root of the mount, if what is seen there is ours. */
static int open_mount(const struct mount_record *r, struct error *err)
{
	auto_close int fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", r->path);
	if (st.st_dev != r->fs_device)
		return error_msg(err, EBUSY, "'%s' is covered by another mount", r->path);
	return take_fd(&fd);
}

int publish_frozen(struct block_device *d, const struct mount_record *r, const char *build,
		   struct mount_shared *shared, struct error *err)
{
	auto_close int fd = open_mount(r, err);
	int n;

	if (fd < 0)
		return fd;
	/* Said before it is done: whoever comes after us thaws what may be frozen. */
	atomic_store(&shared->frozen, true);
	if (ioctl(fd, FREEZE, 0) < 0) {
		n = error_set(err, errno, "cannot freeze '%s'", r->path);
		atomic_store(&shared->frozen, false);
		return n;
	}
	n = publish_device(d, r, build, err);
	(void)ioctl(fd, THAW, 0);
	atomic_store(&shared->frozen, false);
	return n;
}

void publish_thaw(const struct mount_record *r, struct mount_shared *shared)
{
	auto_close int fd = atomic_load(&shared->frozen) ? open_mount(r, NULL) : FD_NONE;

	if (fd < 0)
		return;
	(void)ioctl(fd, THAW, 0);
	atomic_store(&shared->frozen, false);
}

int publish_check(const struct mount_record *r, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	struct template_stream_options o = { .location = &l, .build = r->persist };
	struct block_device *d = NULL;
	int n = *r->persist ? template_location_parse(r->location, &l, err) : 0;

	if (!*r->persist || n < 0)
		return n;
	if (template_stream_open(&o, &d, NULL) < 0)
		return 0; /* what is wrong with it, publishing will say */
	d->ops->free(d);
	return error_msg(err, EEXIST, "build '%s' exists already", r->persist);
}

int template_publish_mount(const struct template_call *c, struct error *err)
{
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	int n = mount_record_read(c->store, c->argv[0], &r, err);

	return n < 0 ? n : publish_record(c->store, &r, err);
}
