/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container's processes are set up besides their confinement: limits of setrlimit(2), kernel parameters of its
 * namespaces, which namespaces it shares with whom, further groups, name resolution.
 */
#ifndef BERTH_RUNTIME_SETTINGS_H
#define BERTH_RUNTIME_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/jsonw.h"
#include "base/strv.h"

struct settings {
	struct strv ulimits; /* NAME=SOFT:HARD once resolved; -1: unlimited */
	struct strv sysctls; /* KEY=VALUE */
	struct strv groups;
	struct strv hosts;   /* NAME:ADDRESS */
	struct strv dns, dns_search, dns_options;
	char *ipc, *uts;     /* owned; as docker's IpcMode and UTSMode; NULL: private */
	char *shm;	     /* owned; size of /dev/shm as it was given, or NULL */
	uint64_t shm_size;   /* bytes; 0: default */
	char *oom;	     /* owned; oom_score_adj as it was given, or NULL */
	int oom_score_adj;
};

#define SETTINGS_INIT ((struct settings){ 0 })

void settings_done(struct settings *s);

/** settings_resolve() - check what was asked for. Return: 0; -EINVAL in docker's words. */
int settings_resolve(struct settings *s, bool host_network, struct error *err);

/** settings_copy() - @to is initialised. Return: 0 or -ENOMEM. */
int settings_copy(struct settings *to, const struct settings *from);

/** settings_write() - the record's members, in the object that is open in @w. settings_inspect(): HostConfig's. */
void settings_write(const struct settings *s, struct jsonw *w);
void settings_inspect(const struct settings *s, struct jsonw *w);

/** settings_read() - the reverse of settings_write(). @ret is initialised. Return: 0, -EINVAL, -ENOMEM. */
int settings_read(const struct json *record, struct settings *ret);

/** settings_ipc_is() - whether the IPC mode is @mode: "host", "none", "private", "shareable". */
bool settings_ipc_is(const struct settings *s, const char *mode);
bool settings_uts_is_host(const struct settings *s);

/**
 * settings_apply() - limits, kernel parameters, the score of the killer of last resort.
 * Runs in: the container's namespaces, with every capability, while /proc is still the host's: what a container has
 * there can't divert a write (CVE-2025-52881).
 *
 * A limit or score that berth may not give (no CAP_SYS_RESOURCE) becomes the nearest that it may.
 */
int settings_apply(const struct settings *s, struct error *err);

/** settings_hosts() / settings_resolv_conf() - change what would be the container's file without these settings. */
int settings_hosts(const struct settings *s, struct buf *file);
int settings_resolv_conf(const struct settings *s, struct buf *file);

#endif
