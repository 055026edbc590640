/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the host for a container: --device, --device-cgroup-rule, and all of them with --privileged. */
#ifndef BERTH_MOUNT_DEVICE_H
#define BERTH_MOUNT_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* HOST[:CONTAINER][:PERMISSIONS], docker's grammar. */
struct device_spec {
	char *host, *target; /* owned; @target lies below /dev */
	bool make;	     /* 'm' among the permissions: mknod(2) may make it anew */
};

void device_spec_done(struct device_spec *s);
DEFINE_AUTO(device_spec, struct device_spec, device_spec_done)

int device_spec_parse(const char *text, struct device_spec *ret, struct error *err);

/* "c 10:* rwm": -1 for "*". */
struct device_rule {
	char type; /* a b c */
	int major, minor;
	bool make;
};

int device_rule_parse(const char *text, struct device_rule *ret, struct error *err);

struct device_node {
	char *name; /* owned; path below the container's /dev */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t device;
	bool make;
};

struct device_nodes {
	struct device_node *v; /* owned */
	size_t n;
};

void device_nodes_done(struct device_nodes *d);
DEFINE_AUTO(device_nodes, struct device_nodes, device_nodes_done)

/** device_nodes_add() - the device that @text (a device_spec) names, or all devices below the directory. */
int device_nodes_add(struct device_nodes *d, const char *text, struct error *err);

/** device_nodes_add_all() - the host's, but terminals and what else a container has of its own. */
int device_nodes_add_all(struct device_nodes *d, struct error *err);

/** device_nodes_make() - make them in the file system @dev_fd, which nobody else sees yet. */
int device_nodes_make(const struct device_nodes *d, int dev_fd, struct error *err);

#endif
