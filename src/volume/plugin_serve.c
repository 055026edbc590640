/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the volume plugin: one process, one request at a time, as many connections as CLIENTS. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/parse.h"
#include "volume/plugin.h"
#include "volume/plugin_http.h"

#define CLIENTS	     64
#define BACKLOG	     128
#define ANSWER_TIME  5 /* seconds in which a client has to take its answer */
#define SYSTEMD_FD   3

struct client {
	int fd;
	uint64_t turn; /* when it last said something */
	struct buf in;
};

struct server {
	const struct store *store;
	uint64_t turn;
	struct client client[CLIENTS];
};

static void client_close(struct client *c)
{
	fd_close(&c->fd);
	buf_done(&c->in);
}

static void server_done(struct server *v)
{
	for (size_t i = 0; i < CLIENTS; i++)
		client_close(&v->client[i]);
}
DEFINE_AUTO(server, struct server, server_done)

/* A free place, or that of the client that has been silent for longest. */
static struct client *find_place(struct server *v)
{
	struct client *oldest = &v->client[0];

	for (size_t i = 0; i < CLIENTS; i++) {
		if (v->client[i].fd < 0)
			return &v->client[i];
		if (v->client[i].turn < oldest->turn)
			oldest = &v->client[i];
	}
	client_close(oldest);
	return oldest;
}

static void accept_client(struct server *v, int listen_fd)
{
	struct timeval limit = { .tv_sec = ANSWER_TIME };
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	struct client *c;

	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	c = find_place(v);
	*c = (struct client){ .fd = fd, .turn = ++v->turn, .in = { .limit = PLUGIN_MAX_HEAD + PLUGIN_MAX_BODY } };
}

static int send_all(int fd, const struct buf *b)
{
	for (size_t sent = 0; sent < b->len;) {
		ssize_t n = send(fd, b->data + sent, b->len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Answer the first request that @c has sent whole. Return: 1, 0 if there is none, or -errno: no more of it. */
static int answer_one(const struct store *s, struct client *c)
{
	auto_buf struct buf body = BUF_INIT, out = BUF_INIT;
	struct plugin_request q = { .keep = false };
	ssize_t n = plugin_request_parse(buf_str(&c->in), c->in.len, &q);
	int status, r;

	if (n == 0)
		return 0;
	if (n < 0) {
		status = plugin_status_of(n);
		buf_adds(&body, "{\"Err\":\"no request of the plugin protocol\"}");
	} else {
		status = plugin_answer(s, q.path, q.path_len, q.body, q.body_len, &body);
	}
	plugin_response(&out, status, q.keep, &body);
	r = buf_failed(&out) ? -ENOMEM : send_all(c->fd, &out);
	if (r < 0 || !q.keep)
		return r < 0 ? r : -ECONNRESET;
	memmove(c->in.data, c->in.data + n, c->in.len - (size_t)n);
	buf_truncate(&c->in, c->in.len - (size_t)n);
	return 1;
}

static void hear_client(struct server *v, struct client *c)
{
	char chunk[16384];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	int r = 1;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	c->turn = ++v->turn;
	buf_add(&c->in, chunk, (size_t)n);
	while (r > 0)
		r = buf_failed(&c->in) ? -EFBIG : answer_one(v->store, c);
	if (r < 0)
		client_close(c);
}

/* The signals that end it, as a descriptor. */
static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int plugin_serve(const struct store *s, int listen_fd, struct error *err)
{
	auto_clean(server) struct server v = { .store = s };
	auto_close int signals = open_signals();
	struct pollfd p[CLIENTS + 2];

	for (size_t i = 0; i < CLIENTS; i++)
		v.client[i].fd = FD_NONE;
	if (signals < 0)
		return error_set(err, errno, "cannot wait for signals");
	for (;;) {
		for (size_t i = 0; i < CLIENTS; i++)
			p[i] = (struct pollfd){ .fd = v.client[i].fd, .events = POLLIN };
		p[CLIENTS] = (struct pollfd){ .fd = listen_fd, .events = POLLIN };
		p[CLIENTS + 1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		if (poll(p, ARRAY_SIZE(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_set(err, errno, "cannot wait for requests");
		}
		if (p[CLIENTS + 1].revents)
			return 0;
		for (size_t i = 0; i < CLIENTS; i++) {
			if (p[i].revents)
				hear_client(&v, &v.client[i]);
		}
		if (p[CLIENTS].revents)
			accept_client(&v, listen_fd);
	}
}

/* sd_listen_fds(3) */
static bool is_activated(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	char self[24];

	(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	return pid && n && STREQ(pid, self) && STREQ(n, "1");
}

static int check_passed(struct error *err)
{
	int listens = 0;
	socklen_t len = sizeof(listens);

	if (getsockopt(SYSTEMD_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens)
		return error_msg(err, ENOTSOCK, "LISTEN_FDS: descriptor %d is no socket that listens", SYSTEMD_FD);
	return fcntl(SYSTEMD_FD, F_SETFD, FD_CLOEXEC) < 0 ? error_set(err, errno, "cannot take the socket") :
							    SYSTEMD_FD;
}

/* A socket that a killed server left answers nobody. */
static bool somebody_serves(const struct sockaddr_un *a)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;
}

static int bind_private(int fd, const struct sockaddr_un *a)
{
	mode_t old = umask(0177);
	int r = bind(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? -errno : 0;

	(void)umask(old);
	return r;
}

int plugin_listen(const char *path, bool *ret_made, struct error *err)
{
	auto_close int fd = FD_NONE;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int r;

	*ret_made = false;
	if (is_activated())
		return check_passed(err);
	if (strlen(path) >= sizeof(a.sun_path))
		return error_msg(err, ENAMETOOLONG, "socket '%s': a path of more than %zu characters", path,
				 sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return error_msg(err, EEXIST, "'%s' is there and no socket", path);
		if (somebody_serves(&a))
			return error_msg(err, EADDRINUSE, "somebody serves on '%s' already", path);
		(void)unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -errno : bind_private(fd, &a);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "cannot listen on '%s'", path);
	*ret_made = true;
	return take_fd(&fd);
}
