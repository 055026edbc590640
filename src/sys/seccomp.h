/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters on the system calls of a process: seccomp(2).
 *
 * A policy is a BPF program that is compiled elsewhere: docker's default profile when berth is built, other profiles
 * by berth-seccomp. Both end where the decision about devices begins: a call of mknodat(2) that the policy allows
 * goes to the instruction after its last, one of mknod(2) to the fourth after that, and what stands there is put
 * together here, for it depends on the container (docs/architecture.md, "Devices").
 */
#ifndef BERTH_SYS_SECCOMP_H
#define BERTH_SYS_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* struct sock_filter */
struct seccomp_instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
};

/* What SECCOMP_RET_DATA and the actions are: linux/seccomp.h */
#define SECCOMP_ALLOW	     0x7fff0000u
#define SECCOMP_FAIL(number) (0x00050000u | (uint32_t)(number))

/* From mknodat's entry into the part about devices to mknod's. */
#define SECCOMP_MKNOD_ENTRY 4

/* An instruction that becomes "allow" for a container with one of these capabilities. */
struct seccomp_gate {
	uint16_t at;
	uint64_t caps;
};

struct seccomp_policy {
	const struct seccomp_instruction *code;
	size_t n;
	const struct seccomp_gate *gates;
	size_t n_gates;
};

/*
 * Made by the build, from data/seccomp/: docker's default profile for exactly docker's default capabilities, shorter
 * and quicker than the one for any, which has gates; and one that allows everything.
 */
extern const struct seccomp_policy seccomp_policy_default, seccomp_policy_gated, seccomp_policy_open;

/* A device, or with -1 all of them, that may be made. */
struct seccomp_device {
	bool block;
	int major, minor;
};

struct seccomp_devices {
	bool all;
	const struct seccomp_device *v; /* besides those that every container has */
	size_t n;
};

/**
 * seccomp_install() - from now on this process and all its descendants are under @policy.
 * @caps: what the gates are decided by
 * @devices: besides null, zero, full, random, urandom, tty, ptmx and overlayfs's whiteout
 *
 * As every mount but /dev is nodev, CAP_MKNOD is harmless then without a device cgroup. Needs CAP_SYS_ADMIN or
 * no_new_privs. Return: 0; -EOPNOTSUPP where the kernel has no filters; -E2BIG; -errno.
 */
int seccomp_install(const struct seccomp_policy *policy, uint64_t caps,
		    const struct seccomp_devices *devices);

#endif
