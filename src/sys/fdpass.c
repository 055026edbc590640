/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/fdpass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/cleanup.h"

union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int fd_send(int socket, int fd, struct error *err)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union control control = { .space = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) < 0 ? error_set(err, errno, "cannot pass a descriptor on")
							: 0;
}

void fd_send_error(int socket, const struct error *why)
{
	(void)send(socket, why, sizeof(*why), MSG_NOSIGNAL);
}

static int take_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = FD_NONE;

	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int fd_receive(int socket, struct error *err)
{
	struct error sent = ERROR_INIT;
	struct iovec iov = { &sent, sizeof(sent) };
	union control control = { .space = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	ssize_t n;
	int fd;

	while ((n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC)) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot receive a descriptor");
	}
	fd = n == 1 ? take_descriptor(&msg) : FD_NONE;
	if (fd >= 0)
		return fd;
	if (n != (ssize_t)sizeof(sent))
		return error_msg(err, EIO, "the process that was to pass a descriptor on ended before");
	sent.msg[sizeof(sent.msg) - 1] = '\0';
	sent.hint[sizeof(sent.hint) - 1] = '\0';
	if (err)
		*err = sent;
	return sent.code > 0 ? -sent.code : -EIO;
}
