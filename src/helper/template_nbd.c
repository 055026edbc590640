/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-template nbd ROOT RUN BUILD SOCKET OVERLAY: serve a build as an NBD export on a Unix socket until SIGTERM or
 * SIGINT. OVERLAY is the file that takes what is written, "" to serve it read-only.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "helper/template_verbs.h"
#include "template/align.h"
#include "template/nbdhandshake.h"
#include "template/nbdserve.h"
#include "template/stream.h"

#define BUFFER_SIZE (1u << 20)
#define BACKLOG	    16

struct client {
	struct block_device *device; /* borrowed */
	int fd;			     /* owned */
};

static void *serve_client(void *arg)
{
	struct client *c = arg;
	void *buffer = NULL;

	if (posix_memalign(&buffer, 4096, BUFFER_SIZE) == 0 && nbd_handshake(c->fd, c->device) == 1)
		(void)nbd_serve(c->fd, c->device, buffer, BUFFER_SIZE);
	free(buffer);
	fd_close(&c->fd);
	free(c);
	return NULL;
}

static void accept_client(int listener, struct block_device *d, const pthread_attr_t *attr)
{
	auto_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct client *c = fd < 0 ? NULL : malloc(sizeof(*c));
	pthread_t thread;

	if (!c)
		return;
	*c = (struct client){ d, take_fd(&fd) };
	if (pthread_create(&thread, attr, serve_client, c) == 0)
		return;
	fd_close(&c->fd);
	free(c);
}

static int listen_on(const char *path, struct error *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t saved;
	int r;

	if (strlen(path) >= sizeof(a.sun_path))
		return error_msg(err, ENAMETOOLONG, "the path of the socket is too long: '%s'", path);
	memcpy(a.sun_path, path, strlen(path));
	saved = umask(0177);
	r = fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0 ? -errno : 0;
	(void)umask(saved);
	return r < 0 ? error_set(err, r, "cannot listen on '%s'", path) : take_fd(&fd);
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Clients are left to end with the process: each of their requests is answered or it is not. */
static int serve(struct block_device *d, int listener, struct error *err)
{
	auto_close int signals = open_signals();
	pthread_attr_t attr;

	if (signals < 0 || pthread_attr_init(&attr) != 0)
		return error_set(err, EAGAIN, "cannot start the server");
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		struct pollfd p[] = { { .fd = listener, .events = POLLIN },
				      { .fd = signals, .events = POLLIN } };

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			return d->read_only ? 0 : d->ops->flush(d);
		if (p[0].revents)
			accept_client(listener, d, &attr);
	}
}

static int serve_build(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	const char *path = c->argv[1], *overlay = *c->argv[2] ? c->argv[2] : NULL;
	struct block_device *d = NULL, *any = NULL;
	auto_close int listener = FD_NONE;
	int r = template_call_stream(c, c->argv[0], overlay, &l, &d, err);

	if (r < 0 || !d)
		return r;
	/* Clients may ask for any byte; the device takes whole blocks. */
	r = align_open(d, 1, &any);
	if (r < 0)
		return error_set(err, r, "cannot serve the build");
	listener = listen_on(path, err);
	if (listener < 0)
		return listener;
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	r = serve(any, listener, err);
	(void)unlink(path);
	return r;
}

/* berth itself has become this process: it ends as a command of berth does. Threads may still use the device. */
int template_nbd(const struct template_call *c, struct error *err)
{
	int r = serve_build(c, err);

	if (r < 0)
		log_error(err);
	_exit(r < 0 ? 1 : 0);
}
