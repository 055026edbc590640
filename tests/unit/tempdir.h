/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of a test's own, gone with its scope. Removed by rm(1), so that tree_remove() isn't trusted here. */
#ifndef BERTH_TESTS_TEMPDIR_H
#define BERTH_TESTS_TEMPDIR_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

struct tempdir {
	char path[64];
	int fd;
};

static inline struct tempdir tempdir_make(void)
{
	struct tempdir t = { .path = "/tmp/berth-unit.XXXXXX", .fd = FD_NONE };

	if (!mkdtemp(t.path)) {
		perror("mkdtemp");
		exit(1);
	}
	t.fd = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t;
}

static inline void tempdir_done(struct tempdir *t)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", "--one-file-system", t->path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	fd_close(&t->fd);
}
DEFINE_AUTO(tempdir, struct tempdir, tempdir_done)
#define auto_tempdir auto_clean(tempdir)

#endif
