/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/mountapi.h"
#include "sys/root.h"

#define DEVPTS_MAGIC 0x1cd1

#ifndef TIOCGPTPEER
# define TIOCGPTPEER 0x5441
#endif

static int open_master(int root_fd, struct error *err)
{
	auto_close int fd = root_open(root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
	struct statfs fs;
	int unlock = 0;

	if (fd < 0)
		return error_set(err, fd, "cannot open '/dev/pts/ptmx' in the container");
	/* A volume on /dev/pts could have put anything there (CVE-2025-52565). */
	if (fstatfs(fd, &fs) < 0 || fs.f_type != DEVPTS_MAGIC)
		return error_msg(err, EINVAL, "'/dev/pts' in the container is no devpts: no terminal");
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0)
		return error_set(err, errno, "cannot unlock the terminal");
	return take_fd(&fd);
}

static int send_fd(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .space = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Bind the slave, by descriptor, on /dev/console. */
static int make_console(int root_fd, int slave, struct error *err)
{
	auto_close int target = root_make_target(root_fd, "/dev/console", false), tree = FD_NONE;
	int r;

	if (target < 0)
		return error_set(err, target, "cannot make '/dev/console'");
	tree = tree_clone(slave, "", false);
	r = tree < 0 ? tree : mount_attach(tree, target);
	return r < 0 ? error_set(err, r, "cannot mount the terminal on '/dev/console'") : 0;
}

/* Everything but control of it: that needs a session leader. */
static int take_over(int slave, const struct winsize *size, const struct user *u, struct error *err)
{
	if (size->ws_row && ioctl(slave, TIOCSWINSZ, size) < 0)
		return error_set(err, errno, "cannot set the size of the terminal");
	/* EINVAL: in the user namespace of a user without subordinate ids there is no such group. */
	if (fchown(slave, u->uid, TTY_GROUP) < 0 && (errno != EINVAL || fchown(slave, u->uid, (gid_t)-1) < 0))
		return error_set(err, errno, "cannot give the terminal to user %u", u->uid);
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(slave, fd) < 0)
			return error_set(err, errno, "cannot place descriptor %d", fd);
	}
	return 0;
}

int terminal_control(struct error *err)
{
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0
		       ? error_set(err, errno, "cannot get a controlling terminal")
		       : 0;
}

int terminal_make(int root_fd, const struct terminal_request *req, const struct user *u,
		  struct error *err)
{
	auto_close int master = open_master(root_fd, err), slave = FD_NONE;
	int r = 0;

	if (master < 0)
		return master;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_set(err, errno, "cannot open the terminal");
	if (req->console)
		r = make_console(root_fd, slave, err);
	if (r == 0)
		r = take_over(slave, &req->size, u, err);
	if (r < 0)
		return r;
	r = send_fd(req->socket, master);
	return r < 0 ? error_set(err, r, "cannot hand over the terminal") : 0;
}

int terminal_receive(int socket)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c;
	int fd = FD_NONE;

	while (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) < 0) {
		if (errno != EINTR)
			return FD_NONE;
	}
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int terminal_needed(bool needed, struct error *err)
{
	if (!needed || isatty(STDIN_FILENO))
		return 0;
	(void)error_msg(err, ENOTTY, "the input device is not a TTY");
	(void)error_status(err, 0, 1);
	return error_hint(err, -ENOTTY, "leave out -t when standard input is a pipe or a file");
}

int raw_terminal_enter(struct raw_terminal *t, int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &t->before) < 0)
		return errno == ENOTTY ? 0 : -errno;
	raw = t->before;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return -errno;
	t->fd = fd;
	return 0;
}

void raw_terminal_done(struct raw_terminal *t)
{
	if (t->fd >= 0)
		(void)tcsetattr(t->fd, TCSADRAIN, &t->before);
	t->fd = FD_NONE;
}

struct winsize terminal_size(int fd)
{
	struct winsize size = { 0 };

	(void)ioctl(fd, TIOCGWINSZ, &size);
	return size;
}
