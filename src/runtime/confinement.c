/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of confinement_apply() is the kernel's: the filter while CAP_SYS_ADMIN is there, or last of all where
 * no_new_privs makes that unnecessary; the bounding set while CAP_SETPCAP is there; then the ids, of which a change
 * from root clears the capabilities; at last what is left of them for root.
 */
#include "runtime/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fd.h"
#include "mount/device.h"
#include "runtime/profile.h"
#include "sys/syscalls.h"
#include "sys/userns.h"

#define CAP_MKNOD_BIT (1ull << 27)

void confinement_tools_done(struct confinement_tools *t)
{
	fd_close(&t->label_fd);
	buf_done(&t->filter);
	free(t->devices);
}

/* The file of its own since 5.8; before, AppArmor had the common one if no other module took it. */
static int open_label(struct error *err)
{
	static const char *const paths[] = {
		"/proc/thread-self/attr/apparmor/exec", "/proc/thread-self/attr/exec"
	};
	char enabled = 'N';
	auto_close int module = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);

	if (module < 0 || read(module, &enabled, 1) != 1 || enabled != 'Y')
		return error_msg(err, ENOTSUP, "--security-opt apparmor: this host has no AppArmor");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int fd = open(paths[i], O_WRONLY | O_CLOEXEC);

		if (fd >= 0 || errno != ENOENT)
			return fd >= 0 ? fd : error_set(err, errno, "cannot open '%s'", paths[i]);
	}
	return error_msg(err, ENOTSUP, "--security-opt apparmor: this kernel has no place for the label");
}

static int allow_device(struct confinement_tools *t, bool block, int major, int minor)
{
	struct seccomp_device *v = array_room(t->devices, t->n_devices, sizeof(*v));

	if (!v)
		return -ENOMEM;
	t->devices = v;
	v[t->n_devices++] = (struct seccomp_device){ block, major, minor };
	return 0;
}

/* The numbers of the devices that the container has by name. */
static int allow_devices(const struct confinement *c, struct confinement_tools *t, struct error *err)
{
	auto_clean(device_nodes) struct device_nodes nodes = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->devices.n; i++)
		r = device_nodes_add(&nodes, c->devices.v[i], err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < nodes.n; i++) {
		const struct device_node *n = &nodes.v[i];

		if (n->make)
			r = allow_device(t, S_ISBLK(n->mode), (int)major(n->device), (int)minor(n->device));
	}
	for (size_t i = 0; r == 0 && i < c->device_rules.n; i++) {
		struct device_rule rule;

		r = device_rule_parse(c->device_rules.v[i], &rule, err);
		if (r == 0 && rule.make && rule.type != 'b')
			r = allow_device(t, false, rule.major, rule.minor);
		if (r == 0 && rule.make && rule.type != 'c')
			r = allow_device(t, true, rule.major, rule.minor);
	}
	return r < 0 ? error_set(err, r, "cannot list the devices") : 0;
}

int confinement_prepare(const struct confinement *c, int record_fd, struct confinement_tools *ret,
			struct error *err)
{
	int r = c->filter == FILTER_OWN ? profile_load(record_fd, &ret->filter, err) : 0;

	ret->in_userns = !userns_is_initial();
	ret->keeps_groups = ret->in_userns && userns_maps_one_id();
	if (r == 0 && !c->privileged && (c->devices.n || c->device_rules.n))
		r = allow_devices(c, ret, err);
	if (r == 0 && c->apparmor)
		r = ret->label_fd = open_label(err);
	return r < 0 ? r : 0;
}

/* Takes effect at the next exec. */
static int label(const struct confinement *c, const struct confinement_tools *t, struct error *err)
{
	char text[512];
	int r, n = c->apparmor ? snprintf(text, sizeof(text), "exec %s", c->apparmor) : 0;

	if (n >= (int)sizeof(text))
		return error_msg(err, ENAMETOOLONG, "the name of the AppArmor profile is too long");
	r = n ? fd_write_all(t->label_fd, text, (size_t)n) : 0;
	return r < 0 ? error_set(err, r, "cannot take the AppArmor profile '%s'", c->apparmor) : 0;
}

/* Without a filter mknod(2) could make any device: then not even root may. */
static int filter(const struct confinement *c, const struct confinement_tools *t, uint64_t *caps,
		  struct error *err)
{
	struct seccomp_policy own = {
		.code = (const void *)buf_str(&t->filter),
		.n = t->filter.len / sizeof(struct seccomp_instruction),
	};
	const struct seccomp_policy *policies[] = {
		[FILTER_DEFAULT] = c->caps == CAPS_DEFAULT ? &seccomp_policy_default
							   : &seccomp_policy_gated,
		[FILTER_NONE] = &seccomp_policy_open,
		[FILTER_OWN] = &own,
	};
	const struct seccomp_devices devices = {
		.all = c->privileged, .v = t->devices, .n = t->n_devices
	};
	int r;

	if (c->privileged && c->filter == FILTER_NONE)
		return 0;
	r = seccomp_install(policies[c->filter], c->caps, &devices);
	if (r == -EOPNOTSUPP && c->filter != FILTER_OWN) {
		*caps &= ~CAP_MKNOD_BIT;
		return 0;
	}
	return r < 0 ? error_set(err, r, "cannot install the filter of system calls") : 0;
}

/* "ALL" is what berth has, which need not be everything. */
static int capabilities(const struct confinement *c, uint64_t *ret, struct error *err)
{
	uint64_t own = ~0ull;
	int r = c->caps & ~CAPS_DEFAULT ? caps_get(&own) : 0;

	*ret = c->caps & own;
	return r < 0 ? error_set(err, r, "cannot read the capabilities of berth") : 0;
}

/* In a user namespace, only ids that are mapped can be anybody's. */
static int no_such_user(const struct user *u, const struct confinement_tools *t, int code, struct error *err)
{
	int r = error_set(err, code, "cannot become user %u:%u", u->uid, u->gid);

	return r == -EINVAL && t->in_userns
		       ? error_hint(err, r, "only mapped ids exist; as root: usermod --add-subuids FIRST-LAST "
					    "--add-subgids FIRST-LAST USER")
		       : r;
}

static int become(const struct user *u, const struct confinement_tools *t, struct error *err)
{
	int r = sys_setgroups(u->n_groups, u->groups);

	if (r == -EPERM && t->keeps_groups)
		r = 0;
	if (r < 0 || setresgid(u->gid, u->gid, u->gid) < 0 || setresuid(u->uid, u->uid, u->uid) < 0)
		return no_such_user(u, t, r < 0 ? r : errno, err);
	return 0;
}

int confinement_apply(const struct confinement *c, const struct confinement_tools *t,
		      const struct user *u, struct error *err)
{
	uint64_t caps = 0;
	int r = capabilities(c, &caps, err);

	if (r == 0)
		r = label(c, t, err);
	if (r == 0 && !c->no_new_privs)
		r = filter(c, t, &caps, err);
	if (r < 0)
		return r;
	r = caps_limit_bounding(caps);
	if (r < 0)
		return error_set(err, r, "cannot limit the capabilities");
	r = become(u, t, err);
	if (r < 0)
		return r;
	r = caps_set(u->uid == 0 ? caps : 0);
	if (r < 0)
		return error_set(err, r, "cannot set the capabilities");
	if (!c->no_new_privs)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "cannot set no_new_privs");
	return filter(c, t, &caps, err);
}
