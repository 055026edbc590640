/* SPDX-License-Identifier: Apache-2.0 */
/* berth as docker's volume plugin: protocol version 1, which docker, podman and Nomad speak. */
#ifndef BERTH_VOLUME_PLUGIN_H
#define BERTH_VOLUME_PLUGIN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

/**
 * plugin_answer() - do what a request asks for.
 * @path: "/VolumeDriver.Create" …, not NUL-terminated; @body: JSON
 * @out: the answer's JSON; of a failure {"Err": "…"}
 * Return: the HTTP status.
 */
int plugin_answer(const struct store *s, const char *path, size_t path_len, const char *body, size_t body_len,
		  struct buf *out);

/**
 * plugin_listen() - the socket that systemd passed (LISTEN_FDS), or a new one at @path that only root can reach.
 * @ret_made: whether it was made here, and is to be removed in the end
 * Return: descriptor; -EADDRINUSE if somebody serves there; -errno.
 */
int plugin_listen(const char *path, bool *ret_made, struct error *err);

/** plugin_serve() - answer on @listen_fd until SIGTERM or SIGINT. Return: 0 or -errno. */
int plugin_serve(const struct store *s, int listen_fd, struct error *err);

#endif
