/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp profile: refused with a reason, or compiled to a program that the kernel takes and that says something. */
#include "helper/compile.h"

#include <seccomp.h>

#include "../lib/bpf_run.h"
#include "fuzz.h"

static void compile(const struct profile *p, const struct compile_target *t)
{
	auto_clean(compiled) struct compiled c = { 0 };
	struct error err = ERROR_INIT;

	if (profile_compile(p, t, &c, &err) < 0) {
		MUST(err.code && err.msg[0]);
		return;
	}
	MUST(bpf_is_sound(c.program.v, c.program.n));
	for (size_t i = 0; i < c.n_gates; i++)
		MUST(c.gates[i].at < c.program.n);
	for (int nr = 0; nr < 512; nr++) {
		struct bpf_call call = { .nr = nr, .arch = seccomp_arch_native(), .args = { 8, 40 } };

		MUST(bpf_run(c.program.v, c.program.n, &call) != BPF_BAD);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_profile struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;

	if (profile_parse((const char *)data, size, &p, &err) < 0) {
		MUST(err.code && err.msg[0]);
		return 0;
	}
	compile(&p, &(struct compile_target){ .caps = 0xff, .kernel = 5u << 16 | 12 });
	compile(&p, &(struct compile_target){ .any_caps = true, .kernel = 6u << 16 });
	return 0;
}
