/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a detached container's output is kept. `log` in its record is being written; when it would grow
 * beyond max-size it becomes log.1, that log.2 and so on, and the oldest goes.
 *
 * A line is written whole or not at all, also when the disk is full or the monitor is killed: what there
 * is of a torn one is taken back at once, or by the next monitor.
 */
#ifndef BERTH_RUNTIME_LOGFILE_H
#define BERTH_RUNTIME_LOGFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "runtime/logconfig.h"
#include "runtime/logline.h"
#include "runtime/record.h"

struct log_sink {
	const struct container_config *config; /* borrowed */
	int dir_fd;	   /* borrowed; the record */
	int fd;		   /* owned; the file, or the journal's socket; FD_NONE: nothing is kept */
	struct log_limits limits;
	uint64_t size;	   /* of the file */
	char *attrs;	   /* owned */
	struct buf line, out; /* one line, and those that are to be written */
	uint64_t lost;	   /* lines that could not be written; nothing else comes of it */
};

#define LOG_SINK_INIT ((struct log_sink){ .fd = FD_NONE, .line = BUF_INIT, .out = BUF_INIT })

/** log_sink_open() - make ready to keep the output of @c as its --log-driver says. */
int log_sink_open(struct log_sink *s, const struct container *c, struct error *err);
void log_sink_done(struct log_sink *s);

/** log_name() - the name of file @i, 0 being the one that is written to: "log", "log.1", … */
#define LOG_NAME_MAX 24
const char *log_name(char out[LOG_NAME_MAX], unsigned i);

/* One stream of the container's on its way there: lines are kept whole. */
struct log_stream {
	int from; /* owned; what the container writes; FD_NONE at its end */
	bool is_stderr;
	size_t used;
	char line[LOG_LINE_MAX];
};

/** log_stream_read() - take what is there, and keep the whole lines of it. False when there was nothing. */
bool log_stream_read(struct log_stream *s, struct log_sink *to);

/** log_stream_drain() - the container has ended: everything that it left, and a last line without newline. */
void log_stream_drain(struct log_stream *s, struct log_sink *to);

#endif
