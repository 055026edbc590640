/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that becomes the container.
 *
 * It was cloned into new mount, PID, IPC, UTS, network and cgroup namespaces and is still root of the
 * host's file system with every capability. The order below is the whole point of this file; each
 * function says what it may rely on and what must not have happened yet.
 *
 *   1. mounts become private, so that nothing done here reaches the host
 *   2. the root is attached over "/", the plan's mounts inside it, parents first
 *   3. /dev/console and the terminal; masked and read-only paths; the working directory
 *   4. pivot_root(".", ".") and the old root detached: the host's files are out of reach
 *   5. host name, loopback
 *   6. user, groups, capabilities, filter (confinement.c): from here on no privilege that the container has not
 *   7. exec
 *
 * Any failure goes through the error pipe as struct error; the pipe is close-on-exec, so that its end
 * without a byte tells the parent that the program runs. The process is single-threaded, so malloc(3)
 * works although the C library was not told of the clone; standard streams are not used.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/build.h"
#include "runtime/entry.h"
#include "runtime/execute.h"
#include "runtime/launch.h"
#include "runtime/terminal.h"
#include "runtime/user.h"
#include "sys/mountapi.h"
#include "sys/root.h"
#include "sys/syscalls.h"

/*
 * In the foreground the container dies with berth. Set when starting and again after the ids have
 * changed, which clears it: prctl(2). In a new PID namespace getppid() is 0 whether the parent lives or
 * not, so a parent that was gone before shows by the pipe that has no reader.
 */
static void die_with_parent(const struct launch *l)
{
	struct pollfd p = { .fd = l->error_fd };

	if (!l->die_with_parent)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLERR))
		_exit(125);
}

/* Rely on: a mount namespace of our own. */
static int attach_root(int root_fd, struct error *err)
{
	auto_close int slash = FD_NONE;
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(err, errno, "cannot make the mounts private");
	slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = slash < 0 ? -errno : mount_attach(root_fd, slash);
	return r < 0 ? error_set(err, r, "cannot attach the container's root") : 0;
}

/*
 * Rely on: the root attached somewhere below "/", everything else attached in it.
 * Afterwards: no path leads to the host any more. Descriptors still do, until exec closes them.
 */
static int enter_root(int root_fd, bool read_only, struct error *err)
{
	int r = read_only ? mount_attr_change(root_fd, ATTR_RDONLY, 0, 0, false) : 0;

	if (r < 0)
		return error_set(err, r, "cannot make the root read-only");
	if (fchdir(root_fd) < 0)
		return error_set(err, errno, "cannot enter the container's root");
	r = sys_pivot_root(".", ".");
	if (r < 0)
		return error_set(err, r, "cannot make the container's root the root");
	/* The old root is now on top of "." : pivot_root(2), "pivot_root(".", ".")". */
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_set(err, errno, "cannot leave the host's root");
	return 0;
}

static int loopback_up(struct error *err)
{
	auto_close int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	/* A kernel without IPv4 has no such interface to bring up. */
	if (s < 0)
		return errno == EAFNOSUPPORT ? 0 : error_set(err, errno, "cannot open a socket");
	if (ioctl(s, SIOCSIFFLAGS, &req) < 0)
		return error_set(err, errno, "cannot bring up the loopback interface");
	return 0;
}

static int name_host(const struct container_config *c, struct error *err)
{
	if (settings_uts_is_host(&c->settings))
		return c->network == NETWORK_NONE ? loopback_up(err) : 0;
	if (c->hostname && sethostname(c->hostname, strlen(c->hostname)) < 0)
		return error_set(err, errno, "cannot set the host name '%s'", c->hostname);
	if (c->domainname && setdomainname(c->domainname, strlen(c->domainname)) < 0)
		return error_set(err, errno, "cannot set the domain name '%s'", c->domainname);
	return c->network == NETWORK_NONE ? loopback_up(err) : 0;
}

/* docker makes a missing working directory; inside the root, by descriptor (CVE-2026-55686). */
static int make_workdir(int root_fd, const char *path, struct error *err)
{
	auto_close int fd = path ? root_make_dir(root_fd, path, 0755, 0, 0) : FD_NONE;

	return path && fd < 0 ? error_set(err, fd, "cannot make the working directory '%s'", path)
			      : 0;
}

static int build_root(struct launch *l, struct user *u, struct error *err)
{
	const struct container_config *c = l->config;
	struct terminal_request tty = { l->tty_fd, l->size, true };
	int r = attach_root(l->root_fd, err);

	if (r == 0)
		r = mount_plan_attach(&l->plan, l->root_fd, err);
	if (r == 0)
		r = user_look_up(l->root_fd, c->user, &c->settings.groups, u, err);
	if (r == 0)
		r = mount_masks_apply(&c->confinement.masks, l->root_fd, err);
	if (r == 0 && c->tty)
		r = terminal_make(l->root_fd, &tty, u, err);
	if (r == 0 && c->tty)
		r = terminal_control(err);
	if (r == 0)
		r = make_workdir(l->root_fd, c->workdir, err);
	return r;
}

static int set_up(struct launch *l, struct user *u, struct strv *env, struct error *err)
{
	const struct container_config *c = l->config;
	auto_confinement_tools struct confinement_tools tools = CONFINEMENT_TOOLS_INIT;
	int r;

	die_with_parent(l);
	entry_reset(&l->signals);
	(void)setsid();
	/* Before anything is made that counts against a limit, and before cgroup2 is mounted. */
	r = cgroup_entry_join(&l->cgroup, !c->limits.host_cgroupns, err);
	/* Input from the host's /dev/null has to be opened while the host is there. */
	if (r == 0 && !c->tty)
		r = entry_stdio(l->stdio, err);
	if (r == 0)
		r = confinement_prepare(&c->confinement, l->record_fd, &tools, err);
	if (r == 0)
		r = settings_apply(&c->settings, err);
	if (r == 0)
		r = build_root(l, u, err);
	if (r == 0)
		r = enter_root(l->root_fd, c->read_only, err);
	if (r == 0)
		r = name_host(c, err);
	if (r == 0)
		r = entry_workdir(c->workdir, err);
	if (r == 0 && container_environment(c, c->tty, u->home, env) < 0)
		r = error_set(err, ENOMEM, "cannot build the environment");
	if (r == 0)
		r = entry_give_stdio(u, err);
	if (r < 0)
		return r;
	(void)umask(0022);
	r = sys_close_range_cloexec(3);
	if (r < 0)
		return error_set(err, r, "cannot close descriptors");
	r = confinement_apply(&c->confinement, &tools, u, err);
	die_with_parent(l);
	return r;
}

__attribute__((noreturn)) void container_init(struct launch *l)
{
	auto_strv struct strv env = STRV_INIT;
	struct error err = ERROR_INIT;
	struct user u = { .home = "/" };
	int r = set_up(l, &u, &env, &err);

	if (r == 0)
		r = execute(l->config->argv.v, &env, &err);
	if (err.status == 0)
		err.status = 125;
	(void)fd_write_all(l->error_fd, &err, sizeof(err));
	_exit(err.status);
}
