/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a classic BPF program from its end to its start. Every jump goes forward, so that whatever is jumped to is
 * there before what jumps to it, and no jump has to be patched. A label is a place counted from the end: the number
 * of instructions from there on. Running out of memory or of the kernel's length makes the program fail for good.
 */
#ifndef BERTH_HELPER_BPF_H
#define BERTH_HELPER_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "sys/seccomp.h"

#define BPF_MAX 3800u /* BPF_MAXINSNS is 4096; the part about devices follows */

/* linux/bpf_common.h */
#define BPF_LOAD  0x20u /* BPF_LD | BPF_W | BPF_ABS */
#define BPF_AND	  0x54u /* BPF_ALU | BPF_AND | BPF_K */
#define BPF_GOTO  0x05u /* BPF_JMP | BPF_JA */
#define BPF_IF_EQ 0x15u /* BPF_JMP | BPF_JEQ | BPF_K */
#define BPF_IF_GT 0x25u
#define BPF_IF_GE 0x35u
#define BPF_RET	  0x06u

struct bpf {
	struct seccomp_instruction *v; /* owned; the last instruction of the program first */
	size_t n, cap;
	bool failed;
};

typedef size_t bpf_label;

static inline void bpf_done(struct bpf *b)
{
	free(b->v);
}
DEFINE_AUTO(bpf, struct bpf, bpf_done)
#define auto_bpf auto_clean(bpf)

/** bpf_add() - an instruction before all others. Return: where it is. */
bpf_label bpf_add(struct bpf *b, unsigned code, uint32_t k);

/** bpf_goto() - go on at @to. */
bpf_label bpf_goto(struct bpf *b, bpf_label to);

/** bpf_if() - a comparison of the accumulator with @k, however far away the two places are. */
bpf_label bpf_if(struct bpf *b, unsigned code, uint32_t k, bpf_label yes, bpf_label no);

/** bpf_turn() - put the finished program in order. -E2BIG or -ENOMEM if it failed. */
int bpf_turn(struct bpf *b);

#endif
