/* SPDX-License-Identifier: Apache-2.0 */
/* The options of run and create that confine a container: runtime/confinement.h. S is the struct that they fill. */
#ifndef BERTH_CLI_CONFINE_OPTIONS_H
#define BERTH_CLI_CONFINE_OPTIONS_H

#include "cli/opt.h"

/* clang-format off */
#define CONFINE_OPTIONS(S, member)                                                                 \
	OPT_LIST("cap-add", 0, S, member.cap_add, "CAP",                                           \
		 "Give the container a capability beyond docker's default ones, or ALL"),          \
	OPT_LIST("cap-drop", 0, S, member.cap_drop, "CAP", "Take a capability away, or ALL"),      \
	OPT_LIST("device", 0, S, member.devices, "HOST[:PATH][:MODE]",                             \
		 "Give the container a device of the host, or all in a directory, below its /dev; "   \
		 "MODE: rwm, or rw: it may not make more nodes of it"),                            \
	OPT_LIST("device-cgroup-rule", 0, S, member.device_rules, "TYPE MAJOR:MINOR MODE",         \
		 "Allow it to make nodes of these devices, in its /dev: 'c 10:* rwm'"),            \
	OPT_FLAG("privileged", 0, S, member.privileged,                                            \
		 "Every capability and device, no filter of system calls, nothing hidden: "        \
		 "the container is as mighty as the host's root"),                                 \
	OPT_LIST("security-opt", 0, S, member.security_opt, "KEY[=VALUE]",                         \
		 "no-new-privileges; seccomp=FILE.json|unconfined; apparmor=PROFILE|unconfined; "  \
		 "systempaths=unconfined; mask=PATH[:PATH...]; unmask=ALL|PATH[:PATH...]; label=disable")
/* clang-format on */

#endif
