/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to containers, images and volumes, as `berth events` tells it: lines of docker's JSON in
 * RUN/<root>/events, each appended by one write(2), so that writers never meet in the middle of a line. A
 * file of EVENTS_MAX bytes becomes events.1, and what that held is forgotten.
 */
#ifndef BERTH_STORE_EVENTS_H
#define BERTH_STORE_EVENTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/strv.h"
#include "store/store.h"

#define EVENTS_MAX (1 << 20)

struct event {
	const char *type;	   /* "container", "image", "volume" */
	const char *action;	   /* docker's */
	const char *id;		   /* of a volume its name */
	const char *from;	   /* image of a container, or NULL */
	const char *const *attrs;  /* name, value, …, NULL; a NULL value is left out; or NULL */
	const struct strv *labels; /* NAME=VALUE, attributes too; or NULL */
};

/** event_add() - append one line to @out. */
void event_add(struct buf *out, const struct event *e);

/** events_write() - append the lines to the log. That it can't be is no reason for anything else to fail. */
void events_write(const struct store *s, const struct buf *lines);

/** event_emit() - event_add() and events_write(). */
void event_emit(const struct store *s, const struct event *e);

/** image_event() - docker's event of an image. @name: what it is called there; NULL: by its id. */
void image_event(const struct store *s, const char *action, const char *id, const char *name);

/* Reading them: both files, then what comes. */
struct event_reader {
	const struct store *store; /* borrowed */
	int watch;		   /* owned; inotify of the directory */
	int older, newer;	   /* owned; events.1 and events, or FD_NONE */
	struct buf older_rest, newer_rest; /* read, but not yet a whole line */
};

#define EVENT_READER_INIT                                                                          \
	((struct event_reader){                                                                    \
		.watch = FD_NONE, .older = FD_NONE, .newer = FD_NONE,                              \
		.older_rest = BUF_INIT, .newer_rest = BUF_INIT })

void event_reader_done(struct event_reader *r);
DEFINE_AUTO(event_reader, struct event_reader, event_reader_done)
#define auto_event_reader auto_clean(event_reader)

/** event_reader_open() - from now on no event is missed. @from_end: pass over those that are there. */
int event_reader_open(struct event_reader *r, const struct store *s, bool from_end, struct error *err);

typedef int (*event_action)(const char *line, size_t n, void *context);

/** event_reader_take() - @action for all whole lines that are there, until it returns something but 0. Return: that. */
int event_reader_take(struct event_reader *r, event_action action, void *context);

/** event_reader_wait() - until there may be more. Return: 1; 0 after @timeout_ms; -errno. */
int event_reader_wait(struct event_reader *r, int timeout_ms);

#endif
