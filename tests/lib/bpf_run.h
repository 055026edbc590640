/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel does with a filter, for the tests of those that make them. */
#ifndef BERTH_TESTS_BPF_RUN_H
#define BERTH_TESTS_BPF_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sys/seccomp.h"

/* struct seccomp_data */
struct bpf_call {
	int nr;
	uint32_t arch;
	uint64_t ip;
	uint64_t args[6];
};

/* What bpf_run() returns for a program that goes on in berth's part about devices, plus where; and for a bad one. */
#define BPF_TO_DEVICES 0xdd000000u
#define BPF_BAD	       0xbadbadbau

/* No loop is possible: every jump goes forward. */
static inline uint32_t bpf_run(const struct seccomp_instruction *code, size_t n, const struct bpf_call *call)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < n + 8; pc++) {
		const struct seccomp_instruction *i = &code[pc];

		if (pc >= n)
			return BPF_TO_DEVICES + (uint32_t)(pc - n);
		switch (i->code) {
		case 0x20: /* load */
			if (i->k > sizeof(*call) - 4 || i->k % 4)
				return BPF_BAD;
			memcpy(&a, (const char *)call + i->k, 4);
			break;
		case 0x54:
			a &= i->k;
			break;
		case 0x05:
			pc += i->k;
			break;
		case 0x15:
			pc += a == i->k ? i->if_true : i->if_false;
			break;
		case 0x25:
			pc += a > i->k ? i->if_true : i->if_false;
			break;
		case 0x35:
			pc += a >= i->k ? i->if_true : i->if_false;
			break;
		case 0x06:
			return i->k;
		default:
			return BPF_BAD;
		}
	}
	return BPF_BAD;
}

/* Whether the kernel would take it: known instructions, no jump further than the part about devices reaches. */
static inline bool bpf_is_sound(const struct seccomp_instruction *code, size_t n)
{
	for (size_t pc = 0; pc < n; pc++) {
		const struct seccomp_instruction *i = &code[pc];
		bool is_if = i->code == 0x15 || i->code == 0x25 || i->code == 0x35;

		if (!is_if && i->code != 0x20 && i->code != 0x54 && i->code != 0x05 && i->code != 0x06)
			return false;
		if (is_if && (pc + 1 + i->if_true >= n || pc + 1 + i->if_false >= n))
			return false;
		if (i->code == 0x05 && pc + 1 + i->k > n + SECCOMP_MKNOD_ENTRY)
			return false;
	}
	return n > 0;
}

#endif
