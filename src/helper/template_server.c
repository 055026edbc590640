/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: What must not happen here
 *
 * The kernel writes to this process in order to free memory. If the process then waits for memory itself, nothing
 * moves any more. So: it leaves the cgroup of whoever started it, whose limit the writers are under; all its memory
 * is locked and there before the first request; it reads and writes its files past the page cache; and where it may,
 * it tells the kernel what it is (PR_SET_IO_FLUSHER).
 */
#include "helper/template_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/log.h"
#include "helper/template_device.h"
#include "helper/template_hold.h"
#include "helper/template_publish.h"
#include "sys/nbd.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "template/nbdfront.h"

#define IO_FLUSHER   57 /* PR_SET_IO_FLUSHER, 5.6 */
#define THREAD_STACK (256u << 10)

struct server {
	const struct served *v;
	struct served_device device;
	struct fuse_server *fuse; /* one of the two; owned */
	struct nbd_front *nbd;
	unsigned slot;
	int signals, events, control, holder; /* owned */
};

/* What is written to cgroup.procs of a hierarchy's root. Best effort: not every host lets us, or has these. */
static void leave_cgroups(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup/cgroup.procs",
					     "/sys/fs/cgroup/unified/cgroup.procs",
					     "/sys/fs/cgroup/memory/cgroup.procs" };

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		auto_close int fd = open(roots[i], O_WRONLY | O_CLOEXEC);

		if (fd >= 0)
			(void)fd_write_all(fd, "0", 1);
	}
}

static void lock_memory(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		log_warning("cannot lock the server's memory: %s", strerror(errno));
	(void)prctl(IO_FLUSHER, 1, 0, 0, 0);
}

/* Threads of libraries too: the default stack is 8 MiB, all of which would be locked. */
static void limit_stacks(void)
{
	pthread_attr_t attr;

	if (pthread_attr_init(&attr) != 0)
		return;
	(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
	(void)pthread_setattr_default_np(&attr);
	(void)pthread_attr_destroy(&attr);
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR1);
	/* Before any thread is made: they inherit it. */
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int find_holder(const struct served *v)
{
	struct mount_server pids;
	int r = mount_server_read(v->dir_fd, &pids);

	return r < 0 ? r : process_open(pids.holder.pid, pids.holder.start);
}

static int start_front(struct server *s, bool resume, struct error *err)
{
	const struct fuse_server_options fuse = { .fds = s->v->fds,
						  .device = s->device.device,
						  .event_fd = s->events,
						  .resume = resume,
						  .can_resume = &s->v->shared->can_resume };
	const struct nbd_front_options nbd = { .device = s->device.device,
					       .backend = s->v->id,
					       .event_fd = s->events,
					       .resume = resume };
	int r;

	if (s->v->backend == BACKEND_FUSE)
		return fuse_server_start(&fuse, &s->fuse, err);
	atomic_store(&s->v->shared->can_resume, true);
	r = nbd_front_start(&nbd, &s->nbd, &s->slot, err);
	if (r == -ENOENT && resume)
		atomic_store(&s->v->shared->finished, true);
	return r;
}

static int open_all(struct server *s, bool resume, struct error *err)
{
	auto_mount_record struct mount_record record = MOUNT_RECORD_INIT;
	int r = mount_record_read(s->v->store, s->v->id, &record, err);

	if (r == 0)
		r = served_device_open(s->v->store, &record, &s->device, err);
	if (r < 0)
		return r;
	s->events = eventfd(0, EFD_CLOEXEC);
	s->control = control_listen(s->v->dir_fd);
	if (s->events < 0 || s->control < 0)
		return error_set(err, s->control < 0 ? s->control : errno, "cannot start the block server");
	lock_memory();
	r = start_front(s, resume, err);
	if (r == 0 && resume)
		publish_thaw(&record, s->v->shared);
	return r;
}

static void tell_ready(const struct server *s, int fd, const struct error *err)
{
	struct served_ready ready = { .error = *err };

	if (fd < 0)
		return;
	if (err->code == 0 && s->device.device) {
		ready.slot = s->slot;
		ready.block_size = s->device.device->block_size;
		(void)snprintf(ready.fs_type, sizeof(ready.fs_type), "%s", s->device.fs.type);
	}
	(void)send(fd, &ready, sizeof(ready), MSG_NOSIGNAL);
}

static void on_request(const struct server *s, struct control_request *q, struct control_reply *reply)
{
	auto_mount_record struct mount_record record = MOUNT_RECORD_INIT;
	int r;

	q->text[sizeof(q->text) - 1] = '\0';
	switch (q->command) {
	case CONTROL_COUNTERS:
		served_device_counters(&s->device, &reply->counters);
		return;
	case CONTROL_COMMIT:
		r = mount_record_read(s->v->store, s->v->id, &record, &reply->error);
		if (r == 0)
			r = publish_frozen(s->device.inner, &record, q->text, s->v->shared, &reply->error);
		break;
	default:
		r = error_msg(&reply->error, EINVAL, "the server does not know this command");
	}
	reply->result = r;
}

static void on_control(const struct server *s)
{
	auto_close int fd = accept4(s->control, NULL, NULL, SOCK_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct control_request q;
	struct control_reply reply = { 0 };

	/* Whoever connects is root and has sent already; but nobody may keep us. */
	if (fd < 0 || poll(&p, 1, 1000) <= 0 ||
	    recv(fd, &q, sizeof(q), MSG_DONTWAIT) != (ssize_t)sizeof(q))
		return;
	on_request(s, &q, &reply);
	(void)send(fd, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The holder was killed: without one, the next death would be the mount's end. */
static void replace_holder(struct server *s)
{
	struct error err = ERROR_INIT;
	pid_t pid = -1;

	fd_close(&s->holder);
	if (holder_spawn(s->v, &pid, &err) < 0)
		log_error(&err);
	else
		s->holder = sys_pidfd_open(pid);
}

/* Return: false when it is time to go. */
static bool on_signal(struct server *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGUSR1)
			return false;
		/* Unmounting is the holder's: it needs us while it does. */
		(void)sys_pidfd_send_signal(s->holder, SIGTERM);
	}
	return true;
}

static void serve(struct server *s)
{
	for (;;) {
		struct pollfd p[] = { { .fd = s->events, .events = POLLIN },
				      { .fd = s->signals, .events = POLLIN },
				      { .fd = s->control, .events = POLLIN },
				      { .fd = s->holder, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue;
		if (p[0].revents) {
			/* Of NBD, connections alone may have ended: who starts next will find the device, or not. */
			if (s->v->backend == BACKEND_FUSE || nbd_find(s->v->id) < 0)
				atomic_store(&s->v->shared->finished, true);
			return;
		}
		if (p[1].revents && !on_signal(s))
			return;
		if (p[2].revents)
			on_control(s);
		if (p[3].revents)
			replace_holder(s);
	}
}

void server_main(const struct served *v, int ready_fd)
{
	struct server s = { .v = v,
			    .device = SERVED_DEVICE_INIT,
			    .signals = open_signals(),
			    .events = FD_NONE,
			    .control = FD_NONE,
			    .holder = find_holder(v) };
	struct error err = ERROR_INIT;
	int r;

	(void)signal(SIGCHLD, SIG_IGN);
	(void)prctl(PR_SET_NAME, "berth-server");
	atomic_store(&v->shared->drained, false);
	limit_stacks();
	leave_cgroups();
	r = open_all(&s, ready_fd < 0, &err);
	if (r < 0 && err.code == 0)
		(void)error_set(&err, r, "cannot start the block server");
	tell_ready(&s, ready_fd, &err);
	fd_close(&ready_fd);
	if (r < 0) {
		log_error(&err);
		_exit(1);
	}
	serve(&s);
	fuse_server_stop(s.fuse);
	nbd_front_stop(s.nbd);
	served_device_done(&s.device);
	atomic_store(&v->shared->drained, true);
	_exit(0);
}
