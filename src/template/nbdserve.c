/* SPDX-License-Identifier: Apache-2.0 */
#include "template/nbdserve.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macros.h"

#define REQUEST_MAGIC 0x25609513u
#define REPLY_MAGIC   0x67446698u

enum { CMD_READ, CMD_WRITE, CMD_DISC, CMD_FLUSH, CMD_TRIM, CMD_CACHE, CMD_WRITE_ZEROES };
#define FLAG_FUA 1u

/* The protocol's own numbers, which happen to be Linux's. */
enum { NBD_OK = 0, NBD_EPERM = 1, NBD_EIO = 5, NBD_EINVAL = 22, NBD_ENOSPC = 28 };

struct request {
	uint32_t magic;
	uint16_t flags, type;
	uint64_t cookie, offset;
	uint32_t length;
} __attribute__((packed));

struct reply {
	uint32_t magic, error;
	uint64_t cookie;
} __attribute__((packed));

struct connection {
	int fd;
	struct block_device *d;
	void *buffer;
	size_t size;
};

/* Return: 1; 0 at end of file before the first byte; -errno. */
static int receive(int fd, void *to, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = recv(fd, (char *)to + got, n - got, MSG_WAITALL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return got == 0 ? 0 : -ECONNRESET;
		got += (size_t)r;
	}
	return 1;
}

static int transmit(int fd, const void *from, size_t n, int flags)
{
	while (n > 0) {
		ssize_t r = send(fd, from, n, MSG_NOSIGNAL | flags);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		from = (const char *)from + r;
		n -= (size_t)r;
	}
	return 0;
}

static int answer(const struct connection *c, const struct request *q, int r, bool data_follows)
{
	uint32_t error = r == 0		 ? NBD_OK
			 : r == -EROFS	 ? NBD_EPERM
			 : r == -EINVAL	 ? NBD_EINVAL
			 : r == -ENOSPC	 ? NBD_ENOSPC
					 : NBD_EIO;
	struct reply reply = { htobe32(REPLY_MAGIC), htobe32(error), q->cookie };

	return transmit(c->fd, &reply, sizeof(reply), data_follows ? MSG_MORE : 0);
}

/*
 * A simple reply says how it went before the data: when a later piece can't be read, all that is left is to end the
 * connection. So no data go out before the first piece was read, which most requests are.
 */
static int do_read(const struct connection *c, const struct request *q, uint64_t offset, size_t length)
{
	size_t n = MIN(length, c->size);
	int r = c->d->ops->read(c->d, c->buffer, n, offset);

	if (r < 0)
		return answer(c, q, r, false);
	r = answer(c, q, 0, true);
	for (;;) {
		if (r == 0)
			r = transmit(c->fd, c->buffer, n, length > n ? MSG_MORE : 0);
		offset += n;
		length -= n;
		if (r < 0 || length == 0)
			return r;
		n = MIN(length, c->size);
		r = c->d->ops->read(c->d, c->buffer, n, offset);
	}
}

/* All of what is to be written is taken from the connection, whether or not it can be written. */
static int do_write(const struct connection *c, const struct request *q, uint64_t offset,
		    size_t length, int refused)
{
	int result = refused;

	while (length > 0) {
		size_t n = MIN(length, c->size);
		int r = receive(c->fd, c->buffer, n);

		if (r <= 0)
			return r < 0 ? r : -ECONNRESET;
		if (result == 0)
			result = c->d->ops->write(c->d, c->buffer, n, offset);
		offset += n;
		length -= n;
	}
	if (result == 0 && (be16toh(q->flags) & FLAG_FUA))
		result = c->d->ops->flush(c->d);
	return answer(c, q, result, false);
}

static int check_range(const struct connection *c, const struct request *q)
{
	uint64_t offset = be64toh(q->offset);
	uint32_t length = be32toh(q->length), mask = c->d->block_size - 1;

	if (offset > c->d->size || length > c->d->size - offset)
		return be16toh(q->type) == CMD_READ ? -EINVAL : -ENOSPC;
	return (offset & mask) || (length & mask) ? -EINVAL : 0;
}

static int zero(const struct connection *c, const struct request *q, uint64_t offset, uint32_t length)
{
	int r = length > 0 ? c->d->ops->zero(c->d, length, offset) : 0;

	if (r == 0 && (be16toh(q->flags) & FLAG_FUA))
		r = c->d->ops->flush(c->d);
	return r;
}

static int handle(const struct connection *c, const struct request *q)
{
	uint64_t offset = be64toh(q->offset);
	uint32_t length = be32toh(q->length);
	int r = check_range(c, q);

	switch (be16toh(q->type)) {
	case CMD_READ:
		if (r < 0 || length == 0 || length > NBD_MAX_REQUEST)
			return answer(c, q, length == 0 ? r : r < 0 ? r : -EINVAL, false);
		return do_read(c, q, offset, length);
	case CMD_WRITE:
		if (length > NBD_MAX_REQUEST)
			return -EMSGSIZE; /* there is no telling where the next request begins */
		return do_write(c, q, offset, length, r == 0 && c->d->read_only ? -EROFS : r);
	case CMD_FLUSH:
		return answer(c, q, c->d->read_only ? 0 : c->d->ops->flush(c->d), false);
	case CMD_TRIM:
	case CMD_WRITE_ZEROES:
		if (r == 0)
			r = c->d->read_only ? -EROFS : zero(c, q, offset, length);
		return answer(c, q, r, false);
	default:
		return answer(c, q, -EINVAL, false);
	}
}

int nbd_serve(int fd, struct block_device *d, void *buffer, size_t size)
{
	const struct connection c = { fd, d, buffer, size };

	for (;;) {
		struct request q;
		int r = receive(fd, &q, sizeof(q));

		if (r <= 0)
			return r;
		if (be32toh(q.magic) != REQUEST_MAGIC)
			return -EPROTO;
		if (be16toh(q.type) == CMD_DISC)
			return 1;
		r = handle(&c, &q);
		if (r < 0)
			return r;
	}
}
