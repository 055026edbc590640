/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run one command and say what it took: `measure RESULT COMMAND [ARG...]` writes one line to the file RESULT:
 * wall nanoseconds, user and system microseconds, peak KiB, wait status. Small and static on purpose: the
 * kernel counts the memory of the process that executes a command as the command's own peak, so that a
 * Python harness would give every program Python's.
 *
 * CPU time is that of the command and of all descendants that were waited for; the peak is the largest
 * resident set of any single one of them (getrusage(2), RUSAGE_CHILDREN), not their sum.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int execute(void *arg)
{
	char **command = arg;

	execvp(command[0], command);
	_exit(127);
}

static long long nanoseconds(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long microseconds(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv)
{
	static char stack[16384] __attribute__((aligned(16)));
	struct rusage use = { 0 };
	long long started = 0, wall = 0;
	int status = 0, fd = -1;
	pid_t pid = -1;

	if (argc < 3)
		return 125;
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return 125;
	started = nanoseconds();
	pid = clone(execute, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, argv + 2);
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
		return 125;
	wall = nanoseconds() - started;
	dprintf(fd, "%lld %lld %lld %ld %d\n", wall, microseconds(use.ru_utime), microseconds(use.ru_stime),
		use.ru_maxrss, status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
