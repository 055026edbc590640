/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as JSON documents: what the commands that list and inspect have in common. */
#ifndef BERTH_CLI_CONTAINERS_H
#define BERTH_CLI_CONTAINERS_H

#include "base/json.h"
#include "cli/cli.h"

/** container_document() - docker's inspect object of one container. The caller frees it (auto_json). */
int container_document(const struct store *s, const char *what, struct json **ret,
		       struct error *err);

/** container_name() - its name, without docker's slash before it. Borrowed from @c. */
const char *container_name(const struct json *c);

/** short_id() - an id without "sha256:", 12 digits of it unless @whole. */
const char *short_id(char out[80], const char *id, bool whole);

/** ago_text() - "3 minutes ago" for an RFC 3339 time; "" if it can't be read. */
const char *ago_text(char out[128], const char *time);

/** list_time() - as docker lists times: "2026-11-21 06:30:00 +0000 UTC". */
const char *list_time(char out[128], const char *time);

/** status_text() - docker's STATUS: "Up 3 minutes", "Exited (0) 2 hours ago", "Created". */
const char *status_text(char out[160], const struct json *state);

#endif
