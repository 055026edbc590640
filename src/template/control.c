/* SPDX-License-Identifier: Apache-2.0 */
#include "template/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define SOCKET	"ctl"
#define BACKLOG 16

/* Through the descriptor: a socket's path may have no more than 107 characters. */
static struct sockaddr_un address_in(int dir_fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/" SOCKET, dir_fd);
	return a;
}

int control_listen(int dir_fd)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = address_in(dir_fd);

	if (fd < 0 || (unlinkat(dir_fd, SOCKET, 0) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return take_fd(&fd);
}

int control_ask(int dir_fd, const struct control_request *q, int timeout_ms,
		struct control_reply *ret)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = address_in(dir_fd);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, q, sizeof(*q), MSG_NOSIGNAL) != (ssize_t)sizeof(*q))
		return -errno;
	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	/* End of file: the server died over it. */
	return recv(fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) ? 0 : -ECONNRESET;
}
