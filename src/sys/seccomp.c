/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter is small enough to be written down: classic BPF over struct seccomp_data {int nr; u32 arch;
 * u64 ip; u64 args[6]}. Arguments are read at their low halves: mode_t and the kernel's dev are 32 bits.
 */
#include "sys/seccomp.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macros.h"

#ifndef SYS_seccomp
# define SYS_seccomp 277 /* the generic number; x86 headers always have it */
#endif

#define SET_MODE_FILTER 1u

/* linux/bpf_common.h, linux/audit.h, linux/seccomp.h */
#define LOAD	   0x20u /* BPF_LD | BPF_W | BPF_ABS */
#define JUMP_EQ	   0x15u /* BPF_JMP | BPF_JEQ | BPF_K */
#define JUMP	   0x05u /* BPF_JMP | BPF_JA */
#define STORE	   0x02u /* BPF_ST */
#define LOAD_STORED 0x60u /* BPF_LD | BPF_MEM */
#define AND	   0x54u /* BPF_ALU | BPF_AND | BPF_K */
#define RETURN	   0x06u
#define ALLOW	   0x7fff0000u
#define FAIL_EPERM (0x00050000u | EPERM)

#define OFFSET_NR	0u
#define OFFSET_ARCH	4u
#define OFFSET_ARG(n)	(16u + 8u * (n))

#if defined(__x86_64__)
# define ARCH_NATIVE 0xc000003eu
# define ARCH_OTHER  0x40000003u /* i386 */
# define OTHER_MKNOD 14u
# define OTHER_MKNODAT 297u
# define NUMBER_MASK 0xbfffffffu /* without the x32 bit: its numbers and arguments are the same here */
#elif defined(__aarch64__)
# define ARCH_NATIVE 0xc00000b7u
# define ARCH_OTHER  0x40000028u /* arm */
# define OTHER_MKNOD 14u
# define OTHER_MKNODAT 324u
# define NUMBER_MASK 0xffffffffu
#endif

#ifdef ARCH_NATIVE

# ifndef SYS_mknod
#  define NATIVE_MKNOD 0xfffffff0u
# else
#  define NATIVE_MKNOD ((uint32_t)SYS_mknod)
# endif

struct instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
};

# define DEVICE(major, minor) ((uint32_t)(major) << 8 | (minor))

/* Where the blocks of the program start. Jumps are relative to the next instruction. */
enum { OTHER_ARCH = 6, MKNODAT = 10, MKNOD = 14, CHECK = 17, DENY = 29, PASS = 30 };

# define TO(block, here) ((uint8_t)((block) - (here) - 1))

static const struct instruction program[] = {
	[0] = { LOAD, 0, 0, OFFSET_ARCH },
	[1] = { JUMP_EQ, 0, TO(OTHER_ARCH, 1), ARCH_NATIVE },
	[2] = { LOAD, 0, 0, OFFSET_NR },
	[3] = { AND, 0, 0, NUMBER_MASK },
	[4] = { JUMP_EQ, TO(MKNODAT, 4), 0, SYS_mknodat },
	[5] = { JUMP_EQ, TO(MKNOD, 5), TO(PASS, 5), NATIVE_MKNOD },
	/* A program of an architecture that is not known here may do nothing. */
	[OTHER_ARCH] = { JUMP_EQ, 0, TO(DENY, 6), ARCH_OTHER },
	[7] = { LOAD, 0, 0, OFFSET_NR },
	[8] = { JUMP_EQ, TO(MKNODAT, 8), 0, OTHER_MKNODAT },
	[9] = { JUMP_EQ, TO(MKNOD, 9), TO(PASS, 9), OTHER_MKNOD },
	/* mknodat(dir, path, mode, dev) */
	[MKNODAT] = { LOAD, 0, 0, OFFSET_ARG(3) },
	[11] = { STORE, 0, 0, 0 },
	[12] = { LOAD, 0, 0, OFFSET_ARG(2) },
	[13] = { JUMP, 0, 0, TO(CHECK, 13) },
	/* mknod(path, mode, dev) */
	[MKNOD] = { LOAD, 0, 0, OFFSET_ARG(2) },
	[15] = { STORE, 0, 0, 0 },
	[16] = { LOAD, 0, 0, OFFSET_ARG(1) },
	/* The accumulator holds the mode, the store the device. */
	[CHECK] = { AND, 0, 0, S_IFMT },
	[18] = { JUMP_EQ, TO(DENY, 18), 0, S_IFBLK },
	[19] = { JUMP_EQ, 0, TO(PASS, 19), S_IFCHR },
	[20] = { LOAD_STORED, 0, 0, 0 },
	[21] = { JUMP_EQ, TO(PASS, 21), 0, DEVICE(0, 0) },
	[22] = { JUMP_EQ, TO(PASS, 22), 0, DEVICE(1, 3) },
	[23] = { JUMP_EQ, TO(PASS, 23), 0, DEVICE(1, 5) },
	[24] = { JUMP_EQ, TO(PASS, 24), 0, DEVICE(1, 7) },
	[25] = { JUMP_EQ, TO(PASS, 25), 0, DEVICE(1, 8) },
	[26] = { JUMP_EQ, TO(PASS, 26), 0, DEVICE(1, 9) },
	[27] = { JUMP_EQ, TO(PASS, 27), 0, DEVICE(5, 0) },
	[28] = { JUMP_EQ, TO(PASS, 28), 0, DEVICE(5, 2) },
	[DENY] = { RETURN, 0, 0, FAIL_EPERM },
	[PASS] = { RETURN, 0, 0, ALLOW },
};

int seccomp_deny_devices(void)
{
	struct {
		unsigned short len;
		const struct instruction *filter;
	} prog = { ARRAY_SIZE(program), program };

	if (syscall(SYS_seccomp, SET_MODE_FILTER, 0, &prog) == 0)
		return 0;
	return errno == ENOSYS || errno == EINVAL ? -EOPNOTSUPP : -errno;
}

#else

int seccomp_deny_devices(void)
{
	return -EOPNOTSUPP;
}

#endif
