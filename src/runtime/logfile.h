/* SPDX-License-Identifier: Apache-2.0 */
/* docker's json-file log: one object a line, {"log":"text\n","stream":"stdout","time":"…"}. */
#ifndef BERTH_RUNTIME_LOGFILE_H
#define BERTH_RUNTIME_LOGFILE_H

#include <stddef.h>

#define LOG_LINE_MAX 16384 /* longer lines are split, as docker splits them */

/* One stream of the container's on its way into the log: lines are kept whole. */
struct log_stream {
	int from; /* owned; what the container writes; FD_NONE at its end */
	const char *name;
	size_t used;
	char line[LOG_LINE_MAX];
};

/** log_stream_read() - take what is there and write whole lines to @log_fd. Return: 0, or -errno of the log. */
int log_stream_read(struct log_stream *s, int log_fd);

/** log_stream_flush() - write what is left of a last line without newline. */
int log_stream_flush(struct log_stream *s, int log_fd);

#endif
