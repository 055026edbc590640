/* SPDX-License-Identifier: Apache-2.0 */
#include "template/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "sys/loop.h"
#include "sys/mountapi.h"
#include "sys/overlay.h"
#include "template/fsmount.h"
#include "template/fsprobe.h"
#include "template/location.h"

#ifndef FICLONE
# define FICLONE _IOW(0x94, 9, int) /* linux/fs.h */
#endif

#define IMAGE  "rootfs.ext4"
#define HEADER "rootfs.ext4.header"

static int no_image(const struct mount_record *r, struct error *err)
{
	return error_msg(err, ENOENT, "build '%s' is no complete image on this machine, which is what the "
			 "back end 'loop' needs", r->build_id);
}

/* A build with a header has its blocks in another order than the device, or in other builds. */
static int open_image(const struct mount_record *r, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_close int dir = FD_NONE, image = FD_NONE;
	auto_free char *path = NULL;
	struct stat st;
	int n = template_location_parse(r->location, &l, err);

	if (n < 0 || l.provider != PROVIDER_LOCAL)
		return n < 0 ? n : no_image(r, err);
	path = str_format("%s/%s", l.place, r->build_id);
	dir = path ? dir_open(AT_FDCWD, path) : -ENOMEM;
	if (dir < 0 || faccessat(dir, HEADER, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return no_image(r, err);
	image = openat(dir, IMAGE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (image < 0 || fstat(image, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 2 * (off_t)FSPROBE_HEAD)
		return no_image(r, err);
	return take_fd(&image);
}

static int probe_at(int fd, off_t offset, int (*look)(const unsigned char *, struct fsprobe *),
		    struct fsprobe *ret)
{
	unsigned char block[FSPROBE_HEAD];

	if (pread(fd, block, sizeof(block), offset) != (ssize_t)sizeof(block))
		return -ENOENT;
	return look(block, ret);
}

static int probe(int fd, const struct mount_record *r, struct fsprobe *ret, struct error *err)
{
	if (probe_at(fd, 0, fsprobe_head, ret) == 0 ||
	    probe_at(fd, FSPROBE_BTRFS_OFFSET, fsprobe_btrfs, ret) == 0)
		return 0;
	return error_msg(err, EINVAL, "build '%s' holds no file system that is known", r->build_id);
}

/* A copy in @data that shares the image's blocks. Return: descriptor; -errno where that can't be done. */
static int share_image(int image, int data)
{
	auto_close int copy = openat(data, "image", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (copy < 0 || ioctl(copy, FICLONE, image) < 0)
		return -errno;
	return take_fd(&copy);
}

/* A loop device of @file, named in the record. Return: its descriptor. */
static int attach_device(struct mount_record *r, int file, const struct fsprobe *fs, bool read_only,
			 struct error *err)
{
	/*
	 * Read-only, through the page cache: all mounts of a build share it. A private copy past it: its file
	 * system has a cache of its own.
	 */
	unsigned slot = 0, flags = read_only ? LOOP_READ_ONLY : LOOP_DIRECT;
	int fd = loop_attach(file, fs->block_size, flags, &slot, err);

	return fd < 0 ? fd : record_set_device(r, "loop", slot, BACKEND_LOOP, &fd, err);
}

/* The root that users see is the upper one: it is to look like the image's. */
static int copy_root(int lower, int upper)
{
	struct stat st;

	if (fstat(lower, &st) < 0 || fchown(upper, st.st_uid, st.st_gid) < 0 ||
	    fchmod(upper, st.st_mode & 07777) < 0)
		return -errno;
	return 0;
}

/* @lower, the read-only image, under what is written. @data: the mount's own directory. */
static int add_overlay(int lower, int data, const struct mount_record *r, struct error *err)
{
	auto_close int upper = dir_make_open(data, "upper", 0700);
	auto_close int work = dir_make_open(data, "work", 0700);
	auto_close int fd = FD_NONE;
	int n = upper < 0 ? upper : work < 0 ? work : copy_root(lower, upper);

	if (n < 0)
		return error_set(err, n, "cannot make room for what is written");
	/* Dropped at unmount: there is nothing to keep for a crash. */
	fd = overlay_mount(&lower, 1, upper, work, OVERLAY_VOLATILE | OVERLAY_BY_FD, err);
	n = fd < 0 ? fd : record_set_attributes(r, fd, err);
	return n < 0 ? n : take_fd(&fd);
}

static int mount_image(const struct store *s, struct mount_record *r, int image, struct error *err)
{
	auto_free char *path = mount_data_path(s, r->id, "");
	auto_close int data = path ? dir_open(AT_FDCWD, path) : -ENOMEM;
	auto_close int copy = r->read_only || data < 0 ? FD_NONE : share_image(image, data);
	auto_close int device = FD_NONE, fs = FD_NONE;
	bool overlay = !r->read_only && copy < 0;
	struct fsprobe type = { 0 };
	int n;

	if (data < 0)
		return error_set(err, data, "cannot open '%s'", path);
	n = probe(image, r, &type, err);
	if (n < 0)
		return n;
	device = attach_device(r, copy >= 0 ? copy : image, &type, copy < 0, err);
	if (device < 0)
		return device;
	fs = record_mount(r, type.type, copy < 0, err);
	return fs < 0 || !overlay ? take_fd(&fs) : add_overlay(fs, data, r, err);
}

int loopback_mount(const struct store *s, struct mount_record *r, int target_fd, struct error *err)
{
	auto_close int image = open_image(r, err);
	auto_close int fs = image < 0 ? image : mount_image(s, r, image, err);

	return fs < 0 ? fs : record_attach(s, r, fs, target_fd, err);
}
