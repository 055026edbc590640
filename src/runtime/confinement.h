/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps a container's processes in their place: capabilities, the filter of system calls, no_new_privs, the
 * security module's label, what is hidden of /proc and /sys. One plan, part of the container's configuration,
 * applied by one function to its first process and to those that enter it later.
 */
#ifndef BERTH_RUNTIME_CONFINEMENT_H
#define BERTH_RUNTIME_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/jsonw.h"
#include "base/strv.h"
#include "mount/mask.h"
#include "runtime/user.h"
#include "sys/caps.h"
#include "sys/seccomp.h"

enum confinement_filter {
	FILTER_DEFAULT, /* docker's profile */
	FILTER_NONE,	/* but the check of mknod(2), unless privileged */
	FILTER_OWN,	/* the user's, compiled: the file "seccomp" of the record */
};

struct confinement {
	/* What was asked for, as inspect shows it. */
	struct strv cap_add, cap_drop; /* "CAP_CHOWN", "ALL" once resolved; sorted */
	struct strv security_opt;
	struct strv devices;	  /* device_spec (mount/device.h) */
	struct strv device_rules; /* device_rule */
	bool privileged; /* every capability that berth has, no filter, nothing hidden */

	/* What follows: confinement_resolve(). */
	uint64_t caps;	   /* the bounding set, which is what root has; another user has none */
	bool no_new_privs; /* a setuid program gives nothing */
	enum confinement_filter filter;
	char *profile;	/* owned; FILTER_OWN: the JSON file's path */
	char *apparmor; /* owned; name of an AppArmor profile, or NULL */
	struct mount_masks masks;
};

#define CONFINEMENT_INIT ((struct confinement){ .caps = CAPS_DEFAULT })

void confinement_done(struct confinement *c);

/**
 * confinement_resolve() - from what was asked to what follows.
 * Return: 0; -EINVAL in docker's words.
 */
int confinement_resolve(struct confinement *c, struct error *err);

/** confinement_copy() - what @from asked for, resolved. @to is initialised. Return: 0 or -errno. */
int confinement_copy(struct confinement *to, const struct confinement *from, struct error *err);

/** confinement_check() - whether this berth can give what is asked for. Return: 0 or -errno with @err. */
int confinement_check(const struct confinement *c, struct error *err);

/** confinement_inspect() - docker's keys, as members of the object that is open in @w: HostConfig. */
void confinement_inspect(const struct confinement *c, struct jsonw *w);

/** confinement_write() - as members of the object that is open in @w, the record's. */
void confinement_write(const struct confinement *c, struct jsonw *w);

/** confinement_read() - the reverse, from the record. @ret is initialised. Return: 0, -EINVAL, -ENOMEM. */
int confinement_read(const struct json *record, struct confinement *ret);

/* What confinement_apply() needs of the host. */
struct confinement_tools {
	int label_fd;	   /* owned; where this process's label for the next exec is written, or FD_NONE */
	struct buf filter; /* FILTER_OWN: instructions */
	struct seccomp_device *devices; /* owned; that may be made */
	size_t n_devices;
	bool in_userns;	   /* not the host's */
	bool keeps_groups; /* of whoever started berth: the kernel lets nobody drop them there */
};

#define CONFINEMENT_TOOLS_INIT                                                                     \
	((struct confinement_tools){ .label_fd = FD_NONE, .filter = { .limit = 1 << 16 } })

void confinement_tools_done(struct confinement_tools *t);
DEFINE_AUTO(confinement_tools, struct confinement_tools, confinement_tools_done)
#define auto_confinement_tools auto_clean(confinement_tools)

/**
 * confinement_prepare() - take what is needed from the host.
 * @record_fd: the container's record (struct container, dir_fd)
 * Runs in: the very process that will be confined, while /proc is still the host's (CVE-2019-16884).
 */
int confinement_prepare(const struct confinement *c, int record_fd, struct confinement_tools *ret,
			struct error *err);

/**
 * confinement_apply() - become @u with what @c leaves it. To be followed by execve(2) and nothing else of note.
 * Runs in: the container's namespaces, with every capability; descriptors that the program must not have are marked
 * close-on-exec. The parent-death signal is cleared by the change of user: prctl(2).
 */
int confinement_apply(const struct confinement *c, const struct confinement_tools *t,
		      const struct user *u, struct error *err);

#endif
