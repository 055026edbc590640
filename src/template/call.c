/* SPDX-License-Identifier: Apache-2.0 */
#include "template/call.h"

#include <errno.h>
#include <fcntl.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/strv.h"

static int make_argv(const struct store *s, const char *const args[], struct strv *argv)
{
	const char *const head[] = { "berth-template", args[0], s->root, s->run };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(head); i++)
		r = strv_add(argv, head[i]);
	for (size_t i = 1; r == 0 && args[i]; i++)
		r = strv_add(argv, args[i]);
	return r;
}

int template_call(const struct store *s, const char *const args[], struct buf *out,
		  struct error *err)
{
	auto_free char *path = helper_path("berth-template", err);
	auto_child struct child child = CHILD_INIT;
	auto_close int in = FD_NONE, write_end = FD_NONE;
	auto_strv struct strv argv = STRV_INIT;
	int p[2], r, read;

	if (!path)
		return -ENOENT;
	if (make_argv(s, args, &argv) < 0)
		return error_set(err, ENOMEM, "cannot start the helper program berth-template");
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	in = p[0];
	write_end = p[1];
	r = child_spawn(&child, path, argv.v, -1, out ? write_end : -1, NULL, err);
	if (r < 0)
		return r;
	fd_close(&write_end);
	read = out ? fd_read_all(in, out) : 0;
	r = child_wait(&child, err);
	if (r == 0 && read < 0)
		r = error_set(err, read, "cannot read what the helper program berth-template says");
	return r;
}
