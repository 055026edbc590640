/* SPDX-License-Identifier: Apache-2.0 */
#include "template/nbdhandshake.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macros.h"
#include "template/nbdserve.h"

#define MAGIC	     0x4e42444d41474943ull /* "NBDMAGIC" */
#define OPTION_MAGIC 0x49484156454f5054ull /* "IHAVEOPT" */
#define REPLY_MAGIC  0x0003e889045565a9ull

#define FIXED_NEWSTYLE 1u
#define NO_ZEROES      2u

enum { OPT_EXPORT_NAME = 1, OPT_ABORT = 2, OPT_LIST = 3, OPT_INFO = 6, OPT_GO = 7 };
enum { REP_ACK = 1, REP_SERVER = 2, REP_INFO = 3 };
#define REP_ERR_UNSUP	0x80000001u
enum { INFO_EXPORT = 0, INFO_BLOCK_SIZE = 3 };

#define EXPORT_READ_ONLY 2u
/* has flags, flush, FUA, trim, write zeroes, several connections */
#define EXPORT_FLAGS (1u | 4u | 8u | 32u | 64u | 256u)

#define MAX_OPTION 8192u /* names have 4096 bytes at most */
#define PREFERRED  4096u

struct option {
	uint64_t magic;
	uint32_t option, length;
} __attribute__((packed));

struct option_reply {
	uint64_t magic;
	uint32_t option, type, length;
} __attribute__((packed));

static int take(int fd, void *to, size_t n)
{
	ssize_t r;

	do
		r = n > 0 ? recv(fd, to, n, MSG_WAITALL) : 0;
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -ECONNRESET;
}

static int give(int fd, const void *from, size_t n)
{
	ssize_t r;

	/* These are few bytes on a socket that has room. */
	do
		r = send(fd, from, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -ECONNRESET;
}

static int reply(int fd, uint32_t option, uint32_t type, const void *data, uint32_t length)
{
	struct option_reply head = { htobe64(REPLY_MAGIC), htobe32(option), htobe32(type),
				     htobe32(length) };
	int r = give(fd, &head, sizeof(head));

	return r == 0 && length > 0 ? give(fd, data, length) : r;
}

static uint16_t export_flags(const struct block_device *d)
{
	return (uint16_t)(EXPORT_FLAGS | (d->read_only ? EXPORT_READ_ONLY : 0));
}

static int send_info(int fd, uint32_t option, const struct block_device *d)
{
	struct {
		uint16_t type;
		uint64_t size;
		uint16_t flags;
	} __attribute__((packed)) export = { htobe16(INFO_EXPORT), htobe64(d->size),
					     htobe16(export_flags(d)) };
	struct {
		uint16_t type;
		uint32_t least, preferred, most;
	} __attribute__((packed)) blocks = { htobe16(INFO_BLOCK_SIZE), htobe32(d->block_size),
					     htobe32(MAX(d->block_size, PREFERRED)),
					     htobe32(NBD_MAX_REQUEST) };
	int r = reply(fd, option, REP_INFO, &export, sizeof(export));

	if (r == 0)
		r = reply(fd, option, REP_INFO, &blocks, sizeof(blocks));
	return r == 0 ? reply(fd, option, REP_ACK, NULL, 0) : r;
}

/* The oldest way to name an export: the answer is no reply, and requests follow. */
static int send_old_export(int fd, const struct block_device *d, bool zeroes)
{
	struct {
		uint64_t size;
		uint16_t flags;
		char zeroes[124];
	} __attribute__((packed)) export = { .size = htobe64(d->size), .flags = htobe16(export_flags(d)) };

	return give(fd, &export, zeroes ? sizeof(export) : sizeof(export) - sizeof(export.zeroes));
}

static int send_list(int fd)
{
	const uint32_t no_name = 0;
	int r = reply(fd, OPT_LIST, REP_SERVER, &no_name, sizeof(no_name));

	return r == 0 ? reply(fd, OPT_LIST, REP_ACK, NULL, 0) : r;
}

/* Return: 1: requests follow; 0: another option; -errno; -ESHUTDOWN: the client is done. */
static int do_option(int fd, const struct block_device *d, uint32_t option, bool zeroes)
{
	int r;

	switch (option) {
	case OPT_EXPORT_NAME:
		r = send_old_export(fd, d, zeroes);
		return r < 0 ? r : 1;
	case OPT_GO:
		r = send_info(fd, option, d);
		return r < 0 ? r : 1;
	case OPT_INFO:
		return send_info(fd, option, d);
	case OPT_LIST:
		return send_list(fd);
	case OPT_ABORT:
		(void)reply(fd, option, REP_ACK, NULL, 0);
		return -ESHUTDOWN;
	default:
		return reply(fd, option, REP_ERR_UNSUP, NULL, 0);
	}
}

static int options(int fd, const struct block_device *d, bool zeroes)
{
	char data[MAX_OPTION];

	for (;;) {
		struct option o;
		int r = take(fd, &o, sizeof(o));

		if (r < 0)
			return r;
		if (be64toh(o.magic) != OPTION_MAGIC || be32toh(o.length) > sizeof(data))
			return -EPROTO;
		/* Whatever it names: there is one export. */
		r = take(fd, data, be32toh(o.length));
		if (r == 0)
			r = do_option(fd, d, be32toh(o.option), zeroes);
		if (r != 0)
			return r == -ESHUTDOWN ? 0 : r;
	}
}

int nbd_handshake(int fd, const struct block_device *d)
{
	struct {
		uint64_t magic, option_magic;
		uint16_t flags;
	} __attribute__((packed)) hello = { htobe64(MAGIC), htobe64(OPTION_MAGIC),
					    htobe16(FIXED_NEWSTYLE | NO_ZEROES) };
	uint32_t flags = 0;
	int r = give(fd, &hello, sizeof(hello));

	if (r == 0)
		r = take(fd, &flags, sizeof(flags));
	if (r < 0)
		return r;
	return options(fd, d, !(be32toh(flags) & NO_ZEROES));
}
