/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stored line of a container's output, in docker's format or in that of kubernetes:
 *
 *   {"log":"text\n","stream":"stdout","time":"2026-11-21T06:30:00.123456789Z"}
 *   2026-11-21T06:30:00.123456789+00:00 stdout F text
 *
 * A line of the container's that was longer than LOG_LINE_MAX is several of these, all but its last one
 * without newline (docker) or marked P, partial (kubernetes).
 */
#ifndef BERTH_RUNTIME_LOGLINE_H
#define BERTH_RUNTIME_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define LOG_LINE_MAX 16384 /* longer lines are split, as docker splits them */

enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_K8S };

struct log_line {
	struct buf text; /* with its newline, if it had one */
	bool is_stderr;
	char time[40]; /* as it is stored */
	struct buf attrs; /* "key=value,…", or empty: --log-opt labels= and env= */
};

#define LOG_LINE_INIT ((struct log_line){ .text = BUF_INIT, .attrs = BUF_INIT })

void log_line_done(struct log_line *l);
DEFINE_AUTO(log_line, struct log_line, log_line_done)
#define auto_log_line auto_clean(log_line)

/**
 * log_line_format() - append one stored line, newline and all.
 * @attrs: JSON text of an object for "attrs", or NULL
 */
void log_line_format(struct buf *out, enum log_format format, bool is_stderr, const char *text, size_t n,
		     const char *attrs);

/** log_line_parse() - the reverse, of one line without its newline. Return: 0, -EINVAL (torn or foreign), -ENOMEM. */
int log_line_parse(const char *line, size_t n, enum log_format format, struct log_line *ret);

#endif
