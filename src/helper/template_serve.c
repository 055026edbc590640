/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-template serve ROOT RUN ID: make the mount that record ID asks for, on the directory that is open as
 * descriptor 4, and leave its holder and server behind.
 *
 * What is made here goes with this process's descriptors, or is undone by the holder when this process ends without
 * having said HOLDER_GO. So there is nothing to undo on any error path, and none on being killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "helper/template_hold.h"
#include "helper/template_publish.h"
#include "helper/template_verbs.h"
#include "sys/loop.h"
#include "sys/nbd.h"
#include "template/backends.h"
#include "template/fsmount.h"

#define TARGET_FD 4

struct starter {
	struct served v; /* .fds owned until the holder has them */
	struct mount_record record;
	int mount;   /* owned; of the FUSE file */
	int control; /* owned; to the holder */
};

static void starter_done(struct starter *t)
{
	for (unsigned i = 0; i < FUSE_FILE_THREADS; i++)
		fd_close(&t->v.fds[i]);
	fd_close(&t->v.dir_fd);
	fd_close(&t->mount);
	fd_close(&t->control);
	mount_record_done(&t->record);
}
DEFINE_AUTO(starter, struct starter, starter_done)

/* The holder keeps nothing of whoever started it: no terminal, no directory, none of its files. */
static void leave_starter(struct starter *t)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int log = openat(t->v.dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, 0);
	if (chdir("/") < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(1);
	(void)close(CHILD_ERROR_FD);
	(void)close(TARGET_FD);
	fd_close(&t->mount);
	fd_close(&t->control);
}

static int start_holder(struct starter *t, struct error *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "cannot make a socket");
	t->control = pair[0];
	pid = fork();
	if (pid == 0) {
		leave_starter(t);
		holder_main(&t->v, pair[1]);
	}
	fd_close(&pair[1]);
	/* From here on only they keep the file alive. */
	for (unsigned i = 0; i < FUSE_FILE_THREADS; i++)
		fd_close(&t->v.fds[i]);
	return pid < 0 ? error_set(err, errno, "cannot start the holder") : 0;
}

static int wait_ready(const struct starter *t, struct served_ready *ret, struct error *err)
{
	ssize_t n;

	do
		n = recv(t->control, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*ret))
		return error_msg(err, EIO, "the block server died while it started");
	if (ret->error.code == 0)
		return 0;
	*err = ret->error;
	return -err->code;
}

/* A loop device over the FUSE file. */
static int make_loop(struct starter *t, const struct served_ready *ready, struct error *err)
{
	char path[32];
	auto_close int file = FD_NONE;
	unsigned slot = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", t->mount);
	file = open(path, (t->record.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (file < 0)
		return error_set(err, errno, "cannot open the template's device");
	fd = loop_attach(file, ready->block_size,
			 LOOP_DIRECT | (t->record.read_only ? LOOP_READ_ONLY : 0), &slot, err);
	return fd < 0 ? fd : record_set_device(&t->record, "loop", slot, BACKEND_FUSE, &fd, err);
}

/* The server has connected it. Held open until it is mounted: it goes with its last user from then on. */
static int open_nbd(struct starter *t, const struct served_ready *ready, struct error *err)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/dev/nbd%u", ready->slot);
	fd = open(path, (t->record.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	return record_set_device(&t->record, "nbd", ready->slot, BACKEND_NBD, &fd, err);
}

static int mount_file_system(struct starter *t, const struct served_ready *ready, struct error *err)
{
	auto_close int fs = record_mount(&t->record, ready->fs_type, false, err);
	const char go = HOLDER_GO;
	int r = fs < 0 ? fs : record_attach(t->v.store, &t->record, fs, TARGET_FD, err);

	if (r == 0 && t->v.backend == BACKEND_NBD)
		r = nbd_autoclear(ready->slot, t->v.id, err);
	if (r == 0 && send(t->control, &go, 1, MSG_NOSIGNAL) != 1)
		r = error_set(err, errno, "the block server died while it started");
	return r;
}

/* AUTO: the driver that somebody has loaded is there to be used. */
static int choose(struct starter *t, struct error *err)
{
	struct error ignored = ERROR_INIT;

	t->v.backend = t->record.backend;
	if (t->record.backend == BACKEND_AUTO)
		t->v.backend = backend_check(BACKEND_NBD, &ignored) == 0 ? BACKEND_NBD : BACKEND_FUSE;
	if (backend_check(t->v.backend, err) < 0)
		return -err->code;
	return t->v.backend == BACKEND_NBD ? 0 : fuse_file_mount(t->v.fds, &t->mount, err);
}

int template_serve(const struct template_call *c, struct error *err)
{
	auto_clean(starter) struct starter t = {
		.v = { .store = c->store, .id = c->argv[0], .dir_fd = mount_record_dir(c->store, c->argv[0]) },
		.record = MOUNT_RECORD_INIT, .mount = FD_NONE, .control = FD_NONE,
	};
	auto_close int device = FD_NONE;
	struct served_ready ready = { .slot = 0 };
	int r = mount_record_read(c->store, c->argv[0], &t.record, err);

	for (unsigned i = 0; i < FUSE_FILE_THREADS; i++)
		t.v.fds[i] = FD_NONE;
	if (r == 0)
		r = publish_check(&t.record, err);
	if (r == 0)
		r = choose(&t, err);
	if (r == 0)
		r = start_holder(&t, err);
	if (r == 0)
		r = wait_ready(&t, &ready, err);
	if (r < 0)
		return r;
	device = t.v.backend == BACKEND_FUSE ? make_loop(&t, &ready, err) : open_nbd(&t, &ready, err);
	if (device < 0)
		return device;
	return mount_file_system(&t, &ready, err);
}
