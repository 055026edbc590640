/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little of HTTP/1.1 that docker's volume plugin protocol uses: POST with a Content-Length. Strict: what is not
 * exactly that is refused, and the connection closed, rather than guessed at. Pure.
 */
#ifndef BERTH_VOLUME_PLUGIN_HTTP_H
#define BERTH_VOLUME_PLUGIN_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

#define PLUGIN_MAX_HEAD ((size_t)8 << 10)
#define PLUGIN_MAX_BODY ((size_t)1 << 20)

/* Borrows from the text that was parsed. */
struct plugin_request {
	const char *path, *body;
	size_t path_len, body_len;
	bool keep; /* the connection stays open */
};

/**
 * plugin_request_parse() - the request at the beginning of @text.
 * Return: its length; 0 if more is to come; -EBADMSG, -E2BIG (head), -EFBIG (body), -EOPNOTSUPP (method, coding).
 */
ssize_t plugin_request_parse(const char *text, size_t len, struct plugin_request *ret);

/** plugin_status_of() - the HTTP status for what plugin_request_parse() failed with. */
int plugin_status_of(ssize_t r);

/** plugin_response() - append an answer with @status and the JSON @body. */
void plugin_response(struct buf *out, int status, bool keep, const struct buf *body);

#endif
