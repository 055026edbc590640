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
 *   6. user, groups, capabilities: from here on no privilege that the container has not
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
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/build.h"
#include "runtime/execute.h"
#include "runtime/launch.h"
#include "runtime/terminal.h"
#include "runtime/user.h"
#include "sys/caps.h"
#include "sys/mountapi.h"
#include "sys/root.h"
#include "sys/seccomp.h"
#include "sys/syscalls.h"

#define ACCOUNT_FILE_LIMIT ((size_t)4 << 20) /* of /etc/passwd and /etc/group in an image */
#define CAP_MKNOD_BIT	   (1ull << 27)
#define JOIN_SESSION_KEYRING 1

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

static void reset_inheritance(const struct launch *l)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	/* One by one: CLONE_CLEAR_SIGHAND leaves ignored what nohup, or the monitor, ignores. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigprocmask(SIG_SETMASK, &l->signals, NULL);
	(void)setsid();
	(void)umask(0);
	/* Keys of berth's caller are not the container's; a kernel without keyrings has nothing to hide. */
	(void)syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL);
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
	if (c->hostname && sethostname(c->hostname, strlen(c->hostname)) < 0)
		return error_set(err, errno, "cannot set the host name '%s'", c->hostname);
	if (c->domainname && setdomainname(c->domainname, strlen(c->domainname)) < 0)
		return error_set(err, errno, "cannot set the domain name '%s'", c->domainname);
	return c->network == NETWORK_NONE ? loopback_up(err) : 0;
}

/* A missing account file is an empty one; one that is no regular file is not read (CVE-2024-9341). */
static int read_accounts(int root_fd, const char *path, struct buf *out, struct error *err)
{
	int r = root_read_file(root_fd, path, out);

	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		return error_set(err, r, "cannot read '%s' of the container", path);
	return 0;
}

/* Rely on: the container's mounts in place, since a volume may bring the files. Before pivot_root. */
static int look_up_user(int root_fd, const char *spec, struct user *ret, struct error *err)
{
	auto_buf struct buf passwd = { .limit = ACCOUNT_FILE_LIMIT };
	auto_buf struct buf group = { .limit = ACCOUNT_FILE_LIMIT };
	int r = read_accounts(root_fd, "/etc/passwd", &passwd, err);

	/* Root's own groups need no file; most containers run as root. */
	if (r == 0 && spec && *spec)
		r = read_accounts(root_fd, "/etc/group", &group, err);
	return r == 0 ? user_resolve(spec, buf_str(&passwd), buf_str(&group), ret, err) : r;
}

/*
 * The program opens /dev/stdout by path; a pipe that root made has to be the user's for that. Only
 * anonymous pipes are given away: a file that berth's output goes to stays its owner's.
 */
static int give_stdio(const struct user *u, struct error *err)
{
	for (int fd = 0; u->uid != 0 && fd <= 2; fd++) {
		struct stat st;
		bool ours = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_nlink == 1 &&
			    st.st_uid == 0;

		if (ours && fchown(fd, u->uid, (gid_t)-1) < 0)
			return error_set(err, errno, "cannot give descriptor %d to user %u", fd, u->uid);
	}
	return 0;
}

/*
 * Rely on: nothing privileged is left to do.
 * The bounding set first, while CAP_SETPCAP is there; then the filter, while CAP_SYS_ADMIN is; then the
 * ids, of which a change from root clears the capabilities; last what is left of them for root.
 */
static int drop_privileges(const struct user *u, struct error *err)
{
	uint64_t caps = CAPS_DEFAULT;
	int r = seccomp_deny_devices();

	if (r == -EOPNOTSUPP)
		caps &= ~CAP_MKNOD_BIT;
	else if (r < 0)
		return error_set(err, r, "cannot install the device filter");
	r = caps_limit_bounding(caps);
	if (r < 0)
		return error_set(err, r, "cannot limit the capabilities");
	r = sys_setgroups(u->n_groups, u->groups);
	if (r < 0 || setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0)
		return error_set(err, r < 0 ? r : errno, "cannot become user %u:%u", u->uid, u->gid);
	r = caps_set(u->uid == 0 ? caps : 0);
	return r < 0 ? error_set(err, r, "cannot set the capabilities") : 0;
}

/* docker makes a missing working directory; inside the root, by descriptor (CVE-2026-55686). */
static int make_workdir(int root_fd, const char *path, struct error *err)
{
	auto_close int fd = path ? root_make_dir(root_fd, path, 0755, 0, 0) : FD_NONE;

	return path && fd < 0 ? error_set(err, fd, "cannot make the working directory '%s'", path)
			      : 0;
}

/* After pivot_root, and then checked: a directory that is not below the root has no name (CVE-2024-21626). */
static int enter_workdir(const char *path, struct error *err)
{
	auto_close int fd = FD_NONE;
	char cwd[4096];

	if (!path)
		return 0;
	fd = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
			 SYS_RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return error_set(err, fd, "cannot enter the working directory '%s'", path);
	if (fchdir(fd) < 0 || !getcwd(cwd, sizeof(cwd)) || cwd[0] != '/')
		return error_set(err, errno, "cannot enter the working directory '%s'", path);
	return 0;
}

static int place_stdio(const struct launch *l, struct error *err)
{
	auto_close int null = FD_NONE;

	if (l->stdio[0] < 0) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0 || dup2(null, STDIN_FILENO) < 0)
			return error_set(err, errno, "cannot open '/dev/null'");
	}
	for (int i = 0; i <= 2; i++) {
		if (l->stdio[i] >= 0 && l->stdio[i] != i && dup2(l->stdio[i], i) < 0)
			return error_set(err, errno, "cannot place descriptor %d", i);
	}
	return 0;
}

static int build_root(struct launch *l, struct user *u, struct error *err)
{
	const struct container_config *c = l->config;
	int r = attach_root(l->root_fd, err);

	if (r == 0)
		r = mount_plan_attach(&l->plan, l->root_fd, err);
	if (r == 0)
		r = mount_plan_mask(l->root_fd, err);
	if (r == 0)
		r = look_up_user(l->root_fd, c->user, u, err);
	if (r == 0 && c->tty)
		r = terminal_make(l->root_fd, l->tty_fd, &l->size, u, err);
	if (r == 0)
		r = make_workdir(l->root_fd, c->workdir, err);
	return r;
}

static int set_up(struct launch *l, struct user *u, struct strv *env, struct error *err)
{
	const struct container_config *c = l->config;
	int r = 0;

	die_with_parent(l);
	reset_inheritance(l);
	/* Input from the host's /dev/null has to be opened while the host is there. */
	if (!c->tty)
		r = place_stdio(l, err);
	if (r == 0)
		r = build_root(l, u, err);
	if (r == 0)
		r = enter_root(l->root_fd, c->read_only, err);
	if (r == 0)
		r = name_host(c, err);
	if (r == 0)
		r = enter_workdir(c->workdir, err);
	if (r == 0 && container_environment(c, u->home, env) < 0)
		r = error_set(err, ENOMEM, "cannot build the environment");
	if (r == 0)
		r = give_stdio(u, err);
	if (r < 0)
		return r;
	(void)umask(0022);
	r = sys_close_range_cloexec(3);
	if (r < 0)
		return error_set(err, r, "cannot close descriptors");
	r = drop_privileges(u, err);
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
