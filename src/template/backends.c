/* SPDX-License-Identifier: Apache-2.0 */
#include "template/backends.h"

#include <errno.h>
#include <unistd.h>

#include "sys/nbd.h"

static int check_node(const char *path, const char *module, struct error *err)
{
	int r;

	if (access(path, R_OK | W_OK) == 0)
		return 0;
	r = error_set(err, errno, "cannot use '%s'", path);
	return error_hint(err, r, "load the kernel's module: modprobe %s", module);
}

int backend_check(enum mount_backend b, struct error *err)
{
	int r;

	switch (b) {
	case BACKEND_LOOP:
		return check_node("/dev/loop-control", "loop", err);
	case BACKEND_FUSE: /* a file, and a loop device over it */
		r = check_node("/dev/fuse", "fuse", err);
		return r == 0 ? backend_check(BACKEND_LOOP, err) : r;
	case BACKEND_NBD:
		return nbd_available(err);
	default:
		return 0;
	}
}
