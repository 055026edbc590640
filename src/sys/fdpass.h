/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a descriptor, or the reason why there is none, to another process: unix(7), SCM_RIGHTS. */
#ifndef BERTH_SYS_FDPASS_H
#define BERTH_SYS_FDPASS_H

#include "base/error.h"

/** fd_send() - send @fd over the SOCK_SEQPACKET socket @socket. 0 or -errno. */
int fd_send(int socket, int fd, struct error *err);

/** fd_send_error() - send a failure instead. */
void fd_send_error(int socket, const struct error *why);

/**
 * fd_receive() - what the other side sent. Return: a descriptor that the caller owns; -errno with the other
 * side's @err; -EIO if it ended without a word.
 */
int fd_receive(int socket, struct error *err);

#endif
