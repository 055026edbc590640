/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "runtime/terminal.h"
#include "runtime/user.h"
#include "sys/root.h"
#include "sys/syscalls.h"
#include "sys/userns.h"
#include "volume/volume.h"

#define CGROUP2_MAGIC 0x63677270

void launch_done(struct launch *l)
{
	for (size_t i = 0; i < l->n_instances; i++)
		fd_close(&l->instances[i].lock_fd);
	free(l->instances);
	mount_plan_done(&l->plan);
	fd_close(&l->root_fd);
	fd_close(&l->error_fd);
	fd_close(&l->tty_fd);
	cgroup_entry_done(&l->cgroup);
}
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

static int plan_mounts(const struct store *s, const struct container *c, bool volumes_only,
		       struct mount_plan *ret, struct error *err)
{
	auto_free char *volumes = str_format("%s/volumes", s->root);
	auto_free char *views = str_format("%s/containers/%s/views", s->root, c->id);
	struct mount_plan_input in = {
		.specs = &c->config.mounts, .volumes_dir = volumes, .files_dir = c->path,
		.views_dir = views, .volumes_only = volumes_only, .cgroup2 = host_has_cgroup2(),
		.devices = &c->config.confinement.devices,
		.privileged = c->config.confinement.privileged,
		.shm_size = c->config.settings.shm_size,
		.host_ipc = settings_ipc_is(&c->config.settings, "host"),
		.no_shm = settings_ipc_is(&c->config.settings, "none"),
		.userns = !userns_is_initial(),
		.host_network = c->config.network == NETWORK_HOST,
		.host_cgroupns = c->config.limits.host_cgroupns,
	};
	int r;

	in.no_tty_group = in.userns && !userns_has_id("gid_map", TTY_GROUP);
	if (!volumes || !views)
		return error_set(err, ENOMEM, "cannot plan the container's mounts");
	r = mount_plan_build(&in, ret, err);
	if (r == 0 && log_enabled(LOG_LEVEL_DEBUG))
		log_plan(ret);
	return r;
}

/* Where the plan needs the container's user, it is the one that the image's own files name. */
static int open_mounts(const struct store *s, const struct container *c, struct launch *l,
		       struct error *err)
{
	struct mount_user owner = { 0 };
	int r = container_open_sources(s, l, err);

	if (r == 0 && mount_plan_has_owner(&l->plan)) {
		struct user u = { .home = "/" };

		r = user_look_up(l->root_fd, c->config.user, &c->config.settings.groups, &u, err);
		owner = (struct mount_user){ u.uid, u.gid };
	}
	return r == 0 ? mount_plan_open(&l->plan, owner, err) : r;
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

		if (m->type != MOUNT_VOLUME)
			continue;
		if (!(m->flags & (MOUNT_NOCOPY | MOUNT_VIEW)) && !m->subpath)
			source = root_open(root_fd, m->target, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
		r = volume_fill(s, m->source, source, err);
		if (r < 0)
			return error_prefix(err, r, "cannot fill volume '%s' from '%s' of the image",
					    m->source, m->target);
	}
	return 0;
}

int container_open_mounts(const struct store *s, const struct container *c, bool volumes_only,
			  struct launch *l, struct error *err)
{
	int r = fill_volumes(s, &c->config, l->root_fd, err);

	if (r == 0)
		r = plan_mounts(s, c, volumes_only, &l->plan, err);
	return r == 0 ? open_mounts(s, c, l, err) : r;
}

static int prepare(const struct store *s, const struct container *c, const struct launch_options *o,
		   struct launch *l, struct error *err)
{
	int r;

	l->config = &c->config;
	l->record_fd = c->dir_fd;
	memcpy(l->stdio, o->stdio, sizeof(l->stdio));
	l->signals = o->signals;
	l->size = o->size;
	l->die_with_parent = o->die_with_parent;
	l->parent = getpid();
	r = l->root_fd = container_root(s, c, err);
	if (r >= 0)
		r = container_open_mounts(s, c, false, l, err);
	return r == 0 ? container_cgroup_start(c, &l->cgroup, err) : r;
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
	/* A cgroup namespace made here would have our own cgroup as its root: cgroup_entry_join() comes after. */
	bool namespace = !l->config->limits.host_cgroupns && !cgroup_entry_any(&l->cgroup);
	struct sys_clone args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID |
			 (settings_ipc_is(&l->config->settings, "host") ? 0 : CLONE_NEWIPC) |
			 (settings_uts_is_host(&l->config->settings) ? 0 : CLONE_NEWUTS) |
			 (namespace ? SYS_CLONE_NEWCGROUP : 0) |
			 (l->config->network == NETWORK_NONE ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};

	if (l->cgroup.v2_fd >= 0) {
		args.flags |= SYS_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)l->cgroup.v2_fd;
	}
	ret->pid = sys_clone3(&args, &ret->pidfd);
	if (ret->pid == 0)
		container_init(l);
	return ret->pid < 0 ? error_set(err, ret->pid, "cannot make a process in new namespaces") : 0;
}

int container_launch(const struct store *s, const struct container *c,
		     const struct launch_options *o, struct launched *ret, struct error *err)
{
	auto_launched struct launched child = LAUNCHED_INIT;
	auto_launch struct launch l = LAUNCH_INIT;
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
		child.master = terminal_receive(tty_fd);
	r = wait_for_exec(error_fd, child.pid, err);
	if (r < 0)
		return r;
	container_give_instances(&l, child.pid);
	*ret = child;
	child = LAUNCHED_INIT;
	return 0;
}
