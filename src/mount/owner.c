/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose the files of a mount are inside the container.
 *
 * :U lets the owner of the source and the container's user change places, for owner and group each: what
 * was the owner's is the user's, what the user makes is the owner's on the host. Nothing is changed on
 * disk, and it takes half a millisecond whatever the size. Where the file system knows no idmapped
 * mounts (an overlay, some network file systems), every file's owner is changed instead, as podman does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "mount/idmap.h"
#include "mount/internal.h"
#include "sys/idmap.h"
#include "sys/syscalls.h"

#define MAX_DEPTH 1000u

struct owner_change {
	struct mount_user user;
	dev_t dev;
	unsigned long changed;
	unsigned depth;
};

static int change_below(struct owner_change *c, int dir);

static int change_one(struct owner_change *c, int dir, const char *name)
{
	struct stat st;
	auto_close int sub = FD_NONE;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (st.st_dev != c->dev)
		return 0;
	if (st.st_uid != c->user.uid || st.st_gid != c->user.gid) {
		if (fchownat(dir, name, c->user.uid, c->user.gid, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0 : -errno;
		c->changed++;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	sub = sys_openat2(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0,
			  SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS);
	return sub < 0 ? (sub == -EXDEV || sub == -ENOENT ? 0 : sub) : change_below(c, sub);
}

static int change_below(struct owner_change *c, int dir)
{
	auto_strv struct strv names = STRV_INIT;
	int r = c->depth >= MAX_DEPTH ? -ELOOP : dir_list(dir, &names);

	c->depth++;
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = change_one(c, dir, names.v[i]);
	c->depth--;
	return r;
}

/* Every file below, and the source itself; no link is followed and no other file system entered. */
static int change_owner(const struct mount_step *s, int source, const struct stat *st,
			struct mount_user user, struct error *err)
{
	struct owner_change c = { .user = user, .dev = st->st_dev };
	auto_close int dir = FD_NONE;
	int r = 0;

	if (S_ISDIR(st->st_mode)) {
		dir = openat(source, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = dir < 0 ? -errno : change_below(&c, dir);
	}
	if (r == 0 && fchownat(source, "", user.uid, user.gid, AT_EMPTY_PATH) < 0)
		r = -errno;
	log_debug("changed the owner of %lu files of '%s': no idmapped mounts there", c.changed,
		  s->source);
	return r < 0 ? error_set(err, r, "cannot change the owner of '%s'", s->source) : 0;
}

static int map(const struct mount_step *s, const struct idmap *m, int tree, struct error *err)
{
	auto_close int userns = idmap_userns(m, err);
	int r = userns < 0 ? userns : idmap_apply(tree, userns, s->recursive);

	if (userns >= 0 && r < 0)
		return error_set(err, r, "cannot map the ids of the mount of '%s'", s->source);
	return r;
}

int step_map_owner(const struct mount_step *s, int tree_fd, struct mount_user user, struct error *err)
{
	struct idmap m = IDMAP_INIT;
	struct stat st;
	int r;

	if (s->mapped) {
		/* As the user namespace maps them: the host's, in which ids are what they are. */
		r = s->idmap ? mount_idmap_parse(s->idmap, &m, err) : 0;
		return r < 0 || !s->idmap ? r : map(s, &m, tree_fd, err);
	}
	if (fstat(tree_fd, &st) < 0)
		return error_set(err, errno, "cannot examine '%s'", s->source);
	if (st.st_uid == user.uid && st.st_gid == user.gid)
		return 0;
	mount_idmap_swap(&m.uids, st.st_uid, user.uid);
	mount_idmap_swap(&m.gids, st.st_gid, user.gid);
	r = map(s, &m, tree_fd, err);
	if (r != -EOPNOTSUPP)
		return r;
	return change_owner(s, tree_fd, &st, user, err);
}
