/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth for an ordinary user. A command that needs the store first goes into a user namespace in which the user is root
 * and, with subordinate ids, others exist (subid.h). There is one for each RUN, because who is outside of a container's
 * user namespace, or in a sibling of it, can do nothing to that container.
 *
 *   RUN/userns       "PID START INODE": the process that keeps the namespace, and which namespace it is
 *   RUN/userns.lock  whoever reads, makes or removes it
 *   RUN/userns.use   a FIFO: open for writing in every berth that is in the namespace, for reading in its keeper
 *
 * The keeper is a sleeping fork of the first berth. It ends when the FIFO has no writer and nobody is in the namespace.
 */
#ifndef BERTH_STORE_ROOTLESS_H
#define BERTH_STORE_ROOTLESS_H

#include "base/error.h"

/**
 * rootless_enter() - take this process, which is single-threaded and not root, into the user namespace that belongs to
 * the directory @run, which is made if it is not there, and into a mount namespace of its own, a copy of the caller's.
 * Return: a descriptor that says that this process is in it, to be kept for its life; or -errno with @err.
 */
int rootless_enter(const char *run, struct error *err);

#endif
