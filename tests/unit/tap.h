/* SPDX-License-Identifier: Apache-2.0 */
/* A test program prints TAP: one line per check, the plan at the end, status 1 if a check failed. */
#ifndef BERTH_TESTS_TAP_H
#define BERTH_TESTS_TAP_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool tap_check(bool ok, const char *file, int line, const char *what)
{
	tap_count++;
	tap_failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", tap_count, what);
	if (!ok)
		printf("# at %s:%d\n", file, line);
	return ok;
}

static inline void tap_check_str(const char *got, const char *want, const char *file, int line,
				 const char *what)
{
	bool ok = got && want ? strcmp(got, want) == 0 : got == want;

	if (!tap_check(ok, file, line, what))
		printf("# got  <%s>\n# want <%s>\n", got ? got : "NULL", want ? want : "NULL");
}

static inline int tap_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		(void)closedir(d);
	return n;
}

#define OK(cond)	  tap_check((cond), __FILE__, __LINE__, #cond)
#define EQ_INT(got, want) tap_check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got " == " #want)
#define EQ_STR(got, want) tap_check_str((got), (want), __FILE__, __LINE__, #got)

static inline void tap_check_int(long long got, long long want, const char *file, int line,
				 const char *what)
{
	if (!tap_check(got == want, file, line, what))
		printf("# got  %lld\n# want %lld\n", got, want);
}

/* Run every function of the list, see that no descriptor is left open, print the plan. */
#define TAP_MAIN(...)                                                                              \
	int main(void)                                                                             \
	{                                                                                          \
		static void (*const tests[])(void) = { __VA_ARGS__ };                              \
		int fds = tap_open_fds();                                                          \
                                                                                                   \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)                      \
			tests[i]();                                                                \
		tap_check_int(tap_open_fds(), fds, __FILE__, __LINE__, "no descriptor left open"); \
		printf("1..%d\n", tap_count);                                                      \
		return tap_failed != 0;                                                            \
	}

#endif
