/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: Theory of operation
 *
 * Holder and server watch each other, by pidfd: the holder starts a new server, the server starts a new holder. So
 * any one of them may be killed at any time. Signals:
 *   TERM  unmount; if somebody is using the mount, take it out of sight and serve on until they have finished
 *   HUP   let the server finish what it has begun, execute the berth-template that is installed now, go on
 *
 * The mount ends by being unmounted, by whomever: then the loop device closes the FUSE file, the server finds its
 * file system gone and says so in the shared page, and the holder removes the record. A server that ended without
 * saying so died.
 */
#include "helper/template_hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/parse.h"
#include "helper/template_publish.h"
#include "helper/template_verbs.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "template/fsmount.h"
#include "template/sweep.h"

/* A server that dies this soon, so often in a row, will not do better the next time. */
#define QUICK_MS  2000
#define QUICK_MAX 20
#define PAUSE_MS  100 /* before the next one, after the second quick death */

struct holder {
	struct served *v;
	int control; /* owned; FD_NONE once the mount is made */
	int server;  /* owned; its pidfd */
	int signals; /* owned */
	struct mount_server pids;
	int64_t started_ms;
	unsigned quick;
	bool again; /* execute the installed program when the server has ended */
};

static unsigned n_fds(const struct served *v)
{
	return v->backend == BACKEND_FUSE ? FUSE_FILE_THREADS : 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	(void)signal(SIGCHLD, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void write_pids(struct holder *h)
{
	int r = mount_server_write(h->v->dir_fd, &h->pids);

	if (r < 0)
		log_warning("cannot write server.json: %s", strerror(-r));
}

static int start_server(struct holder *h, int ready_fd)
{
	int p[2];
	pid_t pid;

	/* The server may find out who its holder is, and others who it is, before it does anything. */
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		char c;

		fd_close(&p[1]);
		fd_close(&h->signals);
		fd_close(&h->server);
		if (read(p[0], &c, 1) < 0) /* end of file: server.json is written */
			_exit(1);
		fd_close(&p[0]);
		server_main(h->v, ready_fd);
	}
	fd_close(&p[0]);
	fd_close(&h->server);
	if (pid > 0) {
		h->server = sys_pidfd_open(pid);
		h->pids.server = (struct mount_process){ .pid = pid };
		(void)process_start_time(pid, &h->pids.server.start);
		h->started_ms = now_ms();
		write_pids(h);
	}
	fd_close(&p[1]);
	return pid < 0 ? -EAGAIN : h->server < 0 ? h->server : 0;
}

static void close_fuse(struct holder *h)
{
	for (unsigned i = 0; i < n_fds(h->v); i++)
		fd_close(&h->v->fds[i]);
}

/*
 * Only with the mount's lock: whoever has it removes the record itself, and then path and device may be another mount's
 * at once.
 */
static void discard(const struct holder *h, int lock)
{
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	struct error err = ERROR_INIT;
	int n;

	if (lock < 0)
		return;
	n = mount_record_read(h->v->store, h->v->id, &r, &err);
	if (n == 0)
		n = mount_discard(h->v->store, &r, &err);
	if (n < 0)
		log_error(&err);
}

/* The mount has ended. If berth unmounted it, that command publishes its changes, and can say how it went. */
static void finish(const struct holder *h)
{
	auto_close int lock = mount_record_hold(h->v->store, h->v->id, false);
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	struct error err = ERROR_INIT;

	if (lock < 0 || mount_record_read(h->v->store, h->v->id, &r, NULL) < 0)
		return;
	if (*r.persist && publish_record(h->v->store, &r, &err) < 0)
		return log_error(&err);
	discard(h, lock);
}

/* Nobody is to see the mount: its maker has given up, or died. */
static void undo(struct holder *h)
{
	auto_close int lock = mount_record_hold(h->v->store, h->v->id, false);

	if (h->server >= 0)
		(void)sys_pidfd_send_signal(h->server, SIGKILL);
	close_fuse(h);
	discard(h, lock);
}

/*
 * In a process of its own, without the descriptors: it waits for the server while it writes back, and must not be
 * what keeps the file alive if the server dies over it.
 */
static void unmount(const struct holder *h)
{
	auto_mount_record struct mount_record r = MOUNT_RECORD_INIT;
	struct error err = ERROR_INIT;
	pid_t pid;
	int n;

	if (mount_record_read(h->v->store, h->v->id, &r, &err) < 0)
		return log_error(&err);
	pid = fork();
	if (pid != 0)
		return;
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	n = device_unmount(r.path, r.fs_device, r.device, 0);
	if (n == -EBUSY)
		n = device_unmount(r.path, r.fs_device, r.device, MNT_DETACH);
	if (n < 0)
		log_warning("cannot unmount '%s': %s", r.path, strerror(-n));
	_exit(0);
}

/* ---- events; each returns whether the holder goes on ---- */

static bool on_signal(struct holder *h)
{
	struct signalfd_siginfo si;

	while (read(h->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (h->control >= 0) {
			undo(h);
			return false;
		}
		if (si.ssi_signo == SIGTERM) {
			unmount(h);
		} else {
			h->again = true;
			(void)sys_pidfd_send_signal(h->server, SIGUSR1);
		}
	}
	return true;
}

static bool on_control(struct holder *h)
{
	char c = 0;
	ssize_t n = read(h->control, &c, 1);

	if (n < 0 && errno == EINTR)
		return true;
	if (n == 1 && c == HOLDER_GO) {
		fd_close(&h->control);
		return true;
	}
	undo(h);
	return false;
}

static char **make_argv(const struct served *v, struct strv *argv)
{
	auto_buf struct buf fds = BUF_INIT;

	for (unsigned i = 0; i < n_fds(v); i++)
		buf_addf(&fds, "%s%d", i ? "," : "", v->fds[i]);
	if (strv_add(argv, "berth-template") < 0 || strv_add(argv, "hold") < 0 ||
	    strv_add(argv, v->store->root) < 0 || strv_add(argv, v->store->run) < 0 ||
	    strv_add(argv, v->id) < 0 || strv_add(argv, buf_str(&fds)) < 0)
		return NULL;
	return argv->v;
}

static void execute(const struct served *v, const char *path, char **argv)
{
	for (unsigned i = 0; i < n_fds(v); i++)
		(void)fcntl(v->fds[i], F_SETFD, 0);
	(void)execv(path, argv);
	for (unsigned i = 0; i < n_fds(v); i++)
		(void)fcntl(v->fds[i], F_SETFD, FD_CLOEXEC);
}

int holder_spawn(const struct served *v, pid_t *ret_pid, struct error *err)
{
	auto_strv struct strv argv = STRV_INIT;
	auto_free char *path = helper_path("berth-template", err);
	char **list = make_argv(v, &argv);

	if (!path || !list)
		return path ? error_set(err, ENOMEM, "cannot start a holder") : -ENOENT;
	*ret_pid = fork();
	if (*ret_pid == 0) {
		execute(v, path, list);
		_exit(125);
	}
	return *ret_pid < 0 ? error_set(err, errno, "cannot start a holder") : 0;
}

/* Become what is installed now; it finds no server and starts one. If that fails, go on as what we are. */
static void become_new(struct holder *h)
{
	auto_strv struct strv argv = STRV_INIT;
	struct error err = ERROR_INIT;
	auto_free char *path = helper_path("berth-template", &err);
	char **list = make_argv(h->v, &argv);

	h->again = false;
	if (path && list)
		execute(h->v, path, list);
	log_warning("cannot execute the new berth-template: %s", path ? strerror(errno) : err.msg);
}

static bool give_up(struct holder *h, const char *why)
{
	log_warning("the mount fails from here on: %s", why);
	close_fuse(h);
	return false;
}

static bool on_server_end(struct holder *h)
{
	bool drained = atomic_load(&h->v->shared->drained);
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	if (h->control >= 0) {
		undo(h);
		return false;
	}
	if (atomic_load(&h->v->shared->finished)) {
		finish(h);
		return false;
	}
	if (h->again && drained)
		become_new(h);
	if (!drained && !atomic_load(&h->v->shared->can_resume))
		return give_up(h, "its server died, and this kernel can't tell another one what was asked of it");
	h->quick = now_ms() - h->started_ms < QUICK_MS ? h->quick + 1 : 0;
	if (h->quick > QUICK_MAX)
		return give_up(h, "its server dies again and again");
	if (h->quick > 1)
		(void)nanosleep(&pause, NULL);
	h->pids.restarts += !drained;
	return start_server(h, FD_NONE) == 0 || give_up(h, "no new server can be started");
}

static void hold(struct holder *h)
{
	bool on = true;

	while (on) {
		struct pollfd p[] = { { .fd = h->signals, .events = POLLIN },
				      { .fd = h->control, .events = POLLIN },
				      { .fd = h->server, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue;
		if (p[0].revents)
			on = on_signal(h);
		if (on && p[1].revents)
			on = on_control(h);
		if (on && p[2].revents)
			on = on_server_end(h);
	}
}

static int begin(struct holder *h, struct error *err)
{
	(void)prctl(PR_SET_NAME, "berth-holder");
	h->signals = open_signals();
	h->v->shared = mount_shared_map(h->v->dir_fd, err);
	h->pids.holder.pid = getpid();
	(void)process_start_time(h->pids.holder.pid, &h->pids.holder.start);
	if (h->signals < 0)
		return error_set(err, h->signals, "cannot start the holder");
	return h->v->shared ? 0 : -ENOMEM;
}

void holder_main(struct served *v, int control)
{
	struct holder h = { .v = v, .control = control, .server = FD_NONE };
	struct error err = ERROR_INIT;
	int r = begin(&h, &err);

	if (r == 0)
		r = start_server(&h, control);
	if (r == 0)
		hold(&h);
	else
		log_error(&err);
	_exit(r < 0);
}

/* As make_argv() wrote them: none is NBD. */
static int parse_fds(const char *list, struct served *v)
{
	auto_free char *copy = strdup(list);
	char *text = copy;
	unsigned n = 0;

	v->backend = *list ? BACKEND_FUSE : BACKEND_NBD;
	for (char *word; *list && (word = strsep(&text, ",")); n++) {
		uint64_t fd;

		if (n == FUSE_FILE_THREADS || parse_u64(word, INT32_MAX, &fd) < 0 ||
		    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
			return -EINVAL;
		v->fds[n] = (int)fd;
	}
	return n == n_fds(v) ? 0 : -EINVAL;
}

/* Take over: from a holder that was killed, whose server lives, or from ourselves of an earlier version. */
int template_hold(const struct template_call *c, struct error *err)
{
	struct served v = { .store = c->store,
			    .id = c->argv[0],
			    .dir_fd = mount_record_dir(c->store, c->argv[0]) };
	struct holder h = { .v = &v, .control = FD_NONE, .server = FD_NONE };
	int r = v.dir_fd < 0 ? v.dir_fd : mount_server_read(v.dir_fd, &h.pids);

	if (r == 0)
		r = parse_fds(c->argv[1], &v);
	if (r < 0)
		return error_set(err, r, "cannot take over the mount '%s'", c->argv[0]);
	r = begin(&h, err);
	if (r < 0)
		return r;
	h.server = process_open(h.pids.server.pid, h.pids.server.start);
	write_pids(&h);
	if (h.server >= 0 || on_server_end(&h))
		hold(&h);
	return 0;
}
