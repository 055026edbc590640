/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/rlimits.h"
#include "sys/syscalls.h"

/* sysctl(8): dots of a key are slashes of the path, and the other way round: net.ipv4.conf.eth0/1.mtu */
static void key_to_path(char *key)
{
	for (char *p = key + strcspn(key, "./"); *p; p += 1 + strcspn(p + 1, "./"))
		*p = (char)(*p == '.' ? '/' : '.');
}

/* /proc/sys shows whoever looks the parameters of his own namespaces. */
static int set_sysctl(int proc_sys, const char *text, struct error *err)
{
	size_t n = strcspn(text, "=");
	auto_free char *path = strndup(text, n);
	auto_close int fd = FD_NONE;
	int r;

	if (!path)
		return error_set(err, ENOMEM, "--sysctl");
	key_to_path(path);
	fd = sys_openat2(proc_sys, path, O_WRONLY | O_CLOEXEC, 0,
			 SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	r = fd < 0 ? fd : fd_write_all(fd, text + n + 1, strlen(text + n + 1));
	return r < 0 ? error_set(err, r, "cannot set the sysctl '%s'", text) : 0;
}

static int set_sysctls(const struct settings *s, struct error *err)
{
	auto_close int proc_sys = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (proc_sys < 0)
		return error_set(err, errno, "cannot open '/proc/sys'");
	for (size_t i = 0; r == 0 && i < s->sysctls.n; i++)
		r = set_sysctl(proc_sys, s->sysctls.v[i], err);
	return r;
}

/* EACCES: less likely to be killed than berth itself, which takes CAP_SYS_RESOURCE. */
static int set_oom_score(int score, struct error *err)
{
	auto_close int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[16];
	int r, n = snprintf(text, sizeof(text), "%d", score);

	r = fd < 0 ? -errno : fd_write_all(fd, text, (size_t)n);
	return r < 0 && r != -EACCES ? error_set(err, r, "cannot set oom_score_adj to %d", score) : 0;
}

int settings_apply(const struct settings *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->ulimits.n; i++) {
		struct rlimits_one one;

		r = rlimits_parse(s->ulimits.v[i], &one, err);
		if (r == 0)
			r = rlimits_set(&one);
		if (r < 0)
			return error_set(err, r, "cannot set the limit '%s'", s->ulimits.v[i]);
	}
	if (s->sysctls.n)
		r = set_sysctls(s, err);
	return r == 0 && s->oom ? set_oom_score(s->oom_score_adj, err) : r;
}
