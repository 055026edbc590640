/* SPDX-License-Identifier: Apache-2.0 */
/* Naming a process so that it can't be confused with a later one that got the same pid. */
#ifndef BERTH_SYS_PROCESS_H
#define BERTH_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** process_start_time() - clock ticks since boot at which @pid started: proc(5), stat field 22. 0 or -errno. */
int process_start_time(pid_t pid, uint64_t *ret);

/**
 * process_open() - a pidfd of the process @pid that started at @start.
 * Return: the descriptor, or -ESRCH if that process has ended, reaped or not (whoever has the pid now), or
 * -errno.
 */
int process_open(pid_t pid, uint64_t start);

/** process_boot_id() - the kernel's id of this boot, 36 characters and NUL. 0 or -errno. */
int process_boot_id(char out[37]);

#endif
