/* SPDX-License-Identifier: Apache-2.0 */
/* The options of run and create that fill struct settings (runtime/settings.h); S is the struct that holds it. */
#ifndef BERTH_CLI_SETTING_OPTIONS_H
#define BERTH_CLI_SETTING_OPTIONS_H

#include "cli/opt.h"

/* clang-format off */
#define SETTING_OPTIONS(S, member, words)                                                          \
	OPT_LIST("add-host", 0, S, member.hosts, "NAME:ADDRESS", "Add a line to the container's /etc/hosts"), \
	OPT_LIST("dns", 0, S, member.dns, "ADDRESS", "Ask this name server instead of the host's"), \
	OPT_LIST("dns-option", 0, S, member.dns_options, "OPTION", "Set an option of the resolver (resolv.conf(5))"), \
	OPT_LIST("dns-search", 0, S, member.dns_search, "DOMAIN", "Search names in this domain; . for none"), \
	OPT_LIST("group-add", 0, S, member.groups, "GROUP", "Further groups of the user, by name or number"), \
	OPT_STRING("ipc", 0, S, words.ipc, "MODE",                                                 \
		   "IPC namespace: private or shareable (its own; the default), none (without /dev/shm), or host"), \
	OPT_STRING("oom-score-adj", 0, S, words.oom, "SCORE",                                      \
		   "How likely the kernel kills it for want of memory: -1000 to 1000"),            \
	OPT_STRING("shm-size", 0, S, words.shm, "SIZE", "Size of /dev/shm (default 64m)"),         \
	OPT_LIST("sysctl", 0, S, member.sysctls, "KEY=VALUE",                                      \
		 "Set a kernel parameter of its own namespaces: net.*, kernel.shm*, fs.mqueue.*, ..."), \
	OPT_LIST("ulimit", 0, S, member.ulimits, "NAME=SOFT[:HARD]",                               \
		 "Limit a resource of each of its processes (setrlimit(2)): nofile=1024:2048"),    \
	OPT_STRING("uts", 0, S, words.uts, "MODE", "host: the host's own host name rather than one of its own")
/* clang-format on */

/* Options that are single words. */
struct setting_words {
	const char *ipc, *uts, *shm, *oom;
};

#endif
