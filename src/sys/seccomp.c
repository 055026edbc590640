/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF over struct seccomp_data {int nr; u32 arch; u64 ip; u64 args[6]}. Arguments are read at their low
 * halves here: mode_t and the kernel's dev are 32 bits.
 */
#include "sys/seccomp.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macros.h"

#ifndef SYS_seccomp
# define SYS_seccomp 277 /* the generic number; x86 headers always have it */
#endif

#define SET_MODE_FILTER 1u
#define MAX_PROGRAM	4096u /* BPF_MAXINSNS */
#define MAX_DEVICES	64u   /* more would not be in the reach of a jump */

/* linux/bpf_common.h */
#define LOAD	    0x20u /* BPF_LD | BPF_W | BPF_ABS */
#define JUMP_EQ	    0x15u /* BPF_JMP | BPF_JEQ | BPF_K */
#define JUMP	    0x05u /* BPF_JMP | BPF_JA */
#define STORE	    0x02u /* BPF_ST */
#define LOAD_STORED 0x60u /* BPF_LD | BPF_MEM */
#define AND	    0x54u /* BPF_ALU | BPF_AND | BPF_K */
#define RETURN	    0x06u

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
# define OFFSET_ARG(n) (16u + 8u * (n))
#else
# define OFFSET_ARG(n) (20u + 8u * (n))
#endif

/* Where the parts of the part about devices start; the lists of further devices follow FIXED. */
enum { MKNODAT = 0, MKNOD = SECCOMP_MKNOD_ENTRY, CHECK = 7, CHARACTER = 10, FIXED = 11 };

/* dev_t as mknod(2) takes it: new_decode_dev() in the kernel. */
static uint32_t encode(int major, int minor)
{
	return ((uint32_t)minor & 0xff) | ((uint32_t)major & 0xfff) << 8 |
	       ((uint32_t)minor & 0xfff00) << 12;
}

#define MAJOR_BITS 0x000fff00u
#define MINOR_BITS 0xfff000ffu

/* Those of makefs.c's /dev, and the device 0:0 by which overlayfs hides a file. */
static const uint8_t fixed[][2] = {
	{ 0, 0 }, { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 2 },
};

/* A list that is being written; @pass is the index of the instruction that allows. */
struct part {
	struct seccomp_instruction *v;
	size_t n, pass;
};

static void put(struct part *p, unsigned code, uint32_t k)
{
	p->v[p->n++] = (struct seccomp_instruction){ (uint16_t)code, 0, 0, k };
}

/* If the accumulator is @k go to the index @yes, else to @no. Jumps are relative to the next instruction. */
static void put_if(struct part *p, uint32_t k, size_t yes, size_t no)
{
	size_t next = p->n + 1;

	p->v[p->n++] = (struct seccomp_instruction){ JUMP_EQ, (uint8_t)(yes - next),
						     (uint8_t)(no - next), k };
}

static void put_list(struct part *p, const struct seccomp_devices *d, bool block)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct seccomp_device *one = &d->v[i];
		uint32_t mask = (one->major < 0 ? 0 : MAJOR_BITS) | (one->minor < 0 ? 0 : MINOR_BITS);

		if (one->block != block)
			continue;
		put(p, LOAD_STORED, 0);
		put(p, AND, mask);
		put_if(p, encode(one->major, one->minor) & mask, p->pass, p->n + 1);
	}
	put(p, RETURN, SECCOMP_FAIL(EPERM));
}

/* The accumulator holds the mode, the store the device, when CHECK is reached. */
static void put_devices(struct part *p, const struct seccomp_devices *d)
{
	size_t characters = 0, blocks;

	for (size_t i = 0; i < d->n; i++)
		characters += !d->v[i].block;
	blocks = FIXED + ARRAY_SIZE(fixed) + 3 * characters + 1;
	p->pass = blocks + 3 * (d->n - characters) + 1;
	/* mknodat(dir, path, mode, dev) */
	put(p, LOAD, OFFSET_ARG(3));
	put(p, STORE, 0);
	put(p, LOAD, OFFSET_ARG(2));
	put(p, JUMP, CHECK - MKNOD);
	/* mknod(path, mode, dev) */
	put(p, LOAD, OFFSET_ARG(2));
	put(p, STORE, 0);
	put(p, LOAD, OFFSET_ARG(1));
	put(p, AND, S_IFMT);
	put_if(p, S_IFBLK, blocks, CHECK + 2);
	put_if(p, S_IFCHR, CHARACTER, p->pass);
	put(p, LOAD_STORED, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		put_if(p, encode(fixed[i][0], fixed[i][1]), p->pass, p->n + 1);
	put_list(p, d, false);
	put_list(p, d, true);
	put(p, RETURN, SECCOMP_ALLOW);
}

int seccomp_install(const struct seccomp_policy *policy, uint64_t caps,
		    const struct seccomp_devices *devices)
{
	auto_free struct seccomp_instruction *program = NULL;
	struct part p = { 0 };
	struct {
		unsigned short len;
		const struct seccomp_instruction *filter;
	} prog;

	if (devices->n > MAX_DEVICES || policy->n > MAX_PROGRAM)
		return -E2BIG;
	program = malloc((policy->n + FIXED + ARRAY_SIZE(fixed) + (size_t)3 * MAX_DEVICES + 3) * sizeof(*program));
	if (!program)
		return -ENOMEM;
	memcpy(program, policy->code, policy->n * sizeof(*program));
	for (size_t i = 0; i < policy->n_gates; i++) {
		if (caps & policy->gates[i].caps)
			program[policy->gates[i].at] =
				(struct seccomp_instruction){ RETURN, 0, 0, SECCOMP_ALLOW };
	}
	p.v = program + policy->n;
	if (devices->all)
		for (int i = MKNODAT; i <= MKNOD; i++)
			put(&p, RETURN, SECCOMP_ALLOW);
	else
		put_devices(&p, devices);
	prog.len = (unsigned short)(policy->n + p.n);
	prog.filter = program;
	if (syscall(SYS_seccomp, SET_MODE_FILTER, 0, &prog) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL ? -EOPNOTSUPP : -errno;
}
