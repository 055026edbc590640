/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"

#ifndef BERTH_LIBEXECDIR
# define BERTH_LIBEXECDIR "/usr/libexec/berth"
#endif

#define FIRST_PASSED_FD 4
#define SAFE_FD		64 /* above everything that the program receives */

/* A copy of *@fd that no dup2(2) below will overwrite; nothing for "none". */
static int move_away(int *fd)
{
	int copy = *fd < 0 ? *fd : fcntl(*fd, F_DUPFD_CLOEXEC, SAFE_FD);

	if (*fd >= 0 && copy < 0)
		return -errno;
	*fd = copy;
	return 0;
}

/*
 * Put the descriptors in their places; each is first moved out of the way of the others. *@error_fd
 * is where a failure can be reported from then on, wherever this stopped.
 */
static int place_fds(int stdin_fd, int stdout_fd, int *error_fd, const int *fds)
{
	int moved[SAFE_FD - FIRST_PASSED_FD];
	int n = 0;
	int r = move_away(error_fd);

	if (r == 0)
		r = move_away(&stdin_fd);
	if (r == 0)
		r = move_away(&stdout_fd);
	for (; r == 0 && fds && fds[n] >= 0; n++) {
		if (n == (int)ARRAY_SIZE(moved))
			return -E2BIG;
		moved[n] = fds[n];
		r = move_away(&moved[n]);
	}
	if (r < 0)
		return r;
	if ((stdin_fd >= 0 && dup2(stdin_fd, STDIN_FILENO) < 0) ||
	    (stdout_fd >= 0 && dup2(stdout_fd, STDOUT_FILENO) < 0) ||
	    dup2(*error_fd, CHILD_ERROR_FD) < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (dup2(moved[i], FIRST_PASSED_FD + i) < 0)
			return -errno;
	}
	return 0;
}

static void restore_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
}

/* What the program's own descriptors are to be: borrowed, FD_NONE or -1 for berth's. */
struct child_stdio {
	int in, out, err;
};

static __attribute__((noreturn)) void become(const char *path, char *const argv[],
					     struct child_stdio stdio, int error_fd, const int *fds,
					     pid_t parent)
{
	struct error err = ERROR_INIT;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || (stdio.err >= 0 && dup2(stdio.err, STDERR_FILENO) < 0))
		_exit(125);
	restore_signals();
	r = place_fds(stdio.in, stdio.out, &error_fd, fds);
	if (r == 0) {
		(void)execv(path, argv);
		r = -errno;
	}
	(void)error_set(&err, r, "cannot start '%s'", path);
	(void)fd_write_all(error_fd, &err, sizeof(err));
	_exit(125);
}

int child_spawn(struct child *c, const char *path, char *const argv[], int stdin_fd, int stdout_fd,
		const int *fds, struct error *err)
{
	auto_close int out = FD_NONE;
	pid_t parent = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	c->error_fd = p[0];
	out = p[1];
	c->pid = fork();
	if (c->pid < 0)
		return error_set(err, errno, "cannot start '%s'", path);
	if (c->pid == 0)
		become(path, argv, (struct child_stdio){ stdin_fd, stdout_fd, c->stderr_fd }, out, fds,
		       parent);
	return 0;
}

int child_wait(struct child *c, struct error *err)
{
	struct error sent = ERROR_INIT;
	ssize_t n = fd_read_upto(c->error_fd, &sent, sizeof(sent));
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for process %ld", (long)c->pid);
	}
	c->pid = -1;
	if (n == (ssize_t)sizeof(sent)) {
		sent.msg[sizeof(sent.msg) - 1] = '\0';
		sent.hint[sizeof(sent.hint) - 1] = '\0';
		if (err)
			*err = sent;
		return sent.code > 0 ? -sent.code : -EIO;
	}
	if (WIFSIGNALED(status))
		return error_msg(err, EIO, "the helper was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_msg(err, EIO, "the helper ended with status %d", WEXITSTATUS(status));
	return 0;
}

void child_done(struct child *c)
{
	if (c->pid > 0) {
		(void)kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	c->pid = -1;
	fd_close(&c->error_fd);
}

void child_report(const struct error *err)
{
	/* Started by hand rather than by berth: nothing is behind the descriptor. */
	if (fd_write_all(CHILD_ERROR_FD, err, sizeof(*err)) < 0)
		log_error(err);
}

static char *beside_executable(const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	return str_format("%.*s%s", (int)(path_base(self) - self), self, name);
}

char *helper_path(const char *name, struct error *err)
{
	const char *dir = getenv("BERTH_LIBEXEC");
	auto_free char *path = dir ? path_join(dir, name) : beside_executable(name);

	if (path && access(path, X_OK) == 0)
		return take_ptr(path);
	free(path);
	path = path_join(BERTH_LIBEXECDIR, name);
	if (path && access(path, X_OK) == 0)
		return take_ptr(path);
	(void)error_set(err, ENOENT, "cannot find berth's helper program '%s'", name);
	(void)error_hint(err, 0, "set BERTH_LIBEXEC to the directory that holds %s", name);
	return NULL;
}
