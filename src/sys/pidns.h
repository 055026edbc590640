/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container are those of its PID namespace and of the namespaces below it. */
#ifndef BERTH_SYS_PIDNS_H
#define BERTH_SYS_PIDNS_H

#include <sys/types.h>

#include "base/strv.h"

/**
 * pidns_processes() - the ids, as we see them, of all processes in the PID namespace of @pid and below it.
 * Return: 0; -EXDEV if that is this process's own namespace; -ESRCH; -errno.
 */
int pidns_processes(pid_t pid, struct strv *ret);

#endif
