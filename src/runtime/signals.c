/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },	 { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },	 { "ABRT", SIGABRT }, { "IOT", SIGABRT },  { "BUS", SIGBUS },
	{ "FPE", SIGFPE },	 { "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },	 { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD }, { "CLD", SIGCHLD },  { "CONT", SIGCONT },
	{ "STOP", SIGSTOP },	 { "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG },	 { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },	 { "WINCH", SIGWINCH }, { "IO", SIGIO },   { "POLL", SIGIO },
	{ "PWR", SIGPWR },	 { "SYS", SIGSYS },
};

/* The kernel's range, of which the C library keeps two or three for itself. */
#define RT_FIRST 34
#define RT_LAST	 64

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n */
static int parse_realtime(const char *s)
{
	bool from_min = strncasecmp(s, "RTMIN", 5) == 0;
	uint64_t n = 0;

	if (!from_min && strncasecmp(s, "RTMAX", 5) != 0)
		return -EINVAL;
	if (s[5] && (s[5] != (from_min ? '+' : '-') || parse_u64(s + 6, RT_LAST - RT_FIRST, &n) < 0))
		return -EINVAL;
	return from_min ? RT_FIRST + (int)n : RT_LAST - (int)n;
}

int signal_parse(const char *name, struct error *err)
{
	const char *bare = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
	uint64_t number;
	int r;

	if (parse_u64(name, RT_LAST, &number) == 0 && number > 0)
		return (int)number;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(bare, names[i].name) == 0)
			return names[i].number;
	}
	r = parse_realtime(bare);
	return r < 0 ? error_msg(err, EINVAL, "invalid signal: %s", name) : r;
}
