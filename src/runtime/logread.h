/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a log line by line while it may be written to and rotated. */
#ifndef BERTH_RUNTIME_LOGREAD_H
#define BERTH_RUNTIME_LOGREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct log_reader {
	int dir_fd;	    /* borrowed; the record */
	unsigned max_files; /* how many there can be */
	int fd;		    /* owned; the file being read */
	bool superseded;    /* a newer file is there: what is in this one now is all of it */
	size_t start;	    /* of what has been read, how much has been handed out */
	struct buf data;
};

#define LOG_READER_INIT ((struct log_reader){ .fd = FD_NONE, .data = BUF_INIT })

void log_reader_done(struct log_reader *r);
DEFINE_AUTO(log_reader, struct log_reader, log_reader_done)
#define auto_log_reader auto_clean(log_reader)

/**
 * log_reader_open() - go to the start of the oldest file, or to where the last @tail lines begin.
 * @tail: -1: all
 * Return: 0, -ENOENT where there is no log, -errno.
 */
int log_reader_open(struct log_reader *r, int dir_fd, unsigned max_files, long long tail);

/**
 * log_reader_next() - the next whole line, without its newline; valid until the next call.
 * Return: 1; 0 when there is none now: there may be later, in this file or in a newer one; -errno.
 */
int log_reader_next(struct log_reader *r, const char **ret_line, size_t *ret_n);

#endif
