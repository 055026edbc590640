/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/cgroup.h"
#include "sys/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/path.h"

/* The sticky bit says whose a directory is, and is there from its first instant: a later mark may never be made. */
#define PARENT_MODE	01755
#define MAKE_ATTEMPTS	1000 /* while somebody removes the empty parent again and again */
#define REMOVE_ATTEMPTS 10000 /* of a millisecond: killed processes take a moment to be gone */
#define FILE_MAX	((size_t)1 << 20)

void cgroup_done(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->n; i++)
		free(cg->v[i].path);
	*cg = CGROUP_INIT;
}

const struct cgroup_dir *cgroup_find(const struct cgroup *cg, enum cgroup_controller c)
{
	for (size_t i = 0; i < cg->n; i++) {
		if (cg->v[i].controllers & CGROUP_BIT(c))
			return &cg->v[i];
	}
	return NULL;
}

/* ---- where ------------------------------------------------------------------------------------------------- */

/* Version 2 first where both have it, as a hybrid host has the freezer: it tells when all are frozen. */
static const struct cgroup_hierarchy *hierarchy_of(const struct cgroup_host *h, enum cgroup_controller c)
{
	const struct cgroup_hierarchy *found = NULL;

	for (size_t i = 0; i < h->n; i++) {
		if ((h->v[i].controllers & CGROUP_BIT(c)) && (!found || h->v[i].v2))
			found = &h->v[i];
	}
	return found;
}

static int no_controller(enum cgroup_controller c, struct error *err)
{
	const char *name = cgroup_controller_name(c);

	(void)error_msg(err, EOPNOTSUPP, "this host has no '%s' cgroup controller", name);
	return error_hint(err, -EOPNOTSUPP,
			  "/proc/cgroups lists the kernel's; boot with cgroup_enable=%s, or mount its hierarchy", name);
}

static int check_parent(const char *parent, struct error *err)
{
	auto_free char *slashes = str_format("/%s/", parent);

	if (!slashes)
		return error_set(err, ENOMEM, "cannot place a cgroup");
	if (strstr(slashes, "/../") || strstr(slashes, "/./") || strpbrk(parent, "\n ") || !*parent)
		return error_msg(err, EINVAL, "invalid cgroup parent '%s'", parent);
	return 0;
}

static int place_dir(const struct cgroup_hierarchy *h, const char *parent, const char *name, char **ret,
		     struct error *err)
{
	const char *from = *parent == '/' ? h->top : h->own;
	auto_free char *below = str_format("/%s/%s", parent, name);
	auto_free char *clean = below ? path_clean(below) : NULL;

	if (!from)
		return error_msg(err, ENOENT,
				 "cannot place a cgroup in '%s': berth's own cgroup is not visible below '%s'",
				 parent, h->top);
	*ret = clean ? str_format("%s%s", from, clean) : NULL;
	return *ret ? 0 : error_set(err, ENOMEM, "cannot place a cgroup");
}

/* What a directory of version 2 serves without being asked for it. */
static unsigned core_of(bool v2)
{
	return v2 ? CGROUP_BIT(CGROUP_CPUACCT) | CGROUP_BIT(CGROUP_FREEZER) : 0;
}

/* Where the directory @path already serves other controllers, it serves this one too. */
static void add_controller(struct cgroup *cg, char *path, bool v2, enum cgroup_controller c)
{
	size_t i = 0;

	while (i < cg->n && !STREQ(cg->v[i].path, path))
		i++;
	if (i < cg->n)
		free(path);
	else
		cg->v[cg->n++] = (struct cgroup_dir){ .path = path, .v2 = v2, .controllers = core_of(v2) };
	cg->v[i].controllers |= CGROUP_BIT(c);
}

int cgroup_place(const struct cgroup_host *h, const char *parent, const char *name, unsigned controllers,
		 struct cgroup *cg, struct error *err)
{
	int r = check_parent(parent, err);

	if (r < 0)
		return r;
	for (unsigned c = 0; c < CGROUP_CONTROLLERS; c++) {
		const struct cgroup_hierarchy *in = hierarchy_of(h, c);
		char *path = NULL;

		if (!(controllers & CGROUP_BIT(c)) || cgroup_find(cg, c))
			continue;
		if (!in)
			return no_controller(c, err);
		r = place_dir(in, parent, name, &path, err);
		if (r < 0 || !path)
			return r;
		add_controller(cg, path, in->v2, c);
	}
	return 0;
}

/* ---- as text ----------------------------------------------------------------------------------------------- */

void cgroup_format(const struct cgroup *cg, struct buf *out)
{
	for (size_t i = 0; i < cg->n; i++)
		buf_addf(out, "v%d %02x %s\n", cg->v[i].v2 ? 2 : 1, cg->v[i].controllers, cg->v[i].path);
}

static int parse_line(const char *line, struct cgroup *cg)
{
	struct cgroup_dir d = { .v2 = strncmp(line, "v2 ", 3) == 0 };
	char *end;

	if ((!d.v2 && strncmp(line, "v1 ", 3) != 0) || cg->n >= CGROUP_CONTROLLERS)
		return -EINVAL;
	d.controllers = (unsigned)strtoul(line + 3, &end, 16);
	if (end[0] != ' ' || end[1] != '/')
		return -EINVAL;
	d.path = strdup(end + 1);
	if (!d.path)
		return -ENOMEM;
	cg->v[cg->n++] = d;
	return 0;
}

int cgroup_parse(const char *text, struct cgroup *ret)
{
	auto_cgroup struct cgroup cg = CGROUP_INIT;

	/* What ends without a newline was written by somebody who was killed, and so made nothing of it. */
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		auto_free char *line = strndup(text, (size_t)(end - text));
		int r = line ? parse_line(line, &cg) : -ENOMEM;

		if (r < 0)
			return r;
	}
	*ret = cg;
	cg = CGROUP_INIT;
	return 0;
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static int open_file(const struct cgroup_dir *d, const char *file, int flags)
{
	auto_free char *path = path_join(d->path, file);
	int fd = path ? open(path, flags | O_CLOEXEC) : -ENOMEM;

	return fd < 0 && path ? -errno : fd;
}

int cgroup_write(const struct cgroup_dir *d, const char *file, const char *value)
{
	auto_close int fd = open_file(d, file, O_WRONLY);

	return fd < 0 ? fd : fd_write_all(fd, value, strlen(value));
}

int cgroup_read(const struct cgroup_dir *d, const char *file, struct buf *out)
{
	auto_close int fd = open_file(d, file, O_RDONLY);

	return fd < 0 ? fd : fd_read_all(fd, out);
}

static int parse_value(const char *p, uint64_t *ret)
{
	auto_free char *word = strndup(p, strcspn(p, " \n"));

	if (!word)
		return -ENOMEM;
	if (STREQ(word, "max") || STREQ(word, "-1")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return parse_u64(word, UINT64_MAX, ret);
}

int cgroup_get(const struct cgroup_dir *d, const char *file, const char *key, uint64_t *ret)
{
	auto_buf struct buf text = { .limit = FILE_MAX };
	size_t n = key ? strlen(key) : 0;
	int r = cgroup_read(d, file, &text);

	if (r < 0)
		return r;
	for (const char *line = buf_str(&text); *line; line += strcspn(line, "\n")) {
		line += *line == '\n';
		if (!key || (strncmp(line, key, n) == 0 && line[n] == ' '))
			return parse_value(line + n + (key ? 1 : 0), ret);
	}
	return -ENODATA;
}

/* ---- making ------------------------------------------------------------------------------------------------ */

static struct cgroup_dir parent_of(const struct cgroup_dir *d)
{
	const char *slash = strrchr(d->path, '/');
	size_t n = slash ? (size_t)(slash - d->path) : 0;

	return (struct cgroup_dir){ .path = strndup(d->path, n), .v2 = d->v2, .controllers = d->controllers };
}

/* Missing parents too: they are removed by whoever finds them empty, also just when we are about to use them. */
static int make_path(const struct cgroup_dir *d)
{
	for (int i = 0; i < MAKE_ATTEMPTS; i++) {
		struct cgroup_dir up;
		int r;

		if (mkdir(d->path, PARENT_MODE) == 0 || errno == EEXIST)
			return 0;
		if (errno != ENOENT)
			return -errno;
		up = parent_of(d);
		r = !up.path ? -ENOMEM : *up.path ? make_path(&up) : -ENOENT;
		free(up.path);
		if (r < 0)
			return r;
	}
	return -EAGAIN;
}

static bool lists_controller(const struct cgroup_dir *d, const char *file, enum cgroup_controller c)
{
	auto_buf struct buf text = BUF_INIT;
	const char *name = cgroup_controller_name(c);
	size_t n = strlen(name);

	if (cgroup_read(d, file, &text) < 0)
		return false;
	for (const char *p = buf_str(&text); *p;) {
		size_t len = strcspn(p, " \n");

		if (len == n && strncmp(p, name, n) == 0)
			return true;
		p += len + (p[len] != '\0');
	}
	return false;
}

/* In version 2 a directory has a controller if its parent passes it on, and so up to the one that has it already. */
static int enable_controller(const struct cgroup_dir *d, enum cgroup_controller c, struct error *err)
{
	auto_free char *word = str_format("+%s", cgroup_controller_name(c));
	struct cgroup_dir up = parent_of(d);
	auto_free char *path = up.path;
	int r;

	if (!word || !path)
		return error_set(err, ENOMEM, "cannot make a cgroup");
	if (lists_controller(d, "cgroup.controllers", c))
		return 0;
	if (!*path || faccessat(AT_FDCWD, path, F_OK, 0) < 0)
		return no_controller(c, err);
	r = enable_controller(&up, c, err);
	if (r < 0)
		return r;
	r = cgroup_write(&up, "cgroup.subtree_control", word);
	if (r == -ENOENT || r == -EINVAL)
		return no_controller(c, err);
	if (r == -EBUSY) {
		(void)error_msg(err, EBUSY,
				"cannot pass the '%s' controller on from the cgroup '%s': processes are in it",
				cgroup_controller_name(c), path);
		return error_hint(err, -EBUSY,
				  "move them into a cgroup below it, or choose another by --cgroup-parent");
	}
	return r < 0 ? error_set(err, r, "cannot pass the '%s' controller on from the cgroup '%s'",
				 cgroup_controller_name(c), path)
		     : 0;
}

static int enable_controllers(const struct cgroup_dir *d, struct error *err)
{
	int r = 0;

	for (unsigned c = 0; r == 0 && c < CGROUP_CONTROLLERS; c++) {
		if (d->controllers & ~core_of(true) & CGROUP_BIT(c))
			r = enable_controller(d, c, err);
	}
	return r;
}

/* Version 1 gives a new cpuset no processor and no memory, and lets nothing in until it has both. */
static int fill_cpuset(const struct cgroup_dir *d, const char *file)
{
	auto_buf struct buf own = BUF_INIT, above = BUF_INIT;
	struct cgroup_dir up = parent_of(d);
	auto_free char *path = up.path;
	int r = path ? cgroup_read(d, file, &own) : -ENOMEM;

	if (r < 0 || own.len > 1)
		return r;
	r = fill_cpuset(&up, file);
	if (r == 0)
		r = cgroup_read(&up, file, &above);
	return r == 0 ? cgroup_write(d, file, buf_str(&above)) : r;
}

static int cannot_make(const struct cgroup_dir *d, int r, struct error *err)
{
	(void)error_set(err, r, "cannot make the cgroup '%s'", d->path);
	return (r == -EACCES || r == -EPERM) && !userns_is_initial()
		       ? error_hint(err, r, "an ordinary user needs a cgroup that was delegated to him: name it by "
					    "--cgroup-parent, or run berth as root")
		       : r;
}

int cgroup_make(const struct cgroup *cg, struct error *err)
{
	for (size_t i = 0; i < cg->n; i++) {
		const struct cgroup_dir *d = &cg->v[i];
		bool cpuset = !d->v2 && (d->controllers & CGROUP_BIT(CGROUP_CPUSET));
		int r = make_path(d);

		if (r == 0 && cpuset)
			r = fill_cpuset(d, "cpuset.cpus");
		if (r == 0 && cpuset)
			r = fill_cpuset(d, "cpuset.mems");
		if (r < 0)
			return cannot_make(d, r, err);
		r = d->v2 ? enable_controllers(d, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- removing ---------------------------------------------------------------------------------------------- */

static void kill_members(const struct cgroup_dir *d)
{
	auto_buf struct buf members = BUF_INIT;

	if (cgroup_read(d, "cgroup.procs", &members) < 0)
		return;
	for (const char *p = buf_str(&members); *p;) {
		size_t n = strcspn(p, "\n");
		auto_free char *text = strndup(p, n);
		uint64_t pid = 0;

		/* 0: of a PID namespace that we can't see. */
		if (text && parse_u64(text, INT32_MAX, &pid) == 0 && pid > 0)
			(void)kill((pid_t)pid, SIGKILL);
		p += n + (p[n] == '\n');
	}
}

static void remove_children(const struct cgroup_dir *d);

static int remove_dir(const struct cgroup_dir *d)
{
	for (int i = 0; i < REMOVE_ATTEMPTS; i++) {
		if (rmdir(d->path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -errno;
		kill_members(d);
		remove_children(d);
		(void)poll(NULL, 0, 1);
	}
	return -EBUSY;
}

/* What a container made for itself below its own. */
static void remove_children(const struct cgroup_dir *d)
{
	auto_close int fd = dir_open(AT_FDCWD, d->path);
	auto_strv struct strv names = STRV_INIT;

	if (fd < 0 || dir_list(fd, &names) < 0)
		return;
	strv_for_each(i, &names) {
		auto_free char *path = path_join(d->path, names.v[i]);
		struct cgroup_dir child = { .path = path, .v2 = d->v2, .controllers = d->controllers };
		struct stat st;

		if (path && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			(void)remove_dir(&child);
	}
}

static void remove_parents(const struct cgroup_dir *d)
{
	auto_free char *path = strdup(d->path);
	struct stat st;
	char *slash;

	while (path && (slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (stat(path, &st) == 0 && (!(st.st_mode & S_ISVTX) || rmdir(path) < 0))
			return;
	}
}

int cgroup_remove(const struct cgroup *cg)
{
	int first = 0;

	/* What is frozen by version 1 does not die. */
	(void)cgroup_thaw(cg);
	for (size_t i = 0; i < cg->n; i++) {
		int r = remove_dir(&cg->v[i]);

		if (r == 0)
			remove_parents(&cg->v[i]);
		else if (first == 0)
			first = r;
	}
	return first;
}
