/* SPDX-License-Identifier: Apache-2.0 */
/* Which cgroup hierarchies this host has, and where: read from what the kernel says, never guessed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/path.h"
#include "sys/cgroup.h"

#define FIELDS 32 /* of a line of mountinfo; more are optional ones that nobody has */

/* The table: what a controller is called in each version. NULL: every version 2 hierarchy has it. */
static const struct {
	const char *v1, *v2;
} controllers[CGROUP_CONTROLLERS] = {
	[CGROUP_MEMORY] = { "memory", "memory" }, [CGROUP_CPU] = { "cpu", "cpu" },
	[CGROUP_CPUSET] = { "cpuset", "cpuset" }, [CGROUP_PIDS] = { "pids", "pids" },
	[CGROUP_IO] = { "blkio", "io" },	  [CGROUP_CPUACCT] = { "cpuacct", NULL },
	[CGROUP_FREEZER] = { "freezer", NULL },
};

const char *cgroup_controller_name(enum cgroup_controller c)
{
	return controllers[c].v2 ? controllers[c].v2 : controllers[c].v1;
}

void cgroup_host_done(struct cgroup_host *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].top);
		free(h->v[i].own);
	}
	*h = CGROUP_HOST_INIT;
}

/* Whether @word is one of the words of @list, which any of @separators part. */
static bool has_word(const char *list, const char *separators, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == len && strncmp(list, word, n) == 0)
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

static unsigned controllers_in(const char *list, const char *separators, bool v2)
{
	unsigned found = 0;

	for (unsigned c = 0; c < CGROUP_CONTROLLERS; c++) {
		const char *name = v2 ? controllers[c].v2 : controllers[c].v1;

		if (name ? has_word(list, separators, name) : v2)
			found |= CGROUP_BIT(c);
	}
	return found;
}

/* The line, cut at its spaces. Return: the number of fields. */
static size_t split(char *line, char *fields[FIELDS])
{
	size_t n = 0;

	for (char *p = line; n < FIELDS; p++) {
		fields[n++] = p;
		p += strcspn(p, " ");
		if (!*p)
			break;
		*p = '\0';
	}
	return n;
}

/* The path in the line of /proc/self/cgroup, "ID:CONTROLLERS:PATH", of the hierarchy @h. Caller frees. */
static char *own_path(const struct cgroup_hierarchy *h, const char *text)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");
		auto_free char *copy = strndup(line, n);
		char *names = copy ? strchr(copy, ':') : NULL, *path = names ? strchr(names + 1, ':') : NULL;

		line += n + (line[n] != '\0');
		if (!path)
			continue;
		*path++ = '\0';
		names++;
		if (h->v2 ? !*names : (controllers_in(names, ",", false) & h->controllers) != 0)
			return strdup(path);
	}
	return NULL;
}

/*
 * Both paths are relative to the root of the cgroup namespace: @root is what is mounted, @path where we are.
 * One outside that namespace has "/.." in it and can't be named from here.
 */
static char *below_top(const char *top, const char *root, const char *path)
{
	if (!path || strstr(path, "/..") || !path_is_inside(path, root))
		return NULL;
	path += STREQ(root, "/") ? 0 : strlen(root);
	return *path && !STREQ(path, "/") ? str_format("%s%s", top, path) : strdup(top);
}

static int take_mount(char *fields[FIELDS], size_t n, const char *proc_cgroup, struct cgroup_host *h)
{
	struct cgroup_hierarchy *to = &h->v[h->n];
	auto_free char *own = NULL;
	size_t dash = 6;
	char *minor;

	while (dash < n && !STREQ(fields[dash], "-"))
		dash++;
	/* A mount point with a blank is written "\040": nobody has one here. */
	if (dash + 3 >= n || strchr(fields[4], '\\') || h->n >= CGROUP_HIERARCHIES)
		return 0;
	to->v2 = STREQ(fields[dash + 1], "cgroup2");
	if (!to->v2 && !STREQ(fields[dash + 1], "cgroup"))
		return 0;
	to->controllers = to->v2 ? 0 : controllers_in(fields[dash + 3], ",", false);
	if (!to->v2 && !to->controllers)
		return 0;
	to->major = (unsigned)strtoul(fields[2], &minor, 10);
	to->minor = *minor == ':' ? (unsigned)strtoul(minor + 1, NULL, 10) : 0;
	own = own_path(to, proc_cgroup);
	to->top = strdup(fields[4]);
	to->own = below_top(fields[4], fields[3], own);
	h->n++;
	return to->top ? 0 : -ENOMEM;
}

int cgroup_host_parse(const char *mountinfo, const char *proc_cgroup, struct cgroup_host *ret)
{
	auto_cgroup_host struct cgroup_host h = CGROUP_HOST_INIT;

	for (const char *line = mountinfo; *line;) {
		size_t n = strcspn(line, "\n");
		auto_free char *copy = strndup(line, n);
		char *fields[FIELDS];
		int r = copy ? take_mount(fields, split(copy, fields), proc_cgroup, &h) : -ENOMEM;

		if (r < 0)
			return r;
		line += n + (line[n] != '\0');
	}
	*ret = h;
	h = CGROUP_HOST_INIT;
	return 0;
}

/* Another mount on top, or the same hierarchy mounted twice: only what a path leads to counts, and once. */
static bool is_news(const struct cgroup_host *known, const struct cgroup_hierarchy *h)
{
	struct stat st;

	if (stat(h->top, &st) < 0 || st.st_dev != makedev(h->major, h->minor))
		return false;
	for (size_t i = 0; i < known->n; i++) {
		if (known->v[i].major == h->major && known->v[i].minor == h->minor)
			return false;
	}
	return true;
}

static void read_v2_controllers(struct cgroup_hierarchy *h)
{
	struct cgroup_dir top = { .path = h->top, .v2 = true };
	auto_buf struct buf text = BUF_INIT;

	if (cgroup_read(&top, "cgroup.controllers", &text) == 0)
		h->controllers = controllers_in(buf_str(&text), " \n", true);
}

static int read_proc(const char *path, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_read_all(fd, out);
}

int cgroup_host_read(struct cgroup_host *ret, struct error *err)
{
	auto_buf struct buf mounts = BUF_INIT, own = BUF_INIT;
	auto_cgroup_host struct cgroup_host all = CGROUP_HOST_INIT;
	int r = read_proc("/proc/self/mountinfo", &mounts);

	if (r == 0)
		r = read_proc("/proc/self/cgroup", &own);
	if (r == 0)
		r = cgroup_host_parse(buf_str(&mounts), buf_str(&own), &all);
	if (r < 0)
		return error_set(err, r, "cannot find out about this host's cgroups");
	*ret = CGROUP_HOST_INIT;
	for (size_t i = 0; i < all.n; i++) {
		if (!is_news(ret, &all.v[i]))
			continue;
		ret->v[ret->n] = all.v[i];
		all.v[i].top = all.v[i].own = NULL;
		if (ret->v[ret->n].v2)
			read_v2_controllers(&ret->v[ret->n]);
		ret->n++;
	}
	return 0;
}
