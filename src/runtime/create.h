/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_RUNTIME_CREATE_H
#define BERTH_RUNTIME_CREATE_H

#include "runtime/container.h"
#include "runtime/record.h"

/**
 * container_make() - make a container and keep its lock in ret->lock_fd. Nothing is left on failure.
 * @in_run: with its record in RUN: for one that ends with this process
 */
int container_make(const struct store *s, const struct run_request *req, bool in_run,
		   struct container *ret, struct error *err);

#endif
