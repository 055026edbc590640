/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "tap.h"

/* Run a shell script with these descriptors and collect what it prints. */
static int shell(const char *script, int stdin_fd, const int *fds, struct buf *out,
		 struct error *err)
{
	auto_child struct child c = CHILD_INIT;
	auto_free char *copy = strdup(script);
	char sh[] = "sh", dash_c[] = "-c";
	char *argv[] = { sh, dash_c, copy, NULL };
	int p[2], r;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	r = child_spawn(&c, "/bin/sh", argv, stdin_fd, p[1], fds, err);
	fd_close(&p[1]);
	if (r == 0)
		r = fd_read_all(p[0], out);
	fd_close(&p[0]);
	return r < 0 ? r : child_wait(&c, err);
}

static int temp_file(const void *data, size_t len)
{
	char name[] = "/tmp/berth-test-child.XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	(void)unlink(name);
	if (fd_write_all(fd, data, len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		fd_close(&fd);
	return fd;
}

static void gives_output_and_input(void)
{
	auto_buf struct buf out = BUF_INIT;
	auto_close int in = temp_file("input", 5);
	struct error err = ERROR_INIT;

	EQ_INT(shell("cat; echo done", in, NULL, &out, &err), 0);
	EQ_STR(buf_str(&out), "inputdone\n");
	EQ_INT(err.code, 0);
}

/* Descriptors are where they were promised, also when they stand in each other's way before. */
static void places_descriptors(void)
{
	auto_buf struct buf out = BUF_INIT;
	auto_close int a = temp_file("A", 1), b = temp_file("B", 1), c = temp_file("C", 1);
	const int fds[] = { b, c, a, -1 };
	struct error err = ERROR_INIT;

	EQ_INT(shell("cat <&4; cat <&5; cat <&6; ls /proc/self/fd | grep '^[0-8]$'", -1, fds, &out, &err), 0);
	/*
	 * 3 is the error pipe; ls has one more for the directory itself, the lowest free. From 9 on may be
	 * what this test itself was started with.
	 */
	EQ_STR(buf_str(&out), "BCA0\n1\n2\n3\n4\n5\n6\n7\n");
}

static void passes_reports_on(void)
{
	struct error sent = ERROR_INIT, err = ERROR_INIT;
	auto_buf struct buf out = BUF_INIT;
	auto_close int file = FD_NONE;
	int fds[] = { -1, -1 };

	(void)error_set(&sent, ENOSPC, "cannot write '%s'", "x");
	(void)error_hint(&sent, 0, "make room");
	(void)error_status(&sent, 0, 126);
	file = temp_file(&sent, sizeof(sent));
	fds[0] = file;
	EQ_INT(shell("cat <&4 >&3; exit 1", -1, fds, &out, &err), -ENOSPC);
	EQ_STR(err.msg, "cannot write 'x': No space left on device");
	EQ_STR(err.hint, "make room");
	EQ_INT(err.status, 126);
}

static void says_how_it_ended(void)
{
	auto_buf struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(shell("exit 3", -1, NULL, &out, &err), -EIO);
	EQ_STR(err.msg, "the helper ended with status 3");
	EQ_INT(shell("kill -TERM $$", -1, NULL, &out, &err), -EIO);
	EQ_STR(err.msg, "the helper was killed by signal 15");
	/* Half a report is none. */
	EQ_INT(shell("echo x >&3; exit 4", -1, NULL, &out, &err), -EIO);
	EQ_STR(err.msg, "the helper ended with status 4");
}

/* The report of a failed start goes to the parent, not into a descriptor that took the pipe's number. */
static void reports_missing_program(void)
{
	auto_close int first = temp_file("", 0), second = temp_file("", 0), third = temp_file("", 0);
	const int fds[] = { first, second, third, -1 };
	auto_child struct child c = CHILD_INIT;
	struct error err = ERROR_INIT;
	char name[] = "x";
	char *argv[] = { name, NULL };

	EQ_INT(child_spawn(&c, "/nonexistent/x", argv, -1, -1, fds, &err), 0);
	EQ_INT(child_wait(&c, &err), -ENOENT);
	EQ_STR(err.msg, "cannot start '/nonexistent/x': No such file or directory");
	for (int i = 0; i < 3; i++)
		EQ_INT(lseek(fds[i], 0, SEEK_END), 0);
}

/* What the parent blocks or ignores for itself is not the program's. */
static void starts_with_clean_signals(void)
{
	auto_buf struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	sigset_t block, old;

	(void)sigfillset(&block);
	(void)sigprocmask(SIG_SETMASK, &block, &old);
	(void)signal(SIGPIPE, SIG_IGN);
	EQ_INT(shell("grep -E 'SigBlk|SigIgn' /proc/self/status", -1, NULL, &out, &err), 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	EQ_STR(buf_str(&out), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void done_kills(void)
{
	struct child c = CHILD_INIT;
	struct error err = ERROR_INIT;
	char sh[] = "sh", dash_c[] = "-c", script[] = "while :; do read x < /dev/tty || :; done";
	char *argv[] = { sh, dash_c, script, NULL };
	pid_t pid;

	EQ_INT(child_spawn(&c, "/bin/sh", argv, -1, -1, NULL, &err), 0);
	pid = c.pid;
	child_done(&c);
	OK(kill(pid, 0) < 0 && errno == ESRCH);
	EQ_INT(c.pid, -1);
}

static void finds_helpers(void)
{
	auto_free char *found = NULL, *missing = NULL;
	struct error err = ERROR_INIT;

	(void)setenv("BERTH_LIBEXEC", "/bin", 1);
	found = helper_path("sh", &err);
	EQ_STR(found, "/bin/sh");
	missing = helper_path("berth-no-such-helper", &err);
	OK(missing == NULL);
	EQ_INT(err.code, ENOENT);
	OK(strstr(err.hint, "BERTH_LIBEXEC") != NULL);
	(void)unsetenv("BERTH_LIBEXEC");
}

TAP_MAIN(gives_output_and_input, places_descriptors, passes_reports_on, says_how_it_ended,
	 reports_missing_program, starts_with_clean_signals, done_kills, finds_helpers)
