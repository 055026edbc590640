/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/syscalls.h"

/* What docker's client passes on. SIGTSTP and its like are left alone: job control stops berth itself. */
static const int forwarded[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				 SIGUSR2, SIGALRM, SIGWINCH, SIGCONT };

int exit_code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void session_done(struct session *s)
{
	raw_terminal_done(&s->terminal);
	launched_done(&s->child);
	fd_close(&s->signals);
	if (s->masked)
		(void)sigprocmask(SIG_SETMASK, &s->before, NULL);
}

int session_begin(struct session *s, struct error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		(void)sigaddset(&set, forwarded[i]);
	if (sigprocmask(SIG_BLOCK, &set, &s->before) < 0)
		return error_set(err, errno, "cannot block signals");
	s->masked = true;
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? error_set(err, errno, "cannot make a signalfd") : 0;
}

static void forward_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGWINCH && s->child.master >= 0) {
			struct winsize size = terminal_size(STDOUT_FILENO);

			(void)ioctl(s->child.master, TIOCSWINSZ, &size);
		} else {
			(void)sys_pidfd_send_signal(s->child.pidfd, (int)info.ssi_signo);
		}
	}
}

static void start_pumps(struct session *s, bool interactive)
{
	s->in = (struct pump){ .from = FD_NONE, .to = FD_NONE };
	s->out = s->in;
	if (s->child.master < 0)
		return;
	/* Ours alone, so that its flags may change; the user's own streams are left as they are. */
	(void)fcntl(s->child.master, F_SETFL, O_RDWR | O_NONBLOCK);
	s->out.from = s->in.to = s->child.master;
	s->out.to = STDOUT_FILENO;
	if (interactive)
		s->in.from = STDIN_FILENO;
}

int session_attach(struct session *s, bool interactive, struct error *err)
{
	int r;

	start_pumps(s, interactive);
	if (s->child.master < 0 || !interactive)
		return 0;
	r = raw_terminal_enter(&s->terminal, STDIN_FILENO);
	return r < 0 ? error_set(err, r, "cannot switch the terminal to raw mode") : 0;
}

/* Whatever the terminal still holds after the container's end. */
static void drain(struct session *s)
{
	char rest[PUMP_SIZE];
	ssize_t n;

	if (s->out.end > s->out.start)
		(void)fd_write_all(STDOUT_FILENO, s->out.data + s->out.start,
				   s->out.end - s->out.start);
	while (s->child.master >= 0 && (n = read(s->child.master, rest, sizeof(rest))) > 0)
		(void)fd_write_all(STDOUT_FILENO, rest, (size_t)n);
}

int session_run(struct session *s, struct error *err)
{
	struct pollfd p[6];
	int status;

	do {
		p[0] = (struct pollfd){ .fd = s->child.pidfd, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		pump_events(&s->in, &p[2], &p[3]);
		pump_events(&s->out, &p[4], &p[5]);
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return error_set(err, errno, "cannot wait for the container");
		if (p[1].revents)
			forward_signals(s);
		(void)pump_move(&s->in, &p[2], &p[3]);
		(void)pump_move(&s->out, &p[4], &p[5]);
	} while (!p[0].revents);
	while (waitpid(s->child.pid, &status, __WALL) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for the container");
	}
	drain(s);
	return exit_code_of(status);
}

void session_kill(struct session *s)
{
	if (s->child.pid <= 0 || s->child.pidfd < 0)
		return;
	(void)sys_pidfd_send_signal(s->child.pidfd, SIGKILL);
	while (waitpid(s->child.pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}
