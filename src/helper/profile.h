/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp profile in docker's format: moby's profiles/seccomp, which is the OCI runtime specification's with
 * conditions on capabilities, architectures and kernels. Parsing is pure; what the names mean is compile.h's.
 */
#ifndef BERTH_HELPER_PROFILE_H
#define BERTH_HELPER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"

#define PROFILE_MAX_ARGS 6

enum profile_op {
	PROFILE_NE,
	PROFILE_LT,
	PROFILE_LE,
	PROFILE_EQ,
	PROFILE_GE,
	PROFILE_GT,
	PROFILE_MASKED_EQ, /* (argument & value) == value_two */
};

struct profile_arg {
	unsigned index;
	enum profile_op op;
	uint64_t value, value_two;
};

/* When a rule applies: to all of these, if it names any. */
struct profile_filter {
	uint64_t caps;
	struct strv arches; /* as Go calls them: "amd64" */
	unsigned min_kernel; /* major << 16 | minor; 0: any */
};

struct profile_rule {
	struct strv names;
	uint32_t action; /* what the filter returns: SECCOMP_RET_… with its data */
	struct profile_arg args[PROFILE_MAX_ARGS]; /* all must hold */
	unsigned n_args;
	struct profile_filter includes, excludes;
};

/* An architecture and those whose programs run on it, too: "SCMP_ARCH_X86_64". */
struct profile_arch {
	char *name; /* owned */
	struct strv subs;
};

struct profile {
	uint32_t default_action;
	struct profile_arch *arches; /* owned */
	size_t n_arches;
	struct strv architectures; /* the other, plain form of the same: all that the profile is for */
	struct profile_rule *rules; /* owned */
	size_t n_rules;
};

#define PROFILE_INIT ((struct profile){ 0 })

void profile_done(struct profile *p);
DEFINE_AUTO(profile, struct profile, profile_done)
#define auto_profile auto_clean(profile)

/** profile_parse() - from JSON. Return: 0, -EINVAL with what is wrong with it in @err, -E2BIG, -ENOMEM. */
int profile_parse(const char *text, size_t len, struct profile *ret, struct error *err);

#endif
