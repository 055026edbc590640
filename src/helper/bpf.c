/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/bpf.h"

#include <errno.h>

#include "base/macros.h"

static bpf_label put(struct bpf *b, struct seccomp_instruction i)
{
	if (b->n == b->cap && !b->failed) {
		size_t cap = MAX(2 * b->cap, 256);
		struct seccomp_instruction *v = b->n < BPF_MAX ? realloc(b->v, cap * sizeof(*v)) : NULL;

		b->failed = !v;
		if (v) {
			b->v = v;
			b->cap = cap;
		}
	}
	if (b->failed)
		return b->n;
	b->v[b->n++] = i;
	return b->n;
}

bpf_label bpf_add(struct bpf *b, unsigned code, uint32_t k)
{
	return put(b, (struct seccomp_instruction){ (uint16_t)code, 0, 0, k });
}

bpf_label bpf_goto(struct bpf *b, bpf_label to)
{
	return put(b, (struct seccomp_instruction){ BPF_GOTO, 0, 0, (uint32_t)(b->n - to) });
}

bpf_label bpf_if(struct bpf *b, unsigned code, uint32_t k, bpf_label yes, bpf_label no)
{
	/* The second detour may push the first one's target further away, by one. */
	if (b->n - yes >= UINT8_MAX)
		yes = bpf_goto(b, yes);
	if (b->n - no >= UINT8_MAX)
		no = bpf_goto(b, no);
	return put(b, (struct seccomp_instruction){ (uint16_t)code, (uint8_t)(b->n - yes),
						    (uint8_t)(b->n - no), k });
}

int bpf_turn(struct bpf *b)
{
	if (b->failed || b->n > BPF_MAX)
		return b->n >= BPF_MAX ? -E2BIG : -ENOMEM;
	for (size_t i = 0; i < b->n / 2; i++) {
		struct seccomp_instruction t = b->v[i];

		b->v[i] = b->v[b->n - 1 - i];
		b->v[b->n - 1 - i] = t;
	}
	return 0;
}
