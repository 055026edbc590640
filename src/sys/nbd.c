/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages are few, so they are made here by hand: netlink(7), <linux/nbd-netlink.h>.
 *
 * Connecting and disconnecting take a lock of this host, since many kernels have races between the two.
 */
#include "sys/nbd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/parse.h"

#define NETLINK_GENERIC_NUMBER 16
#define CONTROL_FAMILY	       16
#define FLAG_REQUEST	       1
#define FLAG_ACK	       4
#define TYPE_ERROR	       2
#define CMD_GETFAMILY	       3
#define CTRL_FAMILY_ID	       1
#define CTRL_FAMILY_NAME       2
#define ATTR_NESTED	       0x8000
#define ATTR_TYPE_MASK	       0x3fff

enum { CMD_CONNECT = 1, CMD_DISCONNECT = 2, CMD_RECONFIGURE = 3 };
enum {
	ATTR_INDEX = 1,
	ATTR_SIZE = 2,
	ATTR_BLOCK_SIZE = 3,
	ATTR_TIMEOUT = 4,
	ATTR_SERVER_FLAGS = 5,
	ATTR_CLIENT_FLAGS = 6,
	ATTR_SOCKETS = 7,
	ATTR_DEAD_CONN_TIMEOUT = 8,
	ATTR_BACKEND = 10,
};
#define SOCKET_ITEM 1
#define SOCKET_FD   1

#define SERVER_HAS_FLAGS    1
#define SERVER_READ_ONLY    2
#define SERVER_FLUSH	    4
#define SERVER_FUA	    8
#define SERVER_TRIM	    32
#define SERVER_WRITE_ZEROES 64
#define SERVER_MULTI_CONN   256
#define CLIENT_DISCONNECT_ON_CLOSE 2

/* How long requests wait for a new server. Its restart takes a hundredth of that. */
#define DEAD_CONN_SECONDS 120

#define LOCK_PATH "/run/berth-nbd.lock"

struct netlink_address {
	uint16_t family, pad;
	uint32_t pid, groups;
};

struct header {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, pid;
	/* genlmsghdr */
	uint8_t command, version;
	uint16_t reserved;
};

struct attribute {
	uint16_t len, type;
};

struct message {
	union {
		struct header h;
		unsigned char bytes[2048];
	};
	size_t n;
};

static void begin(struct message *m, uint16_t family, uint8_t command)
{
	memset(m, 0, sizeof(*m));
	m->h.type = family;
	m->h.flags = FLAG_REQUEST | FLAG_ACK;
	m->h.seq = 1;
	m->h.command = command;
	m->h.version = 1;
	m->n = sizeof(m->h);
}

static size_t add(struct message *m, uint16_t type, const void *value, size_t len)
{
	struct attribute a = { .len = (uint16_t)(sizeof(a) + len), .type = type };
	size_t at = m->n, room = (sizeof(a) + len + 3) & ~(size_t)3;

	if (m->n + room > sizeof(m->bytes)) {
		m->n = sizeof(m->bytes) + 1; /* exchange() refuses it */
		return at;
	}
	memcpy(m->bytes + at, &a, sizeof(a));
	if (len > 0)
		memcpy(m->bytes + at + sizeof(a), value, len);
	m->n += room;
	return at;
}

static void add_u32(struct message *m, uint16_t type, uint32_t value)
{
	(void)add(m, type, &value, sizeof(value));
}

static void add_u64(struct message *m, uint16_t type, uint64_t value)
{
	(void)add(m, type, &value, sizeof(value));
}

/* An attribute that holds all that was added since add() made it, at @at. */
static void end_nested(struct message *m, size_t at)
{
	uint16_t len = (uint16_t)(m->n - at);

	if (m->n <= sizeof(m->bytes))
		memcpy(m->bytes + at, &len, sizeof(len));
}

static int open_netlink(void)
{
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC_NUMBER);
	struct netlink_address a = { .family = AF_NETLINK };

	if (fd < 0 || bind(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* What attribute @type of the message in @m is, at least @len bytes long; NULL if there is none. */
static const void *find(const struct message *m, uint16_t type, size_t len)
{
	size_t at = sizeof(m->h);
	struct attribute a;

	while (at + sizeof(a) <= m->n) {
		memcpy(&a, m->bytes + at, sizeof(a));
		if (a.len < sizeof(a) || at + a.len > m->n)
			return NULL;
		if ((a.type & ATTR_TYPE_MASK) == type && a.len >= sizeof(a) + len)
			return m->bytes + at + sizeof(a);
		at += (a.len + 3u) & ~3u;
	}
	return NULL;
}

/* Receive until the acknowledgement; a reply that comes before it goes to @reply. */
static int receive(int fd, struct message *reply)
{
	for (;;) {
		struct message m;
		ssize_t n = recv(fd, m.bytes, sizeof(m.bytes), 0);
		int32_t code;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 16 + 4)
			return n < 0 ? -errno : -EIO;
		if (m.h.type != TYPE_ERROR) {
			m.n = MIN((size_t)n, (size_t)m.h.len);
			*reply = m;
			continue;
		}
		memcpy(&code, m.bytes + 16, sizeof(code));
		return code;
	}
}

static int exchange(struct message *m, struct message *reply)
{
	auto_close int fd = open_netlink();

	if (fd < 0)
		return fd;
	if (m->n > sizeof(m->bytes))
		return -EMSGSIZE;
	m->h.len = (uint32_t)m->n;
	reply->n = 0;
	if (send(fd, m->bytes, m->n, 0) != (ssize_t)m->n)
		return -errno;
	return receive(fd, reply);
}

/* The number of the family "nbd"; -ENOENT where the driver is not loaded. */
static int find_family(uint16_t *ret)
{
	static const char name[] = "nbd";
	struct message m, reply;
	const void *id;
	int r;

	begin(&m, CONTROL_FAMILY, CMD_GETFAMILY);
	(void)add(&m, CTRL_FAMILY_NAME, name, sizeof(name));
	r = exchange(&m, &reply);
	if (r < 0)
		return r;
	id = find(&reply, CTRL_FAMILY_ID, sizeof(*ret));
	if (!id)
		return -EIO;
	memcpy(ret, id, sizeof(*ret));
	return 0;
}

int nbd_available(struct error *err)
{
	uint16_t family;
	int r = find_family(&family);

	if (r == -ENOENT || r == -EPROTONOSUPPORT) {
		r = error_msg(err, EOPNOTSUPP, "this kernel has no network block devices");
		return error_hint(err, r, "load the kernel's module: modprobe nbd nbds_max=64");
	}
	return r < 0 ? error_set(err, r, "cannot ask for network block devices") : 0;
}

static void add_sockets(struct message *m, const struct nbd_config *c)
{
	size_t list = add(m, ATTR_SOCKETS | ATTR_NESTED, NULL, 0);

	for (size_t i = 0; i < c->n; i++) {
		size_t item = add(m, SOCKET_ITEM | ATTR_NESTED, NULL, 0);

		add_u32(m, SOCKET_FD, (uint32_t)c->sockets[i]);
		end_nested(m, item);
	}
	end_nested(m, list);
}

static void add_config(struct message *m, const struct nbd_config *c)
{
	add_u64(m, ATTR_SIZE, c->size);
	add_u64(m, ATTR_BLOCK_SIZE, c->block_size);
	/* 0: a request may take as long as the storage does; it fails when the server says so. */
	add_u64(m, ATTR_TIMEOUT, 0);
	add_u64(m, ATTR_DEAD_CONN_TIMEOUT, DEAD_CONN_SECONDS);
	add_u64(m, ATTR_SERVER_FLAGS,
		SERVER_HAS_FLAGS | SERVER_FLUSH | SERVER_FUA | SERVER_TRIM | SERVER_WRITE_ZEROES |
			SERVER_MULTI_CONN | (c->read_only ? SERVER_READ_ONLY : 0));
	(void)add(m, ATTR_BACKEND, c->backend, strlen(c->backend) + 1);
	add_sockets(m, c);
}

static int take_lock(void)
{
	auto_close int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return take_fd(&fd);
}

int nbd_connect(const struct nbd_config *c, struct error *err)
{
	auto_close int lock = take_lock();
	struct message m, reply;
	const void *index;
	uint32_t number;
	uint16_t family;
	int r = nbd_available(err);

	if (r < 0)
		return r;
	r = find_family(&family);
	if (r < 0)
		return error_set(err, r, "cannot ask for network block devices");
	begin(&m, family, CMD_CONNECT);
	add_config(&m, c);
	r = exchange(&m, &reply);
	index = find(&reply, ATTR_INDEX, sizeof(number));
	if (r < 0 || !index)
		return error_set(err, r < 0 ? r : -EIO, "cannot connect a network block device");
	memcpy(&number, index, sizeof(number));
	return (int)number;
}

static int reconfigure(struct message *m, unsigned index, const char *backend)
{
	struct message reply;
	uint16_t family;
	int r = find_family(&family);

	if (r < 0)
		return r;
	m->h.type = family;
	add_u32(m, ATTR_INDEX, index);
	(void)add(m, ATTR_BACKEND, backend, strlen(backend) + 1);
	return exchange(m, &reply);
}

int nbd_reconnect(unsigned index, const struct nbd_config *c, struct error *err)
{
	auto_close int lock = take_lock();
	struct message m;
	int r;

	begin(&m, 0, CMD_RECONFIGURE);
	add_sockets(&m, c);
	r = reconfigure(&m, index, c->backend);
	return r < 0 ? error_set(err, r, "cannot reconnect '/dev/nbd%u'", index) : 0;
}

int nbd_autoclear(unsigned index, const char *backend, struct error *err)
{
	struct message m;
	int r;

	begin(&m, 0, CMD_RECONFIGURE);
	add_u64(&m, ATTR_CLIENT_FLAGS, CLIENT_DISCONNECT_ON_CLOSE);
	r = reconfigure(&m, index, backend);
	return r < 0 ? error_set(err, r, "cannot configure '/dev/nbd%u'", index) : 0;
}

int nbd_disconnect(unsigned index)
{
	auto_close int lock = take_lock();
	struct message m, reply;
	uint16_t family;
	int r = find_family(&family);

	if (r < 0)
		return r;
	begin(&m, family, CMD_DISCONNECT);
	add_u32(&m, ATTR_INDEX, index);
	return exchange(&m, &reply);
}

static bool has_backend(int block, const char *name, const char *backend)
{
	auto_free char *path = str_format("%s/backend", name);
	auto_buf struct buf text = { .limit = 4096 };

	if (!path || file_read_at(block, path, &text) < 0)
		return false;
	buf_truncate(&text, strcspn(buf_str(&text), "\n"));
	return strcmp(buf_str(&text), backend) == 0;
}

int nbd_find(const char *backend)
{
	auto_close int block = dir_open(AT_FDCWD, "/sys/block");
	auto_strv struct strv names = STRV_INIT;
	uint64_t index;
	int r = block < 0 ? block : dir_list(block, &names);

	if (r < 0)
		return -ENOENT;
	strv_for_each(i, &names) {
		if (strncmp(names.v[i], "nbd", 3) == 0 &&
		    parse_u64(names.v[i] + 3, INT32_MAX, &index) == 0 &&
		    has_backend(block, names.v[i], backend))
			return (int)index;
	}
	return -ENOENT;
}
