/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-seccomp CAPS - the seccomp profile on standard input, for a container with these capabilities (hexadecimal)
 * on this kernel, as instructions to standard output; a failure as struct error on descriptor 3 (base/child.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "helper/compile.h"

#define EXIT_ENGINE 125

static int running_kernel(unsigned *ret)
{
	struct utsname u;
	char *end;

	if (uname(&u) < 0)
		return -errno;
	*ret = (unsigned)strtoul(u.release, &end, 10) << 16;
	if (*end == '.')
		*ret |= (unsigned)strtoul(end + 1, NULL, 10) & 0xffff;
	return 0;
}

static int run(const char *caps, struct error *err)
{
	auto_clean(compiled) struct compiled c = { 0 };
	struct compile_target t = { .caps = strtoull(caps, NULL, 16) };
	int r = running_kernel(&t.kernel);

	if (r < 0)
		return error_set(err, r, "cannot find out the kernel's version");
	r = profile_compile_fd(STDIN_FILENO, &t, &c, err);
	if (r < 0)
		return r;
	r = fd_write_all(STDOUT_FILENO, c.program.v, c.program.n * sizeof(*c.program.v));
	return r < 0 ? error_set(err, r, "cannot write the filter") : 0;
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	int r = argc == 2 ? run(argv[1], &err) : error_msg(&err, EINVAL, "usage: berth-seccomp CAPS < PROFILE");

	if (r == 0)
		return 0;
	child_report(&err);
	return EXIT_ENGINE;
}
