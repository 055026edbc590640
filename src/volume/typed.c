/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes with type=, device= and o=: a file system that is mounted, detached, where the volume is used.
 * The words of o= go to the kernel one by one, as keys and values, so that none of them can smuggle in
 * another. Where the file system has a mount helper (nfs, cifs, fuse), that mounts it in a mount namespace
 * of its own, from which the mount is taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fs.h"
#include "sys/fdpass.h"
#include "sys/loopshare.h"
#include "sys/mountapi.h"
#include "sys/overlay.h"
#include "sys/userns.h"
#include "volume/internal.h"

#define MAX_OPTIONS 32
#define MAX_LAYERS  64

/* What mount(8) makes of its words before a file system sees the rest. */
static const struct {
	const char *word;
	uint64_t set, clear;
} attributes[] = {
	{ "ro", ATTR_RDONLY, 0 },	  { "rw", 0, ATTR_RDONLY },
	{ "nosuid", ATTR_NOSUID, 0 },	  { "suid", 0, ATTR_NOSUID },
	{ "nodev", ATTR_NODEV, 0 },	  { "dev", 0, ATTR_NODEV },
	{ "noexec", ATTR_NOEXEC, 0 },	  { "exec", 0, ATTR_NOEXEC },
	{ "noatime", ATTR_NOATIME, 0 },	  { "strictatime", ATTR_STRICTATIME, 0 },
	{ "nodiratime", ATTR_NODIRATIME, 0 }, { "relatime", 0, 0 },
	{ "bind", 0, 0 },		  { "rbind", 0, 0 },
	{ "defaults", 0, 0 },		  { "loop", 0, 0 },
	{ "auto", 0, 0 },		  { "noauto", 0, 0 },
	{ "private", 0, 0 },		  { "rprivate", 0, 0 },
};

/* What o= comes to: attributes of the mount, and options of the file system. */
struct fs_request {
	uint64_t attr;
	bool loop, bind, recursive;
	size_t n;
	char *keys[MAX_OPTIONS]; /* owned */
	struct fs_option list[MAX_OPTIONS + 1];
};

static void fs_request_done(struct fs_request *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->keys[i]);
}
DEFINE_AUTO(fs_request, struct fs_request, fs_request_done)

static bool take_attribute(struct fs_request *q, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (!STREQ(word, attributes[i].word))
			continue;
		q->attr = (q->attr | attributes[i].set) & ~attributes[i].clear;
		q->loop |= STREQ(word, "loop");
		q->bind |= STREQ(word, "bind") || STREQ(word, "rbind");
		q->recursive |= STREQ(word, "rbind");
		return true;
	}
	return false;
}

static int read_words(const struct volume_options *o, struct fs_request *q, struct error *err)
{
	strv_for_each(i, &o->o) {
		const char *word = o->o.v[i];
		size_t len = strcspn(word, "=");
		struct fs_option *option = &q->list[q->n];

		if (*word == '\0' || take_attribute(q, word))
			continue;
		if (q->n == MAX_OPTIONS)
			return error_msg(err, E2BIG, "more than %d mount options", MAX_OPTIONS);
		q->keys[q->n] = strndup(word, len);
		if (!q->keys[q->n])
			return error_set(err, ENOMEM, "cannot read the mount options");
		*option = (struct fs_option){ .kind = word[len] ? FS_STRING : FS_FLAG,
					      .key = q->keys[q->n],
					      .value = word[len] ? word + len + 1 : NULL };
		q->n++;
	}
	return 0;
}

/* ---- bind ------------------------------------------------------------------------------------ */

static int mount_bind(const struct volume *v, const struct volume_options *o,
		      const struct fs_request *q, struct error *err)
{
	auto_close int source = open(o->device, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = FD_NONE;
	int r;

	if (source < 0)
		return error_set(err, errno, "failed to mount local volume '%s': cannot open '%s'",
				 v->name, o->device);
	tree = tree_clone(source, "", q->recursive);
	r = tree < 0 ? tree : mount_attr_change(tree, q->attr, 0, MS_PRIVATE, q->recursive);
	return r < 0 ? error_set(err, r, "failed to mount local volume '%s': '%s'", v->name, o->device)
		     : take_fd(&tree);
}

/* ---- overlay --------------------------------------------------------------------------------- */

struct layer_list {
	int v[MAX_LAYERS]; /* owned */
	size_t n;
};

static void layer_list_done(struct layer_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		fd_close(&l->v[i]);
}
DEFINE_AUTO(layer_list, struct layer_list, layer_list_done)

static int open_dir(const char *path, struct error *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set(err, errno, "cannot open '%s'", path) : fd;
}

static int open_lower(const char *list, struct layer_list *ret, struct error *err)
{
	while (*list) {
		size_t n = strcspn(list, ":");
		auto_free char *path = strndup(list, n);
		int fd = ret->n == MAX_LAYERS ? error_msg(err, E2BIG, "too many lower directories")
			 : path		      ? open_dir(path, err)
					      : error_set(err, ENOMEM, "cannot read lowerdir");

		if (fd < 0)
			return fd;
		ret->v[ret->n++] = fd;
		list += n + (list[n] == ':');
	}
	return 0;
}

/* Its directories are opened here and handed over as descriptors: a path may be as long as it likes. */
static int mount_overlay(const struct volume *v, const struct volume_options *o,
			 const struct fs_request *q, struct error *err)
{
	const char *lower = strv_get_env(&o->o, "lowerdir"), *upper = strv_get_env(&o->o, "upperdir");
	const char *work = strv_get_env(&o->o, "workdir");
	auto_clean(layer_list) struct layer_list layers = { .n = 0 };
	auto_close int upper_fd = FD_NONE, work_fd = FD_NONE, tree = FD_NONE;
	int r = lower ? open_lower(lower, &layers, err)
		      : error_msg(err, EINVAL, "overlay needs lowerdir= in o");

	if (r == 0 && !upper != !work)
		r = error_msg(err, EINVAL, "overlay needs upperdir= and workdir=, or neither");
	if (r == 0 && upper)
		r = upper_fd = open_dir(upper, err);
	if (r >= 0 && work)
		r = work_fd = open_dir(work, err);
	if (r >= 0)
		r = tree = overlay_mount(layers.v, layers.n, upper_fd, work_fd, 0, err);
	if (r >= 0 && q->attr)
		r = mount_attr_change(tree, q->attr, 0, 0, false);
	return r < 0 ? error_prefix(err, r, "failed to mount local volume '%s'", v->name) : take_fd(&tree);
}

/* ---- file systems that the kernel mounts by itself --------------------------------------------- */

static int open_loop(const char *file, char path[LOOP_PATH_MAX], struct error *err)
{
	auto_close int fd = open(file, O_RDWR | O_CLOEXEC);

	return fd < 0 ? error_set(err, errno, "cannot open '%s'", file) : loop_share(fd, path, err);
}

static int mount_kernel(const struct volume *v, const struct volume_options *o,
			const struct fs_request *q, struct error *err)
{
	char loop_path[LOOP_PATH_MAX];
	auto_close int loop = q->loop ? open_loop(o->device, loop_path, err) : FD_NONE;
	int r = q->loop && loop < 0 ? loop
				    : fs_mount(o->type, loop >= 0 ? loop_path : o->device, q->list, q->attr,
					       err);

	if ((r == -EPERM || r == -EACCES) && !userns_is_initial())
		r = error_hint(err, r, "an ordinary user's berth mounts tmpfs, overlay and directories alone");
	return r < 0 ? error_prefix(err, r, "failed to mount local volume '%s'", v->name) : r;
}

/* ---- file systems that have a mount helper ------------------------------------------------------ */

/* /sbin/mount.TYPE, or NULL: mount(8), "external helpers". A type with a slash is none. */
static char *find_helper(const char *type)
{
	static const char *const dirs[] = { "/sbin", "/usr/sbin", "/usr/bin" };
	size_t n = strcspn(type, ".");

	if (strchr(type, '/'))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		auto_free char *path = str_format("%s/mount.%.*s", dirs[i], (int)n, type);

		if (path && access(path, X_OK) == 0)
			return take_ptr(path);
	}
	return NULL;
}

static int run_helper(const char *helper, const struct volume_options *o, const char *point,
		      struct error *err)
{
	auto_child struct child c = CHILD_INIT;
	auto_buf struct buf words = BUF_INIT;
	auto_strv struct strv argv = STRV_INIT;
	int r = 0;

	strv_for_each(i, &o->o)
		buf_addf(&words, "%s%s", i ? "," : "", o->o.v[i]);
	if (buf_failed(&words) || strv_add(&argv, helper) < 0 || strv_add(&argv, o->device) < 0 ||
	    strv_add(&argv, point) < 0)
		r = -ENOMEM;
	if (r == 0 && words.len > 0 && (strv_add(&argv, "-o") < 0 || strv_add(&argv, buf_str(&words)) < 0))
		r = -ENOMEM;
	if (r == 0 && strchr(o->type, '.') && (strv_add(&argv, "-t") < 0 || strv_add(&argv, o->type) < 0))
		r = -ENOMEM;
	if (r < 0)
		return error_set(err, r, "cannot start '%s'", helper);
	r = child_spawn(&c, helper, argv.v, -1, STDERR_FILENO, NULL, err);
	return r == 0 ? child_wait(&c, err) : r;
}

/* In a process of its own: whatever the helper mounts is seen by nobody else, and goes with it. */
static int helper_side(const char *helper, const struct volume_options *o, const char *point,
		       int socket, struct error *err)
{
	auto_close int tree = FD_NONE;
	int r;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(err, errno, "cannot make a mount namespace");
	r = run_helper(helper, o, point, err);
	if (r < 0)
		return r;
	tree = tree_clone(AT_FDCWD, point, true);
	if (tree < 0)
		return error_set(err, tree, "cannot take what '%s' has mounted", helper);
	return fd_send(socket, tree, err);
}

static int mount_by_helper(const char *helper, const struct volume *v, const struct volume_options *o,
			   const char *point, struct error *err)
{
	auto_close int ours = FD_NONE, theirs = FD_NONE;
	int p[2], fd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) < 0)
		return error_set(err, errno, "cannot make a socket pair");
	ours = p[0];
	theirs = p[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "cannot start '%s'", helper);
	if (pid == 0) {
		struct error why = ERROR_INIT;

		if (helper_side(helper, o, point, theirs, &why) < 0)
			fd_send_error(theirs, &why);
		_exit(0);
	}
	fd_close(&theirs);
	fd = fd_receive(ours, err);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return fd < 0 ? error_prefix(err, fd, "failed to mount local volume '%s'", v->name) : fd;
}

/* ---- the driver ----------------------------------------------------------------------------------- */

int typed_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	auto_clean(fs_request) struct fs_request q = { .n = 0 };
	auto_close int point = dir_make_open(dir_fd, VOLUME_MOUNT, 0755);
	int r = volume_options_parse(&v->options, &o, err);

	(void)s;
	if (r == 0)
		r = read_words(&o, &q, err);
	if (r < 0)
		return r;
	return point < 0 ? error_set(err, point, "cannot make the directory of volume '%s'", v->name) : 0;
}

int typed_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	auto_clean(fs_request) struct fs_request q = { .n = 0 };
	auto_free char *point = str_format("%s/volumes/%s/%s", s->root, v->name, VOLUME_MOUNT);
	auto_free char *helper = NULL;
	int r = volume_options_parse(&v->options, &o, err);

	(void)dir_fd;
	if (r == 0)
		r = read_words(&o, &q, err);
	if (r < 0)
		return r;
	if (!point)
		return error_set(err, ENOMEM, "cannot mount volume '%s'", v->name);
	if (q.bind || STREQ(o.type, "bind"))
		return mount_bind(v, &o, &q, err);
	if (STREQ(o.type, "overlay"))
		return mount_overlay(v, &o, &q, err);
	helper = find_helper(o.type);
	return helper ? mount_by_helper(helper, v, &o, point, err) : mount_kernel(v, &o, &q, err);
}
