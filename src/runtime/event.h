/* SPDX-License-Identifier: Apache-2.0 */
/* Containers in `berth events`: docker's actions and attributes. */
#ifndef BERTH_RUNTIME_EVENT_H
#define BERTH_RUNTIME_EVENT_H

#include "runtime/record.h"
#include "store/events.h"

/**
 * container_event() - tell of @action.
 * @extra: attributes beside image, name and the labels: name, value, …, NULL; at most EVENT_EXTRA_MAX pairs; or NULL
 */
#define EVENT_EXTRA_MAX 6
void container_event(const struct store *s, const struct container *c, const char *action,
		     const char *const *extra);

/**
 * container_event_started() - "create" if that is still to be told, "attach" if @attached, "mount" of its
 * volumes, "start": one write, for the sake of `berth run`.
 */
void container_event_started(const struct store *s, const struct container *c, bool attached);

/** container_event_died() - "oom" if that befell it, "die", and "unmount" of its volumes. */
void container_event_died(const struct store *s, const struct container *c, int exit_code);

/** container_event_exec() - "exec_create: ARGV" and "exec_start: ARGV"; container_event_exec_died() - "exec_die". */
void container_event_exec(const struct store *s, const struct container *c, char *const argv[]);
void container_event_exec_died(const struct store *s, const struct container *c, int exit_code);

/** container_event_signal() - "kill" with the number of the signal. */
void container_event_signal(const struct store *s, const struct container *c, int sig);

#endif
