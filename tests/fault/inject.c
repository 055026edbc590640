/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject - run a command under ptrace(2), count the system calls of berth's own processes, and at one of them
 * inject a fault.
 *
 *   inject -r REPORT -e ENGINE… [-a PROCESS:CALL (-x ERRNO | -k | -K | -d MILLISECONDS)] [-t SECONDS] -- COMMAND…
 *
 * Processes are numbered in the order in which they appear (the command is 0), and calls within each, so that the
 * same numbers mean the same call in the next run, however the processes are scheduled. A process is berth's
 * own as long as its executable is one of ENGINE; one that executes anything else, as a container's program
 * does, is let go. -x makes the call fail without being made, -k kills its process, -K kills all of berth's
 * processes, before it is made; -d holds that process up for a while.
 *
 * REPORT gets a line for each call, "PROCESS CALL NUMBER", and at the end "fired NUMBER" if the fault was reached.
 * Exit status: the command's, 128 + N if it was killed, 124 after SECONDS (everything traced is killed then).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* linux/ptrace.h and sys/ptrace.h can't both be included with glibc 2.36; the older struct has another name. */
#define SYSCALL_INFO __ptrace_syscall_info
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |  \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define MAX_TASKS   256
#define MAX_ENGINES 8

enum fault { FAULT_NONE, FAULT_ERRNO, FAULT_KILL, FAULT_KILL_ALL, FAULT_DELAY };

struct task {
	pid_t tid;	   /* 0: a free place */
	int number;	   /* in the order of appearance */
	unsigned long calls;
	bool engine;	   /* executes one of berth's own programs */
	bool in_call;	   /* between a call's entry and its exit */
	bool fails;	   /* this call was taken away from the kernel */
	bool started;	   /* its first stop, SIGSTOP, has been seen */
};

struct inject {
	FILE *report;
	struct stat engines[MAX_ENGINES];
	int n_engines;
	enum fault fault;
	int at_process, argument;
	unsigned long at_call;
	bool fired;
	unsigned timeout;
	struct task tasks[MAX_TASKS];
	int appeared;
	pid_t command;
	int status; /* of the command; -1 until it has ended */
};

static volatile sig_atomic_t timed_out;

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
}

static void die(const char *what)
{
	(void)fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct task *task_find(struct inject *in, pid_t tid)
{
	for (int i = 0; i < MAX_TASKS; i++) {
		if (in->tasks[i].tid == tid)
			return &in->tasks[i];
	}
	return NULL;
}

static struct task *task_add(struct inject *in, pid_t tid)
{
	struct task *t = task_find(in, 0);

	if (!t) {
		errno = EOVERFLOW;
		die("too many processes");
	}
	*t = (struct task){ .tid = tid, .number = in->appeared++, .engine = true };
	return t;
}

/*
 * The tracer's own number of the new process. PTRACE_GETEVENTMSG has it in the tracer's PID namespace,
 * which is what a process that makes its child a PID namespace needs.
 */
static void on_new_task(struct inject *in, const struct task *parent)
{
	unsigned long tid = 0;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid) == 0 && tid > 0 &&
	    !task_find(in, (pid_t)tid))
		(void)task_add(in, (pid_t)tid);
}

static bool is_engine(const struct inject *in, pid_t tid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)tid);
	if (stat(path, &st) < 0)
		return false;
	for (int i = 0; i < in->n_engines; i++) {
		if (in->engines[i].st_dev == st.st_dev && in->engines[i].st_ino == st.st_ino)
			return true;
	}
	return false;
}

static void kill_all(struct inject *in)
{
	for (int i = 0; i < MAX_TASKS; i++) {
		if (in->tasks[i].tid > 0)
			(void)kill(in->tasks[i].tid, SIGKILL);
	}
}

/* The call is not made: its number becomes one that there is not; the result is put in at its exit. */
static void take_call_away(pid_t tid)
{
#if defined(__x86_64__)
	if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L) < 0 &&
	    errno != ESRCH)
		die("cannot change a system call");
#elif defined(__aarch64__)
	int none = -1;
	struct iovec v = { &none, sizeof(none) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &v) < 0 && errno != ESRCH)
		die("cannot change a system call");
#endif
}

static void put_result(pid_t tid, int error)
{
	struct user_regs_struct regs;
	struct iovec v = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &v) < 0)
		return;
#if defined(__x86_64__)
	regs.rax = (unsigned long long)-(long long)error;
#elif defined(__aarch64__)
	regs.regs[0] = (unsigned long long)-(long long)error;
#endif
	(void)ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &v);
}

static void fire(struct inject *in, struct task *t, unsigned long long nr)
{
	struct timespec hold = { in->argument / 1000, in->argument % 1000 * 1000000L };

	in->fired = true;
	(void)fprintf(in->report, "fired %llu\n", nr);
	switch (in->fault) {
	case FAULT_NONE:
		break;
	case FAULT_ERRNO:
		take_call_away(t->tid);
		t->fails = true;
		break;
	case FAULT_KILL:
		(void)kill(t->tid, SIGKILL);
		break;
	case FAULT_KILL_ALL:
		kill_all(in);
		break;
	case FAULT_DELAY:
		(void)nanosleep(&hold, NULL);
		break;
	}
}

static void on_syscall_stop(struct inject *in, struct task *t)
{
	struct SYSCALL_INFO info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (t->fails)
			put_result(t->tid, in->argument);
		t->fails = false;
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	t->calls++;
	(void)fprintf(in->report, "%d %lu %llu\n", t->number, t->calls,
		      (unsigned long long)info.entry.nr);
	if (in->fault != FAULT_NONE && !in->fired && t->number == in->at_process &&
	    t->calls == in->at_call)
		fire(in, t, info.entry.nr);
}

static void on_end(struct inject *in, struct task *t, int status)
{
	if (t->tid == in->command)
		in->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	t->tid = 0;
}

/* A container's program, or another's: none of ours, and free of us. */
static bool let_go(struct inject *in, struct task *t)
{
	if (is_engine(in, t->tid))
		return false;
	(void)ptrace(PTRACE_DETACH, t->tid, NULL, NULL);
	t->tid = 0;
	return true;
}

static void on_stop(struct inject *in, struct task *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		on_syscall_stop(in, t);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		if (t->tid != in->command && let_go(in, t))
			return;
		sig = 0;
	} else if (event) {
		on_new_task(in, t);
		sig = 0;
	} else if (sig == SIGSTOP && !t->started) {
		t->started = true;
		sig = 0;
	}
	if (ptrace(PTRACE_SYSCALL, t->tid, NULL, (void *)(long)sig) < 0 && errno != ESRCH)
		die("cannot go on with a process");
}

static int follow(struct inject *in)
{
	struct task *t;
	int status;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR && timed_out) {
			kill_all(in);
			return 124;
		}
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return in->status < 0 ? 125 : in->status;
		t = task_find(in, tid);
		if (WIFSTOPPED(status))
			on_stop(in, t ? t : task_add(in, tid), status);
		else if (t)
			on_end(in, t, status);
	}
}

static pid_t start(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("cannot fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
			_exit(125);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("cannot trace");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)OPTIONS) < 0)
		die("cannot trace");
	return pid;
}

static void add_engine(struct inject *in, const char *path)
{
	if (in->n_engines == MAX_ENGINES || stat(path, &in->engines[in->n_engines++]) < 0)
		die(path);
}

static void set_fault(struct inject *in, enum fault fault, const char *argument)
{
	in->fault = fault;
	in->argument = argument ? (int)strtol(argument, NULL, 10) : 0;
}

static void set_place(struct inject *in, const char *place)
{
	char *colon;

	in->at_process = (int)strtol(place, &colon, 10);
	in->at_call = *colon == ':' ? strtoul(colon + 1, NULL, 10) : 0;
}

static void parse(struct inject *in, int argc, char *argv[])
{
	int o;

	while ((o = getopt(argc, argv, "+r:e:a:x:kKd:t:")) != -1) {
		switch (o) {
		case 'r':
			in->report = fopen(optarg, "we");
			break;
		case 'e':
			add_engine(in, optarg);
			break;
		case 'a':
			set_place(in, optarg);
			break;
		case 'x':
			set_fault(in, FAULT_ERRNO, optarg);
			break;
		case 'k':
			set_fault(in, FAULT_KILL, NULL);
			break;
		case 'K':
			set_fault(in, FAULT_KILL_ALL, NULL);
			break;
		case 'd':
			set_fault(in, FAULT_DELAY, optarg);
			break;
		case 't':
			in->timeout = (unsigned)strtoul(optarg, NULL, 10);
			break;
		default:
			exit(125);
		}
	}
	if (!in->report || in->n_engines == 0 || !argv[optind]) {
		(void)fputs("usage: inject -r REPORT -e ENGINE... [-a P:C FAULT] -- COMMAND...\n", stderr);
		exit(125);
	}
}

int main(int argc, char *argv[])
{
	struct sigaction alarm_action = { .sa_handler = on_alarm };
	static struct inject in = { .status = -1, .timeout = 60 };
	int r;

	parse(&in, argc, argv);
	(void)sigaction(SIGALRM, &alarm_action, NULL);
	in.command = start(argv + optind);
	task_add(&in, in.command)->started = true;
	(void)alarm(in.timeout);
	if (ptrace(PTRACE_SYSCALL, in.command, NULL, NULL) < 0)
		die("cannot start the command");
	r = follow(&in);
	(void)fclose(in.report);
	return r;
}
