/* SPDX-License-Identifier: Apache-2.0 */
#include "template/fsmount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/timefmt.h"
#include "sys/mountapi.h"
#include "sys/mountinfo.h"
#include "template/mountopts.h"

/* Cut each word at its "=": @copy holds the keys and values that @list refers to. */
static int make_options(const struct mount_options *o, struct strv *copy, struct fs_option *list)
{
	int r = strv_copy(copy, o->words.v);
	size_t n = 0;

	for (size_t i = 0; r == 0 && i < copy->n; i++) {
		char *value = strchr(copy->v[i], '=');

		if (value)
			*value++ = '\0';
		list[n++] = (struct fs_option){ .kind = value ? FS_STRING : FS_FLAG,
						.key = copy->v[i],
						.value = value };
	}
	if (o->read_only)
		list[n++] = (struct fs_option){ .kind = FS_FLAG, .key = "ro" };
	list[n] = (struct fs_option){ .key = NULL };
	return r;
}

static int device_mount(const char *device, const char *type, const struct mount_options *o,
			struct error *err)
{
	auto_strv struct strv words = STRV_INIT;
	auto_free struct fs_option *list = calloc(o->words.n + 2, sizeof(*list));
	int r = list ? make_options(o, &words, list) : -ENOMEM;

	if (r < 0)
		return error_set(err, r, "cannot mount '%s'", device);
	r = fs_mount(type, device, list, o->attr, err);
	return r < 0 ? error_prefix(err, r, "cannot mount '%s'", device) : r;
}

int record_set_device(struct mount_record *r, const char *kind, unsigned slot, enum mount_backend backend,
		      int *fd, struct error *err)
{
	free(r->device);
	r->device = str_format("/dev/%s%u", kind, slot);
	r->slot = slot;
	r->backend = backend;
	if (r->device)
		return *fd;
	fd_close(fd);
	return error_set(err, ENOMEM, "cannot record the device");
}

int record_mount(const struct mount_record *r, const char *type, bool read_only, struct error *err)
{
	auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;
	int n = mount_options_parse(r->options, &o, err);

	if (n < 0)
		return n;
	o.read_only |= r->read_only || read_only;
	if (o.read_only)
		o.attr |= ATTR_RDONLY;
	if (mount_options_complete(&o, type) < 0)
		return error_set(err, ENOMEM, "cannot mount '%s'", r->device);
	return device_mount(r->device, type, &o, err);
}

int record_set_attributes(const struct mount_record *r, int mount_fd, struct error *err)
{
	auto_mount_options struct mount_options o = MOUNT_OPTIONS_INIT;
	int n = mount_options_parse(r->options, &o, err);

	if (n == 0)
		n = mount_attr_change(mount_fd, o.attr, o.attr & ATTR_ATIME ? ATTR_ATIME : 0, 0, false);
	return n < 0 ? error_set(err, n, "cannot set the mount's attributes") : 0;
}

int record_attach(const struct store *s, struct mount_record *r, int mount_fd, int target_fd,
		  struct error *err)
{
	char now[TIME_TEXT_MAX];
	struct stat st;
	int n;

	if (fstat(mount_fd, &st) < 0)
		return error_set(err, errno, "cannot look at the file system");
	r->fs_device = st.st_dev;
	n = mount_record_write(s, r, err);
	if (n < 0)
		return n;
	n = mount_attach(mount_fd, target_fd);
	if (n < 0)
		return error_set(err, n, "cannot mount on '%s'", r->path);
	free(r->mounted_at);
	r->mounted_at = strdup(time_format_now(now));
	n = mount_record_write(s, r, err);
	if (n < 0)
		(void)device_unmount(r->path, r->fs_device, r->device, MNT_DETACH);
	return n;
}

int device_unmount(const char *path, uint64_t fs_device, const char *device, int flags)
{
	auto_buf struct buf info = BUF_INIT;
	int r = mountinfo_read(&info);

	if (r < 0)
		return r;
	switch (mountinfo_find(buf_str(&info), path, fs_device, device)) {
	case MOUNTINFO_NONE:
		return 0;
	case MOUNTINFO_COVERED:
		return -EBUSY;
	default:
		return umount2(path, flags | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
	}
}
