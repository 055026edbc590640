/* SPDX-License-Identifier: Apache-2.0 */
/* docker's options about what a container may use, for the tables of run, create and update. */
#ifndef BERTH_CLI_LIMIT_OPTIONS_H
#define BERTH_CLI_LIMIT_OPTIONS_H

#include "cli/opt.h"
#include "runtime/limits.h"

/* Values of options: .parse of struct opt. */
int limit_parse_bytes(const char *arg, void *value, struct error *err);
int limit_parse_swap(const char *arg, void *value, struct error *err);
int limit_parse_number(const char *arg, void *value, struct error *err);
int limit_parse_pids(const char *arg, void *value, struct error *err);
int limit_parse_cpus(const char *arg, void *value, struct error *err);
int limit_parse_text(const char *arg, void *value, struct error *err);
int limit_parse_swappiness(const char *arg, void *value, struct error *err);
int limit_parse_cgroupns(const char *arg, void *value, struct error *err);
int limit_parse_kernel_memory(const char *arg, void *value, struct error *err);
int limit_parse_read_bps(const char *arg, void *value, struct error *err);
int limit_parse_write_bps(const char *arg, void *value, struct error *err);
int limit_parse_read_iops(const char *arg, void *value, struct error *err);
int limit_parse_write_iops(const char *arg, void *value, struct error *err);

/** limit_options_cpus() - how many processors docker counts here: those that this process may use. */
unsigned limit_options_cpus(void);

/** limit_options_check() - docker's minimums and contradictions, for this host. 0 or -EINVAL with @err. */
int limit_options_check(const struct limits *l, struct error *err);

/* @S: struct of the values; @m: its member of type struct limits */
/* clang-format off */
#define LIMIT_OPTIONS_LIVE(S, m)                                                                   \
	OPT_VALUE("blkio-weight", 0, S, m.blkio_weight, limit_parse_number, "WEIGHT",              \
		  "Share of disk time against others that want it, 10 to 1000"),                   \
	OPT_VALUE("cpu-period", 0, S, m.cpu_period, limit_parse_number, "MICROSECONDS",            \
		  "Period of --cpu-quota (default 100000)"),                                       \
	OPT_VALUE("cpu-quota", 0, S, m.cpu_quota, limit_parse_number, "MICROSECONDS",              \
		  "Processor time that may be used in each period; -1: any amount"),               \
	OPT_VALUE("cpu-shares", 'c', S, m.cpu_shares, limit_parse_number, "WEIGHT",                \
		  "Share of processor time against others that want it, 2 to 262144 (default 1024)"), \
	OPT_VALUE("cpus", 0, S, m.nano_cpus, limit_parse_cpus, "NUMBER",                           \
		  "How many processors' time may be used, such as 1.5"),                           \
	OPT_VALUE("cpuset-cpus", 0, S, m.cpuset_cpus, limit_parse_text, "LIST",                    \
		  "Processors that may be used, such as 0-2,5"),                                   \
	OPT_VALUE("cpuset-mems", 0, S, m.cpuset_mems, limit_parse_text, "LIST",                    \
		  "Memory nodes that may be used, such as 0,1"),                                   \
	{ .name = "kernel-memory", .type = OPT_VALUE, .hidden = true, .arg = "BYTES",              \
	  .parse = limit_parse_kernel_memory, .help = "Not supported by kernels any more" },       \
	OPT_VALUE("memory", 'm', S, m.memory, limit_parse_bytes, "BYTES",                          \
		  "Memory that may be used, with a unit b, k, m or g; the least is 6m. "           \
		  "Who wants more is killed, and OOMKilled says so"),                              \
	OPT_VALUE("memory-reservation", 0, S, m.memory_reservation, limit_parse_bytes, "BYTES",    \
		  "Memory that is left to it while others can be made to give back theirs"),       \
	OPT_VALUE("memory-swap", 0, S, m.memory_swap, limit_parse_swap, "BYTES",                   \
		  "Memory and swap together (default: twice --memory); -1: any amount"),           \
	OPT_VALUE("pids-limit", 0, S, m.pids, limit_parse_pids, "NUMBER",                          \
		  "Processes and threads that there may be; -1: any number")

#define LIMIT_OPTIONS(S, m)                                                                        \
	LIMIT_OPTIONS_LIVE(S, m),                                                                  \
	OPT_VALUE("cgroup-parent", 0, S, m.cgroup_parent, limit_parse_text, "PATH",                \
		  "Cgroup to make the container's in, from the top of the hierarchy, or from "     \
		  "berth's own without a leading slash (default /berth, and only with a limit)"),  \
	OPT_VALUE("cgroupns", 0, S, m.host_cgroupns, limit_parse_cgroupns, "MODE",                 \
		  "Cgroup namespace: private (the default) or host"),                              \
	OPT_VALUE("device-read-bps", 0, S, m, limit_parse_read_bps, "DEVICE:BYTES",                \
		  "Bytes that may be read from a block device in a second"),                       \
	OPT_VALUE("device-read-iops", 0, S, m, limit_parse_read_iops, "DEVICE:NUMBER",             \
		  "Reads from a block device in a second"),                                        \
	OPT_VALUE("device-write-bps", 0, S, m, limit_parse_write_bps, "DEVICE:BYTES",              \
		  "Bytes that may be written to a block device in a second"),                      \
	OPT_VALUE("device-write-iops", 0, S, m, limit_parse_write_iops, "DEVICE:NUMBER",           \
		  "Writes to a block device in a second"),                                         \
	OPT_VALUE("memory-swappiness", 0, S, m, limit_parse_swappiness, "PERCENT",                 \
		  "How readily its memory is swapped out, 0 to 100 (cgroup version 1 only)"),      \
	OPT_FLAG("oom-kill-disable", 0, S, m.oom_kill_disable,                                     \
		 "Make who wants more than --memory wait instead of killing it (cgroup version 1 only)")
/* clang-format on */

#endif
