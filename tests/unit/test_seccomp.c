/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp profiles: what is parsed, what a compiled program does, and that it does what the profile says. */
#include "helper/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/bpf_run.h"
#include "base/fd.h"
#include "sys/caps.h"
#include "sys/seccomp.h"
#include "tap.h"

#define ALLOW	SECCOMP_ALLOW
#define EPERM_	SECCOMP_FAIL(EPERM)
#define ENOSYS_ SECCOMP_FAIL(ENOSYS)
#define KERNEL	(6u << 16 | 1)

static int parse(const char *text, struct profile *p, struct error *err)
{
	return profile_parse(text, strlen(text), p, err);
}

static int number(const char *name)
{
	return seccomp_syscall_resolve_name_arch(seccomp_arch_native(), name);
}

static uint32_t run(const struct bpf *b, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
	struct bpf_call call = { .nr = nr, .arch = arch, .args = { a0, a1 } };

	return bpf_run(b->v, b->n, &call);
}

/* The built-in policy as a container with @caps gets it. */
static struct seccomp_instruction *built_in(uint64_t caps, size_t *ret_n)
{
	const struct seccomp_policy *p = caps == CAPS_DEFAULT ? &seccomp_policy_default
							      : &seccomp_policy_gated;
	struct seccomp_instruction *v = malloc(p->n * sizeof(*v));

	if (!v)
		abort();
	memcpy(v, p->code, p->n * sizeof(*v));
	for (size_t i = 0; i < p->n_gates; i++) {
		if (caps & p->gates[i].caps)
			v[p->gates[i].at] = (struct seccomp_instruction){ 0x06, 0, 0, SECCOMP_ALLOW };
	}
	*ret_n = p->n;
	return v;
}

static uint32_t by_default(uint64_t caps, const char *name, uint64_t a0)
{
	struct bpf_call call = {
		.nr = number(name), .arch = seccomp_arch_native(), .args = { a0 }
	};
	size_t n;
	auto_free struct seccomp_instruction *v = built_in(caps, &n);

	return bpf_run(v, n, &call);
}

static void the_default(void)
{
	const uint64_t admin = cap_from_name("SYS_ADMIN");

	EQ_INT(by_default(CAPS_DEFAULT, "read", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "execve", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "chroot", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT & ~cap_from_name("SYS_CHROOT"), "chroot", 0), EPERM_);
	EQ_INT(by_default(CAPS_DEFAULT, "ptrace", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "mount", 0), EPERM_);
	EQ_INT(by_default(CAPS_DEFAULT | admin, "mount", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT | admin, "pivot_root", 0), EPERM_);
	EQ_INT(by_default(CAPS_DEFAULT, "keyctl", 0), EPERM_);
	EQ_INT(by_default(CAPS_DEFAULT, "io_uring_setup", 0), EPERM_);
	EQ_INT(by_default(CAPS_DEFAULT, "bpf", 0), EPERM_);
	EQ_INT(by_default(cap_from_name("BPF"), "bpf", 0), ALLOW);
	EQ_INT(by_default(admin, "bpf", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "open_by_handle_at", 0), EPERM_);
	EQ_INT(by_default(cap_from_name("DAC_READ_SEARCH"), "open_by_handle_at", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "clone", 0x11), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "clone", 0x10000011), EPERM_); /* CLONE_NEWUSER */
	EQ_INT(by_default(admin, "clone", 0x10000011), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "clone3", 0), ENOSYS_);
	EQ_INT(by_default(admin, "clone3", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "socket", 2), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "socket", 40), EPERM_); /* AF_VSOCK */
	EQ_INT(by_default(CAPS_DEFAULT, "socket", 1ull << 32 | 40), EPERM_); /* the kernel takes an int */
	EQ_INT(by_default(CAPS_DEFAULT, "personality", 0), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "personality", 0x20008), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "personality", 0xffffffff), ALLOW);
	EQ_INT(by_default(CAPS_DEFAULT, "personality", 0x40000), EPERM_); /* ADDR_NO_RANDOMIZE */
	EQ_INT(by_default(CAPS_DEFAULT, "mknodat", 0), BPF_TO_DEVICES);
	OK(bpf_is_sound(seccomp_policy_default.code, seccomp_policy_default.n));
	OK(bpf_is_sound(seccomp_policy_gated.code, seccomp_policy_gated.n));
	OK(bpf_is_sound(seccomp_policy_open.code, seccomp_policy_open.n));
}

/* Numbers that no profile names, other architectures, x86's three ways to call. */
static void other_ways(void)
{
	size_t n;
	auto_free struct seccomp_instruction *v = built_in(CAPS_DEFAULT, &n);
	struct bpf_call call = { .nr = 9999, .arch = seccomp_arch_native() };

	EQ_INT(bpf_run(v, n, &call), ENOSYS_);
	call.nr = -1;
	EQ_INT(bpf_run(v, n, &call), ENOSYS_);
	call = (struct bpf_call){ .nr = 469, .arch = seccomp_arch_native() };
	EQ_INT(bpf_run(v, n, &call), ALLOW);
	call = (struct bpf_call){ .nr = number("read"), .arch = 0x12345678 };
	EQ_INT(bpf_run(v, n, &call), EPERM_);
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return;
	call = (struct bpf_call){ .nr = 21, .arch = SCMP_ARCH_X86 }; /* mount */
	EQ_INT(bpf_run(v, n, &call), EPERM_);
	call.nr = 14; /* mknod */
	EQ_INT(bpf_run(v, n, &call), BPF_TO_DEVICES + SECCOMP_MKNOD_ENTRY);
	call.nr = 3; /* read */
	EQ_INT(bpf_run(v, n, &call), ALLOW);
	call = (struct bpf_call){ .nr = 0x40000000 | 165, .arch = SCMP_ARCH_X86_64 }; /* x32's mount */
	EQ_INT(bpf_run(v, n, &call), EPERM_);
	call.nr = 0x40000000 | 520; /* x32's execve */
	EQ_INT(bpf_run(v, n, &call), ALLOW);
	call.nr = 0x40000000 | 528; /* x32's kexec_load */
	EQ_INT(bpf_run(v, n, &call), EPERM_);
	call.nr = 0x40000000 | 133; /* x32's mknod */
	EQ_INT(bpf_run(v, n, &call), BPF_TO_DEVICES + SECCOMP_MKNOD_ENTRY);
}

/* However a profile allows it, a device is made only by way of the check of devices. */
static void devices_are_checked(void)
{
	static const char *const profiles[] = {
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\"}",
		"{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": [{\"names\": [\"mknodat\"], "
		"\"action\": \"SCMP_ACT_TRACE\"}]}",
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mknodat\"], "
		"\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 8, "
		"\"op\": \"SCMP_CMP_EQ\"}]}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		auto_profile struct profile p = PROFILE_INIT;
		auto_clean(compiled) struct compiled c = { 0 };
		struct compile_target t = { .kernel = KERNEL };

		EQ_INT(parse(profiles[i], &p, NULL), 0);
		EQ_INT(profile_compile(&p, &t, &c, NULL), 0);
		EQ_INT(run(&c.program, seccomp_arch_native(), number("mknodat"), 8, 0), BPF_TO_DEVICES);
	}
}

static bool holds(const struct profile_arg *a, uint64_t v)
{
	switch (a->op) {
	case PROFILE_NE:
		return v != a->value;
	case PROFILE_LT:
		return v < a->value;
	case PROFILE_LE:
		return v <= a->value;
	case PROFILE_EQ:
		return v == a->value;
	case PROFILE_GE:
		return v >= a->value;
	case PROFILE_GT:
		return v > a->value;
	default:
		return (v & a->value) == a->value_two;
	}
}

/* The profile read aloud: what compile.h promises, without a program. */
static uint32_t say(const struct profile *p, uint64_t caps, int nr, const uint64_t *args)
{
	uint32_t found = 0;
	bool any = false;

	uint64_t narrow[6];

	/* An int to the kernel. */
	if (nr == number("socket") || nr == number("personality") || nr == number("socketpair")) {
		for (int i = 0; i < 6; i++)
			narrow[i] = (uint32_t)args[i];
		args = narrow;
	}
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < p->n_rules && !any; i++) {
			const struct profile_rule *r = &p->rules[i];
			bool ok = (r->n_args == 0) == (pass == 0);

			ok = ok && (r->includes.caps & ~caps) == 0 && !(r->excludes.caps & caps);
			ok = ok && (!r->includes.arches.n || strv_has(&r->includes.arches, "amd64"));
			for (unsigned k = 0; ok && k < r->n_args; k++)
				ok = holds(&r->args[k], args[r->args[k].index]);
			for (size_t k = 0; ok && !any && k < r->names.n; k++) {
				any = number(r->names.v[k]) == nr;
				found = r->action;
			}
		}
	}
	return any ? found : p->default_action;
}

static void compare(const struct profile *p, const struct compiled *c, uint64_t caps, int last)
{
	static const uint64_t values[] = { 0, 1, 8, 40, 0x11, 0x20000, 0x7e020000, 0x10000000,
					   0xffffffff, 0x100000000, 0x100000008, ~0ull };
	int wrong = 0;

	for (int nr = 0; nr <= last; nr++) {
		for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
			struct bpf_call call = {
				.nr = nr, .arch = seccomp_arch_native(),
				.args = { values[i % ARRAY_SIZE(values)], values[i / ARRAY_SIZE(values)] },
			};
			uint32_t want = say(p, caps, nr, call.args);
			uint32_t got = bpf_run(c->program.v, c->program.n, &call);

			if (got >> 24 == BPF_TO_DEVICES >> 24)
				got = ALLOW;
			wrong += got != want;
		}
	}
	EQ_INT(wrong, 0);
}

static void compiles_what_it_says(void)
{
	static const char text[] =
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 7, \"syscalls\": ["
		"{\"names\": [\"read\", \"close\", \"write\", \"nonsense\"], \"action\": \"SCMP_ACT_ALLOW\"},"
		"{\"name\": \"open\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 13},"
		"{\"names\": [\"ioctl\", \"lseek\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
		"  {\"index\": 0, \"value\": 8, \"op\": \"SCMP_CMP_GE\"},"
		"  {\"index\": 1, \"value\": 4294967296, \"op\": \"SCMP_CMP_LE\"}]},"
		"{\"names\": [\"ioctl\"], \"action\": \"SCMP_ACT_TRAP\", \"args\": ["
		"  {\"index\": 1, \"value\": 40, \"op\": \"SCMP_CMP_GT\"}]},"
		"{\"names\": [\"dup\"], \"action\": \"SCMP_ACT_LOG\", \"args\": ["
		"  {\"index\": 0, \"value\": 4294967304, \"op\": \"SCMP_CMP_LT\"},"
		"  {\"index\": 1, \"value\": 18446744073709551615, \"valueTwo\": 8, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
		"{\"names\": [\"dup3\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
		"  {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"},"
		"  {\"index\": 0, \"value\": 8, \"op\": \"SCMP_CMP_EQ\"}]},"
		"{\"names\": [\"fsync\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
		"  {\"index\": 1, \"value\": 4294967295, \"op\": \"SCMP_CMP_NE\"}]},"
		"{\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_KILL\", \"excludes\": {\"caps\": [\"CAP_BPF\"]}},"
		"{\"names\": [\"getpid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"CAP_BPF\"]}},"
		"{\"names\": [\"gettid\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": \"99.0\"}},"
		"{\"names\": [\"getppid\"], \"action\": \"SCMP_ACT_TRACE\", \"includes\": {\"arches\": [\"vax\"]}},"
		"{\"names\": [\"writev\"], \"action\": \"SCMP_ACT_ALLOW\"}]}";
	auto_profile struct profile p = PROFILE_INIT;
	const uint64_t caps[] = { 0, cap_from_name("BPF") };
	struct error err = ERROR_INIT;

	EQ_INT(parse(text, &p, &err), 0);
	EQ_STR(err.msg, "");
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		auto_clean(compiled) struct compiled c = { 0 };
		struct compile_target t = { .caps = caps[i], .kernel = KERNEL };

		EQ_INT(profile_compile(&p, &t, &c, &err), 0);
		OK(bpf_is_sound(c.program.v, c.program.n));
		/* Not for this kernel; the reader aloud knows none. */
		EQ_INT(run(&c.program, seccomp_arch_native(), number("gettid"), 0, 0),
		       SECCOMP_FAIL(7));
		strv_done(&p.rules[p.n_rules - 3].names);
		compare(&p, &c, caps[i], 39);
	}
}

/* docker's default by capabilities, once through gates and once for exactly these. */
static void both_forms_agree(void)
{
	auto_close int fd = open(PROFILE, O_RDONLY | O_CLOEXEC);
	auto_buf struct buf text = BUF_INIT;
	auto_profile struct profile p = PROFILE_INIT;
	int wrong = 0;

	EQ_INT(fd_read_all(fd, &text), 0);
	EQ_INT(profile_parse(buf_str(&text), text.len, &p, NULL), 0);
	for (unsigned cap = 0; cap <= 64; cap++) {
		auto_clean(compiled) struct compiled c = { 0 };
		uint64_t caps = cap < 64 ? 1ull << cap : CAPS_DEFAULT;
		struct compile_target t = { .caps = caps, .kernel = KERNEL };
		size_t n;
		auto_free struct seccomp_instruction *v = built_in(t.caps, &n);

		if (profile_compile(&p, &t, &c, NULL) < 0)
			abort();
		for (int nr = 0; nr < 1200; nr++) {
			struct bpf_call call = { .nr = nr, .arch = seccomp_arch_native(), .args = { 8 } };

			wrong += bpf_run(v, n, &call) != bpf_run(c.program.v, c.program.n, &call);
			call.arch = SCMP_ARCH_X86;
			wrong += bpf_run(v, n, &call) != bpf_run(c.program.v, c.program.n, &call);
		}
		if (cap == 0 || cap == 64)
			compare(&p, &c, t.caps, 334);
	}
	EQ_INT(wrong, 0);
}

static void refuses(const char *text, const char *why)
{
	auto_profile struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	OK(parse(text, &p, &err) < 0);
	if (!OK(strstr(err.msg, why) != NULL))
		printf("# got <%s>\n", err.msg);
}

static void refuses_nonsense(void)
{
	refuses("", "");
	refuses("[]", "object");
	refuses("{}", "'defaultAction'");
	refuses("{\"defaultAction\": \"SCMP_ACT_WHATEVER\"}", "SCMP_ACT_WHATEVER");
	refuses("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "listening");
	refuses("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 65536}", "defaultErrnoRet");
	refuses("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\"],"
		"\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}]}", "use either");
#define RULE(text) "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{" text "}]}"
	refuses(RULE("\"names\": [\"a\"], \"name\": \"b\", \"action\": \"SCMP_ACT_ALLOW\""), "use either");
	refuses(RULE("\"names\": \"a\", \"action\": \"SCMP_ACT_ALLOW\""), "rule 1: 'names'");
	refuses(RULE("\"names\": [\"a\"]"), "'action'");
	refuses(RULE("\"names\": [\"a\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6, "
		     "\"op\": \"SCMP_CMP_EQ\"}]"), "'index'");
	refuses(RULE("\"names\": [\"a\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, "
		     "\"value\": -1, \"op\": \"SCMP_CMP_EQ\"}]"), "'value'");
	refuses(RULE("\"names\": [\"a\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"op\": \"==\"}]"), "'op'");
	refuses(RULE("\"names\": [\"a\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": "
		     "{\"caps\": [\"CAP_WHATEVER\"]}"), "CAP_WHATEVER");
	refuses(RULE("\"names\": [\"a\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"minKernel\": "
		     "\"five\"}"), "minKernel");
}

TAP_MAIN(the_default, other_ways, devices_are_checked, compiles_what_it_says, both_forms_agree, refuses_nonsense)
