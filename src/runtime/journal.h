/* SPDX-License-Identifier: Apache-2.0 */
/* systemd's journal by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram a line. */
#ifndef BERTH_RUNTIME_JOURNAL_H
#define BERTH_RUNTIME_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct container_config;

/** journal_connect() - Return: a socket, or -errno with @err where no journal runs. */
int journal_connect(struct error *err);

/** journal_send() - one line with docker's fields: CONTAINER_ID, CONTAINER_NAME, IMAGE_NAME … 0 or -errno. */
int journal_send(int fd, const struct container_config *c, bool is_stderr, const char *text, size_t n);

#endif
