/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/loopshare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/loop.h"

/* <linux/loop.h>, which musl's headers lack. */
#define LOOP_SET_CAPACITY 0x4C07
#define LOOP_GET_STATUS64 0x4C05

struct loop_info {
	uint64_t device, inode, rdevice, offset, sizelimit;
	uint32_t number, encrypt_type, encrypt_key_size, flags;
	uint8_t file_name[64], crypt_name[64], encrypt_key[32];
	uint64_t init[2];
};

static int open_device(const char *name, char path[LOOP_PATH_MAX])
{
	int fd;

	(void)snprintf(path, LOOP_PATH_MAX, "/dev/%.20s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Asked while it is held open: a device that clears itself can't do so any more, or has, and then says
 * that it has no file.
 */
static bool has_file(int fd, const struct stat *file)
{
	struct loop_info info;

	return ioctl(fd, LOOP_GET_STATUS64, &info) == 0 && info.device == file->st_dev &&
	       info.inode == file->st_ino && info.offset == 0;
}

/* Return: the device that has the file, -ENOENT if none has. */
static int find_attached(const struct stat *file, char path[LOOP_PATH_MAX])
{
	auto_dir DIR *dir = opendir("/sys/block");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		auto_close int fd = FD_NONE;
		char backing[64];

		if (strncmp(e->d_name, "loop", 4) != 0)
			continue;
		(void)snprintf(backing, sizeof(backing), "%.20s/loop/backing_file", e->d_name);
		if (faccessat(dirfd(dir), backing, F_OK, 0) < 0)
			continue;
		fd = open_device(e->d_name, path);
		if (fd >= 0 && has_file(fd, file))
			return take_fd(&fd);
	}
	return -ENOENT;
}

int loop_share(int backing_fd, char ret_path[LOOP_PATH_MAX], struct error *err)
{
	struct stat file;
	unsigned number;
	int fd = fstat(backing_fd, &file) < 0 ? -errno : find_attached(&file, ret_path);

	if (fd != -ENOENT)
		return fd < 0 ? error_set(err, fd, "cannot look for a loop device") : fd;
	fd = loop_attach(backing_fd, 512, 0, &number, err);
	if (fd >= 0)
		(void)snprintf(ret_path, LOOP_PATH_MAX, "/dev/loop%u", number);
	return fd;
}

bool loop_is_shared(int backing_fd)
{
	char path[LOOP_PATH_MAX];
	struct stat file;
	auto_close int fd = fstat(backing_fd, &file) == 0 ? find_attached(&file, path) : FD_NONE;

	return fd >= 0;
}

int loop_grow(int loop_fd)
{
	return ioctl(loop_fd, LOOP_SET_CAPACITY) < 0 ? -errno : 0;
}
