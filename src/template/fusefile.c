/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: Theory of operation
 *
 * The protocol is spoken on /dev/fuse itself rather than through libfuse, because libfuse can't take over a file
 * system that another process had before, and because a block device needs eight of its fifty requests.
 *
 * Each thread has a descriptor of its own (FUSE_DEV_IOC_CLONE), on which it reads a request and writes the answer:
 * the kernel looks for the request that an answer belongs to in the list of that descriptor alone. If the process
 * dies while somebody else holds the descriptors, the requests stay in those lists; FUSE_NOTIFY_RESEND makes the
 * kernel hand them out again. All requests can be done twice.
 *
 * One thing is not undone by that: if the kernel can't copy a request into a thread's buffer, or an answer out of it,
 * it ends the request with EIO. It can't while the process is being killed, unless the buffer's pages are there, for
 * a killed process gets no page any more. So they are there from the start, whether or not memory can be locked
 * (AddressSanitizer's mlockall(2) does nothing), and a fork(2), as for a new holder, takes none of them away.
 *
 * The caller of all this is the kernel's loop driver with direct I/O. The file is opened with FOPEN_DIRECT_IO, so
 * that no page cache is between the two, and with FOPEN_PARALLEL_DIRECT_WRITES, as nobody appends.
 */
#include "template/fusefile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/mountapi.h"

/* Newer than Debian 12's headers: 7.40 */
#define NOTIFY_RESEND	7
#define INIT_HAS_RESEND (1ull << 39)

#define PAGE	       4096u
#define WRITE_HEADER   (sizeof(struct fuse_in_header) + sizeof(struct fuse_write_in))
#define MAX_BACKGROUND 256 /* requests that the kernel has under way; the default, 12, starves direct I/O */
#define FOREVER	       (365ull * 24 * 3600)
#define STACK_SIZE     (256u << 10)
#define STOP_SIGNAL    SIGUSR2
#define FILE_HANDLE    1
#define BUFFER_SIZE    (PAGE + FUSE_FILE_MAX_IO)

struct worker {
	struct fuse_server *server;
	pthread_t thread;
	int fd; /* borrowed */
	/* Page, data: a request's header ends where .data begins, so that what is written lies page-aligned. */
	char *buffer; /* owned; BUFFER_SIZE bytes, mapped */
	char *data;   /* in .buffer */
	atomic_bool done;
};

struct fuse_server {
	struct block_device *device; /* borrowed */
	int event_fd;		     /* borrowed */
	atomic_bool *can_resume;     /* borrowed */
	atomic_bool stop;
	unsigned n;
	struct worker workers[FUSE_FILE_THREADS];
};

int fuse_file_mount(int fds[FUSE_FILE_THREADS], int *ret_mount_fd, struct error *err)
{
	auto_close int first = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	auto_close int mount = FD_NONE;
	char number[16];
	const struct fs_option options[] = {
		{ .kind = FS_STRING, .key = "fd", .value = number },
		{ .kind = FS_STRING, .key = "rootmode", .value = "100600" },
		{ .kind = FS_STRING, .key = "user_id", .value = "0" },
		{ .kind = FS_STRING, .key = "group_id", .value = "0" },
		{ .key = NULL },
	};
	int r;

	if (first < 0) {
		r = error_set(err, errno, "cannot open '/dev/fuse'");
		return error_hint(err, r, "load the kernel's module: modprobe fuse");
	}
	(void)snprintf(number, sizeof(number), "%d", first);
	mount = fs_mount("fuse", "berth", options, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC, err);
	if (mount < 0)
		return mount;
	fds[0] = first;
	for (unsigned i = 1; i < FUSE_FILE_THREADS; i++) {
		fds[i] = open("/dev/fuse", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0 || ioctl(fds[i], FUSE_DEV_IOC_CLONE, &first) < 0) {
			r = error_set(err, errno, "cannot clone '/dev/fuse'");
			for (unsigned j = 1; j <= i; j++)
				fd_close(&fds[j]);
			return r;
		}
	}
	(void)take_fd(&first);
	*ret_mount_fd = take_fd(&mount);
	return 0;
}

/* ---- answers ---- */

/* ENOENT: the request was interrupted or its file system is gone. Nobody waits for this answer then. */
static void answer(const struct worker *w, uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + (error == 0 ? len : 0)),
		.error = error,
		.unique = unique,
	};
	const struct iovec v[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = len },
	};

	while (writev(w->fd, v, error == 0 && len > 0 ? 2 : 1) < 0 && errno == EINTR)
		continue;
}

static void do_init(const struct worker *w, const struct fuse_in_header *h)
{
	const struct fuse_init_in *in = (const void *)(h + 1);
	uint64_t flags = in->flags | (in->flags & FUSE_INIT_EXT ? (uint64_t)in->flags2 << 32 : 0);
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = MIN(in->minor, (uint32_t)FUSE_KERNEL_MINOR_VERSION),
		.max_readahead = in->max_readahead,
		.flags = (uint32_t)(flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_ASYNC_DIO |
					     FUSE_MAX_PAGES | FUSE_PARALLEL_DIROPS)),
		.max_background = MAX_BACKGROUND,
		.congestion_threshold = MAX_BACKGROUND,
		.max_write = FUSE_FILE_MAX_IO,
		.max_pages = FUSE_FILE_MAX_IO / PAGE,
		.time_gran = 1,
	};

	atomic_store(w->server->can_resume, (flags & INIT_HAS_RESEND) != 0);
	answer(w, h->unique, 0, &out, sizeof(out));
}

static void do_getattr(const struct worker *w, const struct fuse_in_header *h)
{
	const struct block_device *d = w->server->device;
	struct fuse_attr_out out = {
		.attr_valid = FOREVER,
		.attr = { .ino = FUSE_ROOT_ID,
			  .size = d->size,
			  .blocks = d->size / 512,
			  .mode = S_IFREG | 0600,
			  .nlink = 1,
			  .blksize = d->block_size },
	};

	answer(w, h->unique, 0, &out, sizeof(out));
}

static void do_open(const struct worker *w, const struct fuse_in_header *h)
{
	struct fuse_open_out out = {
		.fh = FILE_HANDLE,
		.open_flags = FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE | FOPEN_PARALLEL_DIRECT_WRITES,
	};

	answer(w, h->unique, 0, &out, sizeof(out));
}

/* Of what is asked for, what lies within the device. */
static size_t within(const struct block_device *d, uint64_t offset, size_t length)
{
	if (offset >= d->size)
		return 0;
	return (size_t)MIN(d->size - offset, (uint64_t)length);
}

static void do_read(const struct worker *w, const struct fuse_in_header *h)
{
	const struct fuse_read_in *in = (const void *)(h + 1);
	struct block_device *d = w->server->device;
	uint64_t unique = h->unique, offset = in->offset;
	size_t n = within(d, offset, MIN(in->size, FUSE_FILE_MAX_IO));
	/* The data takes the place of the request. */
	int r = n > 0 ? d->ops->read(d, w->data, n, offset) : 0;

	answer(w, unique, r, w->data, n);
}

static void do_write(const struct worker *w, const struct fuse_in_header *h)
{
	const struct fuse_write_in *in = (const void *)(h + 1);
	struct block_device *d = w->server->device;
	struct fuse_write_out out = { .size = in->size };
	int r;

	if (in->size > FUSE_FILE_MAX_IO || within(d, in->offset, in->size) != in->size)
		r = -ENOSPC;
	else
		r = in->size > 0 ? d->ops->write(d, w->data, in->size, in->offset) : 0;
	answer(w, h->unique, r, &out, sizeof(out));
}

/* The loop driver's discard and write-zeroes. Both may be done as either: what reads as zeros is right for both. */
static void do_fallocate(const struct worker *w, const struct fuse_in_header *h)
{
	const struct fuse_fallocate_in *in = (const void *)(h + 1);
	struct block_device *d = w->server->device;
	size_t n = within(d, in->offset, in->length);
	int r = 0;

	if (!(in->mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)))
		r = -EOPNOTSUPP;
	else if (n > 0)
		r = d->ops->zero(d, n, in->offset);
	answer(w, h->unique, r, NULL, 0);
}

static void do_flush(const struct worker *w, const struct fuse_in_header *h)
{
	struct block_device *d = w->server->device;

	answer(w, h->unique, d->read_only ? 0 : d->ops->flush(d), NULL, 0);
}

static void do_statfs(const struct worker *w, const struct fuse_in_header *h)
{
	struct fuse_statfs_out out = { .st = { .bsize = PAGE, .frsize = PAGE, .namelen = 255 } };

	answer(w, h->unique, 0, &out, sizeof(out));
}

static void handle(const struct worker *w, const struct fuse_in_header *h)
{
	switch (h->opcode) {
	case FUSE_READ:
		return do_read(w, h);
	case FUSE_WRITE:
		return do_write(w, h);
	case FUSE_FSYNC:
		return do_flush(w, h);
	case FUSE_FALLOCATE:
		return do_fallocate(w, h);
	case FUSE_INIT:
		return do_init(w, h);
	case FUSE_GETATTR:
		return do_getattr(w, h);
	case FUSE_OPEN:
		return do_open(w, h);
	case FUSE_STATFS:
		return do_statfs(w, h);
	case FUSE_RELEASE:
	case FUSE_FLUSH:
	case FUSE_DESTROY:
		return answer(w, h->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: /* each request ends by itself */
		return;
	default:
		return answer(w, h->unique, -ENOSYS, NULL, 0);
	}
}

/* ---- threads ---- */

/* Whether the request is whole: the kernel's word, but it is as cheap to check as to believe. */
static bool is_whole(const struct fuse_in_header *h, size_t n)
{
	static const size_t bodies[] = {
		[FUSE_READ] = sizeof(struct fuse_read_in),
		[FUSE_WRITE] = sizeof(struct fuse_write_in),
		[FUSE_FALLOCATE] = sizeof(struct fuse_fallocate_in),
		[FUSE_INIT] = 16, /* as old kernels send it */
	};
	size_t body = h->opcode < ARRAY_SIZE(bodies) ? bodies[h->opcode] : 0;

	if (n < sizeof(*h) || h->len != n || n < sizeof(*h) + body)
		return false;
	return h->opcode != FUSE_WRITE ||
	       n - WRITE_HEADER >= ((const struct fuse_write_in *)(const void *)(h + 1))->size;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct fuse_in_header *h = (void *)(w->data - WRITE_HEADER);
	const uint64_t one = 1;

	while (!atomic_load(&w->server->stop)) {
		ssize_t n = read(w->fd, h, WRITE_HEADER + FUSE_FILE_MAX_IO);

		if (n >= 0) {
			if (is_whole(h, (size_t)n))
				handle(w, h);
		} else if (errno != EINTR && errno != ENOENT && errno != EAGAIN) {
			/* ENODEV: unmounted, or aborted. */
			while (write(w->server->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
				continue;
			break;
		}
	}
	atomic_store(&w->done, true);
	return NULL;
}

static void interrupted(int signal)
{
	(void)signal; /* only to make read(2) return */
}

/* A signal may come before read(2) is entered, and is lost then: it is sent until the thread says that it ends. */
static void end_worker(struct worker *w)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (!atomic_load(&w->done)) {
		(void)pthread_kill(w->thread, STOP_SIGNAL);
		(void)nanosleep(&pause, NULL);
	}
	(void)pthread_join(w->thread, NULL);
}

void fuse_server_stop(struct fuse_server *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	for (unsigned i = 0; i < s->n; i++) {
		end_worker(&s->workers[i]);
		(void)munmap(s->workers[i].buffer, BUFFER_SIZE);
	}
	free(s);
}

/* All its pages there, and staying there. */
static char *map_buffer(void)
{
	void *p = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Not to be shared with a child: until one of the two is given a copy, nobody could write to the page. */
	(void)madvise(p, BUFFER_SIZE, MADV_DONTFORK);
	return p;
}

static int start_worker(struct worker *w, const pthread_attr_t *attr)
{
	int r;

	w->buffer = map_buffer();
	if (!w->buffer)
		return -ENOMEM;
	w->data = w->buffer + PAGE;
	r = pthread_create(&w->thread, attr, work, w);
	if (r != 0)
		(void)munmap(w->buffer, BUFFER_SIZE);
	return -r;
}

static int start_workers(struct fuse_server *s, const int *fds)
{
	struct sigaction action = { .sa_handler = interrupted };
	pthread_attr_t attr;
	int r = sigaction(STOP_SIGNAL, &action, NULL) < 0 ? -errno : -pthread_attr_init(&attr);

	if (r < 0)
		return r;
	/* The default is 8 MiB, and all of it would be locked in memory. */
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (unsigned i = 0; r == 0 && i < FUSE_FILE_THREADS; i++) {
		s->workers[i].server = s;
		s->workers[i].fd = fds[i];
		r = start_worker(&s->workers[i], &attr);
		s->n += r == 0;
	}
	(void)pthread_attr_destroy(&attr);
	return r;
}

static int ask_again(int fd)
{
	struct fuse_out_header notify = { .len = sizeof(notify), .error = NOTIFY_RESEND };

	return write(fd, &notify, sizeof(notify)) < 0 ? -errno : 0;
}

int fuse_server_start(const struct fuse_server_options *o, struct fuse_server **ret,
		      struct error *err)
{
	struct fuse_server *s = calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	if (r == 0) {
		s->device = o->device;
		s->event_fd = o->event_fd;
		/* EINVAL: a kernel that has no such thing. There is nothing to ask for after an orderly stop. */
		r = o->resume ? ask_again(o->fds[0]) : 0;
		s->can_resume = o->can_resume;
		if (o->resume)
			atomic_store(o->can_resume, r == 0);
		r = start_workers(s, o->fds);
	}
	if (r < 0) {
		fuse_server_stop(s);
		return error_set(err, r, "cannot start the block server's threads");
	}
	*ret = s;
	return 0;
}
