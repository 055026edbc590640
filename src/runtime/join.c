/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that enters a running container.
 *
 * Whoever is inside may be hostile, and sees every process that is born in its PID namespace: it can look for
 * descriptors, memory, environment and the engine's own file there, and trace it, if it may (CVE-2016-9962,
 * CVE-2019-5736, CVE-2024-21626). So this process never is in that namespace. It joins all the others, becomes as small
 * as the container's own processes are, and only then makes the one that will be the program:
 *
 *   1. not dumpable, the caller's arguments and environment wiped, signals, keys and standard streams in order
 *   2. into the container's cgroups, then into all namespaces at once, by the pidfd: "/" is the container's root from
 *      here on, and /proc is the container's, which is not to be believed and not used
 *   3. the terminal, the working directory, standard streams
 *   4. every other descriptor but the report's is closed
 *   5. user, groups, capabilities, filter
 *   6. a sibling of this process is born in the PID namespace with what is left; this one has done its work
 *   7. the sibling gets a session, takes control of the terminal and executes the program
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/cgroups.h"
#include "runtime/confinement.h"
#include "runtime/entry.h"
#include "runtime/exec.h"
#include "runtime/execute.h"
#include "runtime/terminal.h"
#include "sys/caps.h"
#include "sys/syscalls.h"

#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |                 \
	 (int)SYS_CLONE_NEWCGROUP)

#define REPORT_FD 3
#define LABEL_FD  4

/*
 * What /proc/PID/cmdline and environ show until the program is executed: berth's own arguments, one after the other in
 * memory, and behind them the environment: execve(2). What the program gets of them was copied.
 */
static void forget_caller(void)
{
	if (environ && *environ && program_invocation_name < *environ)
		explicit_bzero(program_invocation_name, (size_t)(*environ - program_invocation_name));
	for (char **e = environ; e && *e; e++)
		explicit_bzero(*e, strlen(*e));
}

/* Rely on: nothing. Afterwards nobody without CAP_SYS_PTRACE can look into this process or its children. */
static int hide(const struct joining *j, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "cannot protect the process");
	forget_caller();
	entry_reset(&j->signals);
	return j->tty ? 0 : entry_stdio(j->stdio, err);
}

static int enter(const struct joining *j, struct error *err)
{
	int r = sys_setns(j->pidfd, NAMESPACES);

	if (r == -ESRCH)
		return error_msg(err, ESRCH, "container %s is not running", j->config->id);
	return r < 0 ? error_set(err, r, "cannot enter the namespaces of container %s", j->config->id) : 0;
}

static int make_terminal(const struct joining *j, struct error *err)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct terminal_request req = { j->tty_fd, j->size, false };

	if (root < 0)
		return error_set(err, errno, "cannot open the container's root");
	return terminal_make(root, &req, &j->user, err);
}

/* docker's status for a directory that is not there is that of a program that is not there. */
static int enter_workdir(const struct joining *j, struct error *err)
{
	int r = entry_workdir(j->workdir, err);

	return r == -ENOENT ? error_status(err, r, 127) : r;
}

static int place(int *fd, int number, struct error *err)
{
	if (*fd != number && dup3(*fd, number, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot place descriptor %d", number);
	*fd = number;
	return 0;
}

/* Closed, not just marked: it shows in /proc until the program is executed. @label_fd has its use before that. */
static int close_others(struct joining *j, int *label_fd, struct error *err)
{
	/* Out of the way of the other one first. */
	int label = *label_fd < 0 ? FD_NONE : fcntl(*label_fd, F_DUPFD_CLOEXEC, LABEL_FD + 1);
	int r = place(&j->report_fd, REPORT_FD, err);

	if (r == 0 && *label_fd >= 0)
		r = place(&label, LABEL_FD, err);
	if (r < 0)
		return r;
	*label_fd = label;
	r = sys_close_from(*label_fd >= 0 ? LABEL_FD + 1 : REPORT_FD + 1);
	return r < 0 ? error_set(err, r, "cannot close descriptors") : 0;
}

/* docker's --privileged of exec: that, and nothing else. */
static int every_capability(struct confinement *c, struct error *err)
{
	int r = caps_get(&c->caps);

	return r < 0 ? error_set(err, r, "cannot read the capabilities of berth") : 0;
}

static int prepare(struct joining *j, struct error *err)
{
	auto_confinement_tools struct confinement_tools tools = CONFINEMENT_TOOLS_INIT;
	struct confinement confinement = j->config->confinement;
	int r = hide(j, err);

	if (r == 0)
		r = confinement_prepare(&confinement, j->record_fd, &tools, err);
	if (r == 0)
		r = container_cgroup_enter(j->record_fd, err);
	if (r == 0)
		r = enter(j, err);
	if (r == 0 && j->tty)
		r = make_terminal(j, err);
	if (r == 0)
		r = enter_workdir(j, err);
	if (r == 0)
		r = entry_give_stdio(&j->user, err);
	if (r == 0 && j->privileged)
		r = every_capability(&confinement, err);
	if (r == 0)
		r = close_others(j, &tools.label_fd, err);
	(void)umask(0022);
	return r == 0 ? confinement_apply(&confinement, &tools, &j->user, err) : r;
}

static int become_program(const struct joining *j, struct error *err)
{
	int r;

	(void)setsid();
	r = j->tty ? terminal_control(err) : 0;
	return r == 0 ? execute(j->argv.v, &j->env, err) : r;
}

static __attribute__((noreturn)) void end(const struct joining *j, struct join_report *report)
{
	if (report->pid == 0 && report->err.status == 0)
		report->err.status = 126;
	(void)fd_write_all(j->report_fd, report, sizeof(*report));
	_exit(report->pid == 0 ? report->err.status : 0);
}

__attribute__((noreturn)) void container_join(struct joining *j)
{
	struct join_report report = { 0 };

	if (prepare(j, &report.err) < 0)
		end(j, &report);
	report.pid = sys_fork_sibling();
	if (report.pid == 0) {
		(void)become_program(j, &report.err);
		end(j, &report);
	}
	if (report.pid < 0) {
		/* The kernel's word for a PID namespace that has lost its first process is ENOMEM. */
		(void)error_set(&report.err, report.pid, "cannot make a process in container %s",
				j->config->id);
		report.pid = 0;
	}
	end(j, &report);
}
