/* SPDX-License-Identifier: Apache-2.0 */
/* From a seccomp profile to the program that the kernel runs at every system call. */
#ifndef BERTH_HELPER_COMPILE_H
#define BERTH_HELPER_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "helper/bpf.h"
#include "helper/profile.h"

struct compile_target {
	bool any_caps;	 /* for whatever capabilities: what depends on them becomes gates */
	uint64_t caps;	 /* else for these */
	unsigned kernel; /* major << 16 | minor */
};

/* What was compiled; sys/seccomp.h says what its parts are. */
struct compiled {
	struct bpf program;
	struct seccomp_gate *gates; /* owned */
	size_t n_gates;
};

void compiled_done(struct compiled *c);
DEFINE_AUTO(compiled, struct compiled, compiled_done)

/**
 * profile_compile() - for this machine's architecture and those that the profile says run on it.
 *
 * Of the rules for one system call the first without conditions on arguments wins over all others; else those with
 * conditions are tried in the order of the profile, and then the default action is taken. libseccomp's are the
 * same wherever rules don't contradict each other. A call that the profile can't know, because its number is
 * beyond all that it names, fails with ENOSYS where the profile would forbid it: programs have a way to do
 * without a new call, but not without one that is forbidden (runc does that, too).
 *
 * Return: 0; -EINVAL, -E2BIG, -ENOMEM with @err.
 */
int profile_compile(const struct profile *p, const struct compile_target *target,
		    struct compiled *ret, struct error *err);

/** profile_compile_fd() - profile_parse() and profile_compile() of what @fd holds. */
int profile_compile_fd(int fd, const struct compile_target *target, struct compiled *ret,
		       struct error *err);

#endif
