/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "sys/root.h"
#include "sys/syscalls.h"
#include "volume/volume.h"

#define CGROUP2_MAGIC 0x63677270

static void launch_done(struct launch *l)
{
	mount_plan_done(&l->plan);
	fd_close(&l->root_fd);
	fd_close(&l->error_fd);
	fd_close(&l->tty_fd);
}
DEFINE_AUTO(launch, struct launch, launch_done)
#define auto_launch auto_clean(launch)

void launched_done(struct launched *l)
{
	fd_close(&l->pidfd);
	fd_close(&l->master);
}

/* Alone, or beside the v1 controllers as systemd's hybrid layout has it. */
static bool host_has_cgroup2(void)
{
	struct statfs fs;

	if (statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_MAGIC)
		return true;
	return statfs("/sys/fs/cgroup/unified", &fs) == 0 && fs.f_type == CGROUP2_MAGIC;
}

static void log_plan(const struct mount_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		auto_buf struct buf line = BUF_INIT;
		struct jsonw w = JSONW_INIT(&line, 0);

		mount_step_json(&p->v[i], &w);
		log_debug("mount %zu: %s", i + 1, buf_str(&line));
	}
}

static int plan_mounts(const struct store *s, const struct container *c, struct mount_plan *ret,
		       struct error *err)
{
	auto_free char *volumes = str_format("%s/volumes", s->root);
	struct mount_plan_input in = {
		.specs = &c->config.mounts, .volumes_dir = volumes, .files_dir = c->path,
		.cgroup2 = host_has_cgroup2(),
	};

	int r;

	if (!volumes)
		return error_set(err, ENOMEM, "cannot plan the container's mounts");
	r = mount_plan_build(&in, ret, err);
	if (r == 0 && log_enabled(LOG_LEVEL_DEBUG))
		log_plan(ret);
	return r;
}

/*
 * docker's copy-up: an empty volume takes what the image has at its place. The image's directory is
 * looked up as the container would see it, links resolved inside the root (CVE-2022-23648).
 */
static int fill_volumes(const struct store *s, const struct container_config *c, int root_fd,
			struct error *err)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct mount_spec *m = &c->mounts.v[i];
		auto_close int source = FD_NONE;
		int r;

		if (m->type != MOUNT_VOLUME || (m->flags & MOUNT_NOCOPY) || m->subpath)
			continue;
		source = root_open(root_fd, m->target, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
		if (source < 0)
			continue;
		r = volume_fill(s, m->source, source, err);
		if (r < 0)
			return error_prefix(err, r, "cannot fill volume '%s' from '%s' of the image",
					    m->source, m->target);
	}
	return 0;
}

static int prepare(const struct store *s, const struct container *c, const struct launch_options *o,
		   struct launch *l, struct error *err)
{
	int r;

	l->config = &c->config;
	memcpy(l->stdio, o->stdio, sizeof(l->stdio));
	l->signals = o->signals;
	l->size = o->size;
	l->die_with_parent = o->die_with_parent;
	l->parent = getpid();
	r = l->root_fd = container_root(s, c, err);
	if (r < 0)
		return r;
	r = fill_volumes(s, &c->config, l->root_fd, err);
	if (r == 0)
		r = plan_mounts(s, c, &l->plan, err);
	return r == 0 ? mount_plan_open(&l->plan, err) : r;
}

/* The terminal's master as the child sends it: SCM_RIGHTS, unix(7). FD_NONE if it ended without. */
static int receive_master(int socket)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c;
	int fd = FD_NONE;

	while (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) < 0) {
		if (errno != EINTR)
			return FD_NONE;
	}
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* End of file without a byte is success: exec closed the descriptor. */
static int wait_for_exec(int error_fd, pid_t pid, struct error *err)
{
	struct error sent = ERROR_INIT;
	ssize_t n = fd_read_upto(error_fd, &sent, sizeof(sent));

	if (n == 0)
		return 0;
	reap(pid);
	if (n != (ssize_t)sizeof(sent))
		return error_msg(err, EIO, "the container's first process ended while it was set up");
	sent.msg[sizeof(sent.msg) - 1] = '\0';
	sent.hint[sizeof(sent.hint) - 1] = '\0';
	if (err)
		*err = sent;
	return -MAX(sent.code, 1);
}

static int clone_child(struct launch *l, struct launched *ret, struct error *err)
{
	struct sys_clone args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 SYS_CLONE_NEWCGROUP |
			 (l->config->network == NETWORK_NONE ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};

	ret->pid = sys_clone3(&args, &ret->pidfd);
	if (ret->pid == 0)
		container_init(l);
	return ret->pid < 0 ? error_set(err, ret->pid, "cannot make a process in new namespaces") : 0;
}

int container_launch(const struct store *s, const struct container *c,
		     const struct launch_options *o, struct launched *ret, struct error *err)
{
	auto_launched struct launched child = LAUNCHED_INIT;
	auto_launch struct launch l = {
		.root_fd = FD_NONE, .error_fd = FD_NONE, .tty_fd = FD_NONE
	};
	auto_close int error_fd = FD_NONE, tty_fd = FD_NONE;
	int p[2], r = prepare(s, c, o, &l, err);

	if (r < 0)
		return r;
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot make a pipe");
	error_fd = p[0];
	l.error_fd = p[1];
	if (c->config.tty) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) < 0)
			return error_set(err, errno, "cannot make a socket pair");
		tty_fd = p[0];
		l.tty_fd = p[1];
	}
	r = clone_child(&l, &child, err);
	if (r < 0)
		return r;
	fd_close(&l.error_fd);
	fd_close(&l.tty_fd);
	if (tty_fd >= 0)
		child.master = receive_master(tty_fd);
	r = wait_for_exec(error_fd, child.pid, err);
	if (r < 0)
		return r;
	*ret = child;
	child = LAUNCHED_INIT;
	return 0;
}
