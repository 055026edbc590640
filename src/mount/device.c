/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/path.h"

#define MAX_DEPTH   8
#define MAX_DEVICES 4096

void device_spec_done(struct device_spec *s)
{
	free(s->host);
	free(s->target);
	*s = (struct device_spec){ 0 };
}

static bool is_mode(const char *text)
{
	return *text && strspn(text, "rwm") == strlen(text) && strlen(text) <= 3;
}

/* The part of @*text up to the next colon, which is passed; NULL without memory. */
static char *next_part(const char **text)
{
	size_t n = strcspn(*text, ":");
	char *part = strndup(*text, n);

	*text += n + ((*text)[n] == ':');
	return part;
}

/*
 * There is no device cgroup that could tell reading from writing, so a permission that it alone could withhold is
 * refused rather than granted in silence.
 */
static int take_mode(const char *text, struct device_spec *s, const char *mode, struct error *err)
{
	if (!is_mode(mode))
		return error_msg(err, EINVAL, "bad mode specified: %s", mode);
	if (!strchr(mode, 'r') || !strchr(mode, 'w')) {
		(void)error_msg(err, ENOTSUP, "--device %s: '%s' can't be told from rw without a device cgroup",
				text, mode);
		return error_hint(err, -ENOTSUP, "give rw or rwm, and the device's own mode decides");
	}
	s->make = strchr(mode, 'm');
	return 0;
}

int device_spec_parse(const char *text, struct device_spec *ret, struct error *err)
{
	auto_clean(device_spec) struct device_spec s = { .make = true };
	const char *rest = text;
	auto_free char *second = NULL;
	int r = 0;

	s.host = next_part(&rest);
	second = *rest ? next_part(&rest) : NULL;
	if (!s.host || strchr(rest, ':') || !*s.host || text[strlen(text) - 1] == ':')
		return error_msg(err, EINVAL, "bad format for path: %s", text);
	if (*rest)
		r = take_mode(text, &s, rest, err);
	else if (second && is_mode(second))
		r = take_mode(text, &s, second, err);
	if (r < 0)
		return r;
	s.target = path_clean(second && (*rest || !is_mode(second)) ? second : s.host);
	if (!s.target)
		return error_set(err, ENOMEM, "--device");
	if (s.target[0] != '/')
		return error_msg(err, EINVAL, "%s is not an absolute path", s.target);
	if (!path_is_inside(s.target, "/dev") || STREQ(s.target, "/dev"))
		return error_msg(err, ENOTSUP, "--device %s: a device's place in the container is below /dev",
				 text);
	*ret = s;
	s = (struct device_spec){ 0 };
	return 0;
}

static int rule_number(const char *text, size_t n, int *ret)
{
	auto_free char *digits = strndup(text, n);
	uint64_t v;

	if (!digits)
		return -ENOMEM;
	*ret = -1;
	if (STREQ(digits, "*"))
		return 0;
	if (parse_u64(digits, 0xfffff, &v) < 0)
		return -EINVAL;
	*ret = (int)v;
	return 0;
}

int device_rule_parse(const char *text, struct device_rule *ret, struct error *err)
{
	struct device_rule rule = { .type = text[0] };
	size_t colon = strcspn(text, ":"), space;

	if (!strchr("abc", text[0]) || !text[0] || text[1] != ' ' || !text[colon])
		return error_msg(err, EINVAL, "invalid device cgroup format '%s'", text);
	space = colon + strcspn(text + colon, " ");
	if (rule_number(text + 2, colon - 2, &rule.major) < 0 || !text[space] ||
	    rule_number(text + colon + 1, space - colon - 1, &rule.minor) < 0 ||
	    !is_mode(text + space + 1))
		return error_msg(err, EINVAL, "invalid device cgroup format '%s'", text);
	rule.make = strchr(text + space + 1, 'm');
	*ret = rule;
	return 0;
}

void device_nodes_done(struct device_nodes *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].name);
	free(d->v);
	*d = (struct device_nodes){ 0 };
}

static int add_node(struct device_nodes *d, const char *name, const struct stat *st, bool make)
{
	struct device_node *v;

	if (d->n >= MAX_DEVICES)
		return -E2BIG;
	v = array_room(d->v, d->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	d->v = v;
	v[d->n] = (struct device_node){
		.name = strdup(name), .mode = st->st_mode, .uid = st->st_uid, .gid = st->st_gid,
		.device = st->st_rdev, .make = make,
	};
	return v[d->n].name ? (d->n++, 0) : -ENOMEM;
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* A container's own, or nobody's: moby's list. */
static bool is_skipped(const char *name)
{
	static const char *const names[] = { "pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (STREQ(name, names[i]))
			return true;
	}
	return false;
}

/* Links are skipped, and what goes away meanwhile. */
static int add_below(struct device_nodes *d, int dir, const char *prefix, bool make, int depth)
{
	auto_strv struct strv names = STRV_INIT;
	int r = depth > MAX_DEPTH ? -ELOOP : dir_list(dir, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *path = str_format("%s%s%s", prefix, *prefix ? "/" : "", names.v[i]);
		struct stat st;

		if (!path)
			return -ENOMEM;
		if (is_skipped(names.v[i]) || STREQ(path, "console") ||
		    fstatat(dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (is_device(&st)) {
			r = add_node(d, path, &st, make);
		} else if (S_ISDIR(st.st_mode)) {
			auto_close int sub = dir_open(dir, names.v[i]);

			r = sub < 0 ? 0 : add_below(d, sub, path, make, depth + 1);
		}
	}
	return r;
}

int device_nodes_add_all(struct device_nodes *d, struct error *err)
{
	auto_close int dev = dir_open(AT_FDCWD, "/dev");
	int r = dev < 0 ? dev : add_below(d, dev, "", true, 0);

	return r < 0 ? error_set(err, r, "cannot list the devices of this host") : 0;
}

int device_nodes_add(struct device_nodes *d, const char *text, struct error *err)
{
	auto_clean(device_spec) struct device_spec s = { 0 };
	auto_close int fd = FD_NONE;
	struct stat st;
	int r = device_spec_parse(text, &s, err);

	if (r < 0 || !s.host || !s.target)
		return r;
	fd = open(s.host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		size_t before = d->n;

		r = add_below(d, fd, s.target + sizeof("/dev"), s.make, 0);
		if (r == 0 && d->n == before)
			r = -ENODEV;
	} else if (stat(s.host, &st) < 0) {
		r = -errno;
	} else {
		r = is_device(&st) ? add_node(d, s.target + sizeof("/dev"), &st, s.make) : -ENOTBLK;
	}
	if (r == -ENOTBLK)
		return error_msg(err, EINVAL, "error gathering device information while adding custom device "
				 "\"%s\": not a device node", s.host);
	return r < 0 ? error_set(err, r, "error gathering device information while adding custom device \"%s\"",
				 s.host)
		     : 0;
}

static int make_parents(int dev_fd, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *parent = strndup(name, (size_t)(slash - name));

		if (!parent)
			return -ENOMEM;
		if (mkdirat(dev_fd, parent, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int device_nodes_make(const struct device_nodes *d, int dev_fd, struct error *err)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct device_node *node = &d->v[i];
		int r = make_parents(dev_fd, node->name);

		/* One that is there is docker's own, which wins. */
		if (r == 0 && mknodat(dev_fd, node->name, node->mode, node->device) < 0) {
			if (errno == EEXIST)
				continue;
			r = -errno;
		}
		if (r == 0 && fchownat(dev_fd, node->name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
		if (r < 0)
			return error_set(err, r, "cannot make the device '/dev/%s' in the container",
					 node->name);
	}
	return 0;
}
