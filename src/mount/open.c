/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the plan's sources to detached mounts, on the host's side. Every attribute is set while nobody can
 * see the mount yet, so that there is no moment at which a read-only volume is writable.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "mount/internal.h"
#include "sys/mountapi.h"
#include "sys/mountinfo.h"
#include "sys/syscalls.h"

static int open_source(struct mount_step *s, struct error *err)
{
	int flags = O_PATH | O_CLOEXEC | (s->no_dereference ? O_NOFOLLOW : 0);
	int fd = open(s->source, flags);
	int r;

	if (fd >= 0)
		return fd;
	if (errno != ENOENT || !s->create_source) {
		if (errno == ENOENT && s->by_user)
			return error_msg(err, ENOENT,
					 "invalid mount config for type \"bind\": bind source path "
					 "does not exist: %s", s->source);
		return error_set(err, errno, "cannot open '%s' for the mount on '%s'", s->source,
				 s->target);
	}
	r = dir_make(s->source, 0755);
	if (r < 0)
		return error_set(err, r, "cannot make the host directory '%s'", s->source);
	fd = open(s->source, O_PATH | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "cannot open '%s'", s->source) : fd;
}

/*
 * A sub-path of a volume is written by whoever writes to the volume: no link on the way is followed, and
 * what was checked is what is mounted (CVE-2017-1002101, CVE-2021-25741).
 */
static int open_subpath(const struct mount_step *s, int volume_fd, struct error *err)
{
	int fd = sys_openat2(volume_fd, s->subpath, O_PATH | O_CLOEXEC, 0,
			     SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS |
				     SYS_RESOLVE_NO_MAGICLINKS);

	return fd < 0 ? error_set(err, fd, "cannot open subpath '%s' of '%s'", s->subpath, s->source)
		      : fd;
}

static uint64_t propagation_flags(enum mount_propagation p)
{
	switch (p) {
	case PROPAGATION_SHARED:
	case PROPAGATION_RSHARED:
		return MS_SHARED;
	case PROPAGATION_SLAVE:
	case PROPAGATION_RSLAVE:
		return MS_SLAVE;
	case PROPAGATION_UNBINDABLE:
	case PROPAGATION_RUNBINDABLE:
		return MS_UNBINDABLE;
	default:
		return MS_PRIVATE;
	}
}

static bool propagation_is_recursive(enum mount_propagation p)
{
	return p == PROPAGATION_DEFAULT || p == PROPAGATION_RPRIVATE ||
	       p == PROPAGATION_RSLAVE || p == PROPAGATION_RSHARED ||
	       p == PROPAGATION_RUNBINDABLE;
}

/* Two calls only where attributes and propagation reach differently deep. */
static int set_attributes(const struct mount_step *s, int fd, uint64_t attr)
{
	uint64_t top_only = s->attr_top_only ? attr & ATTR_RDONLY : 0;
	uint64_t propagation = propagation_flags(s->propagation);
	bool deep = s->recursive && propagation_is_recursive(s->propagation);
	int r;

	if (!top_only && deep == s->recursive)
		return mount_attr_change(fd, attr, 0, propagation, deep);
	r = mount_attr_change(fd, attr & ~top_only, 0, 0, s->recursive);
	if (r == 0 && top_only)
		r = mount_attr_change(fd, top_only, 0, 0, false);
	return r == 0 ? mount_attr_change(fd, 0, 0, propagation, deep) : r;
}

/* Whoever binds a device or a terminal means to use it: only directories get the default nodev. */
static uint64_t attr_for(const struct mount_step *s, const struct stat *st)
{
	bool device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);

	return s->by_user && device ? s->attr & ~ATTR_NODEV : s->attr;
}

/*
 * docker's check: a mount event can only reach the container from a mount that shares its events, and can
 * only leave it into one. Without it the word would be accepted and do nothing.
 */
static int check_peers(const struct mount_step *s, int source, struct error *err)
{
	uint64_t wanted = propagation_flags(s->propagation);
	struct mount_peers peers;
	int r;

	if (wanted == MS_PRIVATE || wanted == MS_UNBINDABLE)
		return 0;
	r = mountinfo_peers(source, &peers);
	if (r < 0)
		return error_set(err, r, "cannot find the mount of '%s'", s->source);
	if (peers.shared || (wanted == MS_SLAVE && peers.slave))
		return 0;
	(void)error_msg(err, EINVAL, "path %s is mounted on %s but it is not a shared%s mount", s->source,
			peers.point, wanted == MS_SLAVE ? " or slave" : "");
	return error_hint(err, -EINVAL, "mount --make-rshared %s", peers.point);
}

/* The source is a symbolic link and the user wants a link there: no mount at all. */
static int take_link(struct mount_step *s, int source, struct error *err)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(source, "", text, sizeof(text) - 1);

	if (n < 0)
		return error_set(err, errno, "cannot read the link '%s'", s->source);
	text[n] = '\0';
	s->link = strdup(text);
	s->kind = MOUNT_KIND_LINK;
	return s->link ? 0 : error_set(err, ENOMEM, "cannot read the link '%s'", s->source);
}

/* All attributes, ids and views, put on the detached mount *@tree_fd (consumed). */
static int dress_tree(struct mount_step *s, int *tree_fd, const struct stat *st,
		      struct mount_user user, struct error *err)
{
	auto_close int tree = take_fd(tree_fd), view = FD_NONE;
	int r = s->owned || s->mapped ? step_map_owner(s, tree, user, err) : 0;

	if (r < 0)
		return r;
	if (s->view) {
		view = step_make_view(s, tree, err);
		if (view < 0)
			return view;
	}
	r = set_attributes(s, view >= 0 ? view : tree, attr_for(s, st));
	if (r < 0)
		return error_set(err, r, "cannot set the options of the mount of '%s' on '%s'",
				 s->source, s->target);
	fd_close(&s->fd);
	s->fd = view >= 0 ? take_fd(&view) : take_fd(&tree);
	return 0;
}

static int open_tree_step(struct mount_step *s, struct mount_user user, struct error *err)
{
	/* One that is detached already is taken as it is: it may come from a namespace where it can't be cloned. */
	bool detached = s->fd >= 0 && !s->subpath;
	auto_close int source = s->fd >= 0 ? take_fd(&s->fd) : open_source(s, err), sub = FD_NONE;
	auto_close int tree = FD_NONE;
	struct stat st;
	int from = source, r;

	if (source < 0)
		return source;
	if (s->subpath) {
		from = sub = open_subpath(s, source, err);
		if (sub < 0)
			return sub;
	}
	if (fstat(from, &st) < 0)
		return error_set(err, errno, "cannot examine '%s'", s->source);
	if (S_ISLNK(st.st_mode))
		return take_link(s, from, err);
	s->is_dir = S_ISDIR(st.st_mode);
	r = detached ? 0 : check_peers(s, from, err);
	if (r < 0)
		return r;
	tree = detached ? take_fd(&source) : tree_clone(from, "", s->recursive);
	if (tree < 0)
		return error_set(err, tree, "cannot clone the mount of '%s'", s->source);
	return dress_tree(s, &tree, &st, user, err);
}

/* A file system of its own is not there yet: its options say whose its root is. */
static int own_new_fs(struct mount_step *s, struct mount_user user, struct error *err)
{
	if (strv_take(&s->options, str_format("uid=%u", user.uid)) < 0 ||
	    strv_take(&s->options, str_format("gid=%u", user.gid)) < 0)
		return error_set(err, ENOMEM, "cannot set the owner of '%s'", s->target);
	return 0;
}

static int find_devices(struct mount_step *s, struct error *err)
{
	int r = s->all_devices ? device_nodes_add_all(&s->nodes, err) : 0;

	for (size_t i = 0; r == 0 && i < s->devices.n; i++)
		r = device_nodes_add(&s->nodes, s->devices.v[i], err);
	return r;
}

int mount_plan_open(struct mount_plan *p, struct mount_user user, struct error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		struct mount_step *s = &p->v[i];
		int r = 0;

		if (s->kind == MOUNT_KIND_TREE)
			r = open_tree_step(s, user, err);
		else if (s->owned && s->kind == MOUNT_KIND_TMPFS)
			r = own_new_fs(s, user, err);
		else if (s->kind == MOUNT_KIND_DEV)
			r = find_devices(s, err);
		if (r < 0)
			return r;
	}
	return 0;
}
