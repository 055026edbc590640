/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"

/* <linux/loop.h>, which musl's headers lack. */
#define LOOP_CONFIGURE	  0x4c0aul
#define LOOP_CTL_GET_FREE 0x4c82ul
#define FLAG_READ_ONLY	  1u
#define FLAG_AUTOCLEAR	  4u
#define FLAG_DIRECT_IO	  16u

struct info {
	uint64_t device, inode, rdevice, offset, size_limit;
	uint32_t number, encrypt_type, encrypt_key_size, flags;
	unsigned char file_name[64], crypt_name[64], encrypt_key[32];
	uint64_t init[2];
};

struct config {
	uint32_t fd, block_size;
	struct info info;
	uint64_t reserved[8];
};

/* Others take free devices too: between asking for one and configuring it somebody may be faster. */
#define TRIES 64

static int attach_one(int control, const struct config *c, unsigned *ret_number)
{
	bool read_only = c->info.flags & FLAG_READ_ONLY;
	auto_close int fd = FD_NONE;
	char path[32];
	int n = ioctl(control, LOOP_CTL_GET_FREE);

	if (n < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/dev/loop%d", n);
	fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, LOOP_CONFIGURE, c) < 0)
		return -errno;
	*ret_number = (unsigned)n;
	return take_fd(&fd);
}

int loop_attach(int file_fd, uint32_t block_size, unsigned flags, unsigned *ret_number,
		struct error *err)
{
	struct config c = {
		.fd = (uint32_t)file_fd,
		.block_size = block_size,
		.info.flags = FLAG_AUTOCLEAR | (flags & LOOP_READ_ONLY ? FLAG_READ_ONLY : 0) |
			      (flags & LOOP_DIRECT ? FLAG_DIRECT_IO : 0),
	};
	auto_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int r = -EBUSY;

	if (control < 0) {
		r = error_set(err, errno, "cannot open '/dev/loop-control'");
		return error_hint(err, r, "load the kernel's module: modprobe loop");
	}
	for (int i = 0; i < TRIES && r == -EBUSY; i++)
		r = attach_one(control, &c, ret_number);
	return r < 0 ? error_set(err, r, "cannot set up a loop device") : r;
}
