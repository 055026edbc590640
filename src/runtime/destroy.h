/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_RUNTIME_DESTROY_H
#define BERTH_RUNTIME_DESTROY_H

#include "runtime/record.h"

/**
 * container_destroy() - remove a container that does not run and whose lock the caller holds: its name,
 * its directories, and with @volumes the anonymous volumes made for it unless somebody else uses them.
 */
int container_destroy(const struct store *s, struct container *c, bool volumes, struct error *err);

/**
 * hidden_record_remove() - remove @name, a hidden record (.<id>) in @dir_fd, after the anonymous volumes
 * that it names. For what container_destroy(), or the making of a container, left when it was killed.
 */
int hidden_record_remove(const struct store *s, int dir_fd, const char *name, struct error *err);

/** container_layer_remove() - remove ROOT/containers/<id> of a container without a record. 0 or -errno. */
int container_layer_remove(const struct store *s, const char *id);

#endif
