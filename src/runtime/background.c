/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/background.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

static int become_background(void)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP,
				       SIGXFSZ };

	(void)setsid();
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
	return chdir("/") < 0 ? -errno : 0;
}

void background_report(int *report_fd, int r, const struct error *err)
{
	static const struct error none;

	(void)fd_write_all(*report_fd, r < 0 ? err : &none, sizeof(*err));
	fd_close(report_fd);
}

static int wait_for_report(int fd, struct error *err)
{
	struct error sent = ERROR_INIT;

	if (fd_read_upto(fd, &sent, sizeof(sent)) != (ssize_t)sizeof(sent))
		return error_msg(err, EIO, "the process in the background was killed while it started");
	sent.msg[sizeof(sent.msg) - 1] = '\0';
	sent.hint[sizeof(sent.hint) - 1] = '\0';
	if (sent.code != 0 && err)
		*err = sent;
	return -sent.code;
}

int background_start(background_fn function, void *argument, struct error *err)
{
	auto_close int report = FD_NONE;
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	report = p[0];
	pid = fork();
	if (pid == 0) {
		fd_close(&report);
		if (become_background() == 0)
			function(argument, p[1]);
		_exit(0);
	}
	fd_close(&p[1]);
	if (pid < 0)
		return error_set(err, errno, "cannot start a process in the background");
	return wait_for_report(report, err);
}
