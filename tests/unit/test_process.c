/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tap.h"

static void knows_itself(void)
{
	uint64_t start = 0, again = 0;
	auto_close int fd = FD_NONE;
	char boot[37] = "";

	EQ_INT(process_start_time(getpid(), &start), 0);
	OK(start > 0);
	/* The name of a process is its own choice, and stands before the field. */
	EQ_INT(prctl(PR_SET_NAME, "a) R 1 (b"), 0);
	EQ_INT(process_start_time(getpid(), &again), 0);
	EQ_INT(again, start);
	fd = process_open(getpid(), start);
	OK(fd >= 0);
	EQ_INT(process_open(getpid(), start + 1), -ESRCH);
	EQ_INT(process_boot_id(boot), 0);
	EQ_INT(strlen(boot), 36);
}

static void knows_the_dead(void)
{
	uint64_t start = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	EQ_INT(process_start_time(pid, &start), 0);
	EQ_INT(kill(pid, SIGKILL), 0);
	EQ_INT(waitpid(pid, NULL, 0), pid);
	EQ_INT(process_open(pid, start), -ESRCH);
	EQ_INT(process_start_time(pid, &start), -ESRCH);
	EQ_INT(process_open(0, 0), -ESRCH);
	EQ_INT(process_open(-1, 0), -ESRCH);
}

TAP_MAIN(knows_itself, knows_the_dead)
