/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tempdir.h"
#include "tap.h"

static void excludes(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int a = openat(t.fd, "l", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	auto_close int b = openat(t.fd, "l", O_RDWR | O_CLOEXEC);

	EQ_INT(lock_is_taken(b), 0);
	EQ_INT(lock_take(a, false, false), 0);
	EQ_INT(lock_is_taken(b), LOCK_SHARED);
	EQ_INT(lock_take(b, false, false), 0);
	EQ_INT(lock_take(b, true, false), -EAGAIN);
	fd_close(&a);
	EQ_INT(lock_take(b, true, true), 0);
	a = openat(t.fd, "l", O_RDWR | O_CLOEXEC);
	EQ_INT(lock_is_taken(a), LOCK_EXCLUSIVE);
	/* One's own lock is no obstacle. */
	EQ_INT(lock_is_taken(b), 0);
	EQ_INT(lock_take(a, false, false), -EAGAIN);
}

/* A lock is held by every process that inherited the descriptor, and ends with the last. */
static void is_inherited(void)
{
	auto_tempdir struct tempdir t = tempdir_make();
	auto_close int a = openat(t.fd, "l", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	auto_close int b = openat(t.fd, "l", O_RDWR | O_CLOEXEC);
	pid_t pid;

	EQ_INT(lock_take(a, true, false), 0);
	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	fd_close(&a);
	EQ_INT(lock_is_taken(b), LOCK_EXCLUSIVE);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	EQ_INT(lock_is_taken(b), 0);
}

TAP_MAIN(excludes, is_inherited)
