/* SPDX-License-Identifier: Apache-2.0 */
#include "template/nbdfront.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/nbd.h"
#include "template/nbdserve.h"

#define CONNECTIONS 4u /* the driver has a queue for each */
#define BUFFER_SIZE (512u << 10)
#define PAGE	    4096u
#define STACK_SIZE  (256u << 10)

struct connection {
	struct nbd_front *front;
	pthread_t thread;
	bool started;
	int ours, kernels; /* owned; the ends of the socket pair */
	void *buffer;	   /* owned */
};

struct nbd_front {
	struct block_device *device; /* borrowed */
	int event_fd;		     /* borrowed */
	atomic_uint running;
	atomic_bool stopping;
	struct connection connections[CONNECTIONS];
};

static void *work(void *arg)
{
	struct connection *c = arg;
	const uint64_t one = 1;

	(void)nbd_serve(c->ours, c->front->device, c->buffer, BUFFER_SIZE);
	/* All have ended: the kernel has disconnected the device. */
	if (atomic_fetch_sub(&c->front->running, 1) == 1 && !atomic_load(&c->front->stopping)) {
		while (write(c->front->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			continue;
	}
	return NULL;
}

void nbd_front_stop(struct nbd_front *f)
{
	if (!f)
		return;
	atomic_store(&f->stopping, true);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &f->connections[i];

		/* What is under way is answered first: only the way in is closed. */
		if (c->started) {
			(void)shutdown(c->ours, SHUT_RD);
			(void)pthread_join(c->thread, NULL);
		}
		fd_close(&c->ours);
		fd_close(&c->kernels);
		free(c->buffer);
	}
	free(f);
}

static int prepare(struct nbd_front *f)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &f->connections[i];
		int pair[2];

		c->front = f;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			return -errno;
		c->ours = pair[0];
		c->kernels = pair[1];
		if (posix_memalign(&c->buffer, PAGE, BUFFER_SIZE) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int start_threads(struct nbd_front *f)
{
	pthread_attr_t attr;
	int r = -pthread_attr_init(&attr);

	if (r < 0)
		return r;
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	atomic_store(&f->running, CONNECTIONS);
	for (unsigned i = 0; r == 0 && i < CONNECTIONS; i++) {
		r = -pthread_create(&f->connections[i].thread, &attr, work, &f->connections[i]);
		f->connections[i].started = r == 0;
	}
	(void)pthread_attr_destroy(&attr);
	return r;
}

static int configure(struct nbd_front *f, const struct nbd_front_options *o, struct error *err)
{
	int sockets[CONNECTIONS];
	struct nbd_config c = { .size = o->device->size,
				.block_size = o->device->block_size,
				.read_only = o->device->read_only,
				.backend = o->backend,
				.sockets = sockets,
				.n = CONNECTIONS };
	int slot, r;

	for (unsigned i = 0; i < CONNECTIONS; i++)
		sockets[i] = f->connections[i].kernels;
	if (!o->resume)
		return nbd_connect(&c, err);
	slot = nbd_find(o->backend);
	if (slot < 0)
		return error_set(err, slot, "the network block device is gone");
	r = nbd_reconnect((unsigned)slot, &c, err);
	return r < 0 ? r : slot;
}

int nbd_front_start(const struct nbd_front_options *o, struct nbd_front **ret, unsigned *ret_slot,
		    struct error *err)
{
	struct nbd_front *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return error_set(err, ENOMEM, "cannot start the block server");
	f->device = o->device;
	f->event_fd = o->event_fd;
	for (unsigned i = 0; i < CONNECTIONS; i++)
		f->connections[i].ours = f->connections[i].kernels = FD_NONE;
	r = prepare(f);
	/* Before the device is there: the kernel reads its partition table as soon as it is. */
	if (r == 0)
		r = start_threads(f);
	r = r < 0 ? error_set(err, r, "cannot start the block server's threads") : configure(f, o, err);
	if (r < 0) {
		nbd_front_stop(f);
		return r;
	}
	*ret_slot = (unsigned)r;
	/* The kernel has references of its own; with ours open, its end would outlive it. */
	for (unsigned i = 0; i < CONNECTIONS; i++)
		fd_close(&f->connections[i].kernels);
	*ret = f;
	return 0;
}
