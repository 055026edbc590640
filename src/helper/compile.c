/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each architecture: which rules apply to which number (struct use), what a number's rules come to (struct
 * verdict), the numbers in a row that come to the same (struct range), and a search for the range, which leads to
 * the instructions of its verdict.
 *
 * What counts is how long it takes to install the program, for that is part of every start. The kernel goes through
 * it once for each number of its two system call tables, and remembers which are allowed whatever their arguments
 * (seccomp_cache_prepare()): so the way to a range is the shorter the longer it is, and a number that stands out
 * of a range costs one comparison, not two. The rest is the translation to machine code, a matter of length.
 */
#include "helper/compile.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"

#define PROFILE_LIMIT ((size_t)4 << 20)
#define MAX_USES 65536
#define MAX_GATES 256
#define NO_RULE SIZE_MAX

#define X32_BIT 0x40000000u
#define SECCOMP_ACTION 0xffff0000u
#define RET_TRACE 0x7ff00000u
#define RET_LOG 0x7ffc0000u

#define OFFSET_NR   0u
#define OFFSET_ARCH 4u
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
# define OFFSET_LOW(n)	(16u + 8u * (n))
# define OFFSET_HIGH(n) (20u + 8u * (n))
#else
# define OFFSET_LOW(n)	(20u + 8u * (n))
# define OFFSET_HIGH(n) (16u + 8u * (n))
#endif

/* Calls that this libseccomp need not know. From 424 on a number means the same everywhere. */
static const struct {
	const char *name;
	int nr;
	uint32_t arch; /* 0: all */
} new_calls[] = {
	{ "cachestat", 451, 0 }, { "fchmodat2", 452, 0 }, { "map_shadow_stack", 453, 0 },
	{ "futex_wake", 454, 0 }, { "futex_wait", 455, 0 }, { "futex_requeue", 456, 0 },
	{ "statmount", 457, 0 }, { "listmount", 458, 0 }, { "lsm_get_self_attr", 459, 0 },
	{ "lsm_set_self_attr", 460, 0 }, { "lsm_list_modules", 461, 0 }, { "mseal", 462, 0 },
	{ "setxattrat", 463, 0 }, { "getxattrat", 464, 0 }, { "listxattrat", 465, 0 },
	{ "removexattrat", 466, 0 }, { "open_tree_attr", 467, 0 }, { "file_getattr", 468, 0 },
	{ "file_setattr", 469, 0 }, { "uretprobe", 335, SCMP_ARCH_X86_64 },
};

/* Rule @rule says something about call @nr. */
struct use {
	unsigned nr;
	size_t rule;
};

enum device_call { NO_DEVICE, MKNOD, MKNODAT };

struct verdict {
	const struct use *uses; /* rules with conditions, in their order */
	size_t n;
	uint64_t gate; /* with one of these capabilities: allowed */
	uint32_t action;
	enum device_call device;
	bpf_label label; /* 0: not written yet */
};

#define MAX_EXCEPTIONS 2

/* From @first to the next range. */
struct range {
	unsigned first;
	size_t verdict;
	unsigned n_exceptions;
	struct {
		unsigned nr;
		size_t verdict;
	} exceptions[MAX_EXCEPTIONS];
};

/* One architecture at a time. */
struct compiler {
	const struct profile *p;
	const struct compile_target *target;
	struct compiled *out;
	uint32_t arch;
	bool x32; /* of x86_64: numbers of x32 too */
	bpf_label mknod, mknodat;
	struct use *uses; /* owned, as the next */
	size_t n_uses;
	struct verdict *verdicts;
	size_t n_verdicts;
	struct range *ranges;
	size_t n_ranges;
	struct { /* instructions that return, in reach */
		uint32_t action;
		bpf_label label;
	} returns[16];
	size_t n_returns;
};

static void compiler_done(struct compiler *c)
{
	free(c->uses);
	free(c->verdicts);
	free(c->ranges);
}
DEFINE_AUTO(compiler, struct compiler, compiler_done)

void compiled_done(struct compiled *c)
{
	bpf_done(&c->program);
	free(c->gates);
}

static const char *go_arch(void)
{
	static const struct {
		uint32_t arch;
		const char *name;
	} names[] = {
		{ SCMP_ARCH_X86_64, "amd64" }, { SCMP_ARCH_X86, "x86" },
		{ SCMP_ARCH_AARCH64, "arm64" }, { SCMP_ARCH_ARM, "arm" },
		{ SCMP_ARCH_MIPS64, "mips64" }, { SCMP_ARCH_MIPSEL64, "mips64le" },
		{ SCMP_ARCH_PPC64LE, "ppc64le" }, { SCMP_ARCH_S390X, "s390x" },
		{ SCMP_ARCH_RISCV64, "riscv64" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].arch == seccomp_arch_native())
			return names[i].name;
	}
	return "";
}

/* Whether the rule is for this container, capabilities aside where they are not known. */
static bool applies(const struct compiler *c, const struct profile_rule *r)
{
	const struct compile_target *t = c->target;

	if (r->includes.arches.n > 0 && !strv_has(&r->includes.arches, go_arch()))
		return false;
	if (strv_has(&r->excludes.arches, go_arch()))
		return false;
	if (r->includes.min_kernel > t->kernel)
		return false;
	if (r->excludes.min_kernel && r->excludes.min_kernel <= t->kernel)
		return false;
	if (t->any_caps)
		return true;
	return (r->includes.caps & t->caps) == r->includes.caps && !(r->excludes.caps & t->caps);
}

/* The number of a call, or a negative one if the architecture has none of that name. */
static int number_of(uint32_t arch, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(new_calls); i++) {
		if (STREQ(name, new_calls[i].name) && (!new_calls[i].arch || new_calls[i].arch == arch))
			return new_calls[i].nr;
	}
	return seccomp_syscall_resolve_name_arch(arch, name);
}

static int add_use(struct compiler *c, int nr, size_t rule)
{
	if (nr < 0)
		return 0;
	if (c->n_uses >= MAX_USES)
		return -E2BIG;
	c->uses[c->n_uses++] = (struct use){ (unsigned)nr & ~(c->x32 ? X32_BIT : 0), rule };
	return 0;
}

static int compare_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static bool is_permissive(uint32_t action)
{
	uint32_t a = action & SECCOMP_ACTION;

	return a == SECCOMP_ALLOW || a == RET_LOG || a == RET_TRACE;
}

/* The calls that make devices are looked at even if the profile allows them by not naming them. */
static int add_device_calls(struct compiler *c)
{
	int r = add_use(c, number_of(c->arch, "mknod"), NO_RULE);

	return r == 0 ? add_use(c, number_of(c->arch, "mknodat"), NO_RULE) : r;
}

/* A name that no architecture knows is ignored, as docker does: profiles are older and newer than kernels. */
static int find_uses(struct compiler *c)
{
	size_t kept = 0;
	int r;

	c->n_uses = 0;
	r = is_permissive(c->p->default_action) ? add_device_calls(c) : 0;
	for (size_t i = 0; i < c->p->n_rules; i++) {
		const struct profile_rule *rule = &c->p->rules[i];

		if (!applies(c, rule))
			continue;
		for (size_t k = 0; r == 0 && k < rule->names.n; k++) {
			r = add_use(c, number_of(c->arch, rule->names.v[k]), i);
			if (r == 0 && c->x32)
				r = add_use(c, number_of(SCMP_ARCH_X32, rule->names.v[k]), i);
		}
	}
	if (c->n_uses)
		qsort(c->uses, c->n_uses, sizeof(*c->uses), compare_uses);
	for (size_t i = 0; i < c->n_uses; i++) {
		if (kept == 0 || compare_uses(&c->uses[kept - 1], &c->uses[i]) != 0)
			c->uses[kept++] = c->uses[i];
	}
	c->n_uses = kept;
	return r;
}

static enum device_call device_call(const struct compiler *c, unsigned nr)
{
	if ((int)nr == number_of(c->arch, "mknodat"))
		return MKNODAT;
	return (int)nr == number_of(c->arch, "mknod") ? MKNOD : NO_DEVICE;
}

/* Rules that ask for capabilities, where these are not known, can only allow: they become the gate. */
static int add_to_gate(const struct profile_rule *rule, struct verdict *v, struct error *err)
{
	uint64_t caps = rule->includes.caps;

	if (rule->n_args || rule->action != SECCOMP_ALLOW || (caps & (caps - 1)))
		return error_msg(err, ENOTSUP, "a rule with a capability does more than to allow a call");
	v->gate |= caps;
	return 0;
}

/* What the @n rules at @uses, all for one number, come to. They are sorted anew: conditions stay in front. */
static int judge(const struct compiler *c, struct use *uses, size_t n, struct verdict *ret,
		 struct error *err)
{
	struct verdict v = {
		.uses = uses, .action = c->p->default_action, .device = device_call(c, uses->nr)
	};
	uint64_t without = 0;
	bool settled = false;

	for (size_t i = 0; i < n; i++) {
		const struct profile_rule *rule;

		if (uses[i].rule == NO_RULE)
			continue;
		rule = &c->p->rules[uses[i].rule];
		if (c->target->any_caps && rule->includes.caps) {
			int r = add_to_gate(rule, &v, err);

			if (r < 0)
				return r;
			continue;
		}
		without |= c->target->any_caps ? rule->excludes.caps : 0;
		if (rule->n_args) {
			uses[v.n++] = uses[i];
		} else if (!settled) {
			v.action = rule->action;
			settled = true;
		}
	}
	if (without & ~v.gate)
		return error_msg(err, ENOTSUP, "a call that is not for a capability must be allowed with it");
	if (settled)
		v.n = 0;
	*ret = v;
	return 0;
}

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	if (a->n != b->n || a->gate != b->gate || a->action != b->action || a->device != b->device)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->uses[i].rule != b->uses[i].rule)
			return false;
	}
	return true;
}

/* From @first on, until the next range, the verdict is @v. */
static void add_range(struct compiler *c, unsigned first, const struct verdict *v)
{
	size_t i = 0;

	while (i < c->n_verdicts && !same_verdict(&c->verdicts[i], v))
		i++;
	if (i == c->n_verdicts)
		c->verdicts[c->n_verdicts++] = *v;
	if (c->n_ranges && c->ranges[c->n_ranges - 1].verdict == i)
		return;
	c->ranges[c->n_ranges++] = (struct range){ .first = first, .verdict = i };
}

/* A range of one number between two of the same verdict becomes an exception of theirs. */
static void fold_ranges(struct compiler *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_ranges; i++) {
		const struct range *one = &c->ranges[i], *next = one + 1;
		struct range *last = kept ? &c->ranges[kept - 1] : NULL;

		if (last && i + 1 < c->n_ranges && next->first == one->first + 1 &&
		    next->verdict == last->verdict && last->n_exceptions < MAX_EXCEPTIONS) {
			last->exceptions[last->n_exceptions].nr = one->first;
			last->exceptions[last->n_exceptions++].verdict = one->verdict;
			i++;
			continue;
		}
		c->ranges[kept++] = *one;
	}
	c->n_ranges = kept;
}

static int find_ranges(struct compiler *c, struct error *err)
{
	const struct verdict otherwise = { .action = c->p->default_action };
	struct verdict beyond = otherwise;
	unsigned next = 0;

	c->n_ranges = c->n_verdicts = 0;
	for (size_t i = 0, n; i < c->n_uses; i += n) {
		struct verdict v;
		unsigned nr = c->uses[i].nr;
		int r;

		n = 1;
		while (i + n < c->n_uses && c->uses[i + n].nr == nr)
			n++;
		r = judge(c, c->uses + i, n, &v, err);
		if (r < 0)
			return r;
		if (nr > next)
			add_range(c, next, &otherwise);
		add_range(c, nr, &v);
		next = nr + 1;
	}
	if (!is_permissive(beyond.action))
		beyond.action = SECCOMP_FAIL(ENOSYS);
	add_range(c, next, &beyond);
	fold_ranges(c);
	return 0;
}

static bpf_label write_return(struct compiler *c, uint32_t action)
{
	struct bpf *b = &c->out->program;
	size_t i = 0;

	while (i < c->n_returns && c->returns[i].action != action)
		i++;
	if (i < c->n_returns && b->n - c->returns[i].label < UINT8_MAX - 1)
		return c->returns[i].label;
	if (i == ARRAY_SIZE(c->returns))
		i = 0;
	c->n_returns = MAX(c->n_returns, i + 1);
	c->returns[i].action = action;
	c->returns[i].label = bpf_add(b, BPF_RET, action);
	return c->returns[i].label;
}

/* High half first, as the low one matters only when it is the same: GE and GT, of which LT and LE are the reverse. */
static bpf_label write_order(struct bpf *b, const struct profile_arg *a, unsigned code, bpf_label yes,
			     bpf_label no)
{
	uint32_t high = (uint32_t)(a->value >> 32);
	bpf_label low = bpf_if(b, code, (uint32_t)a->value, yes, no), equal;

	low = bpf_add(b, BPF_LOAD, OFFSET_LOW(a->index));
	equal = bpf_if(b, BPF_IF_EQ, high, low, no);
	(void)bpf_if(b, BPF_IF_GT, high, yes, equal);
	return bpf_add(b, BPF_LOAD, OFFSET_HIGH(a->index));
}

/* Past the load of what the accumulator already holds. */
static bpf_label after_load(const struct bpf *b, bpf_label at, uint32_t offset)
{
	const struct seccomp_instruction *i = at > 1 && at <= b->n ? &b->v[at - 1] : NULL;

	return i && i->code == BPF_LOAD && i->k == offset ? at - 1 : at;
}

/* @narrow: the argument is an int: the kernel itself looks at its low half only, whatever the other holds. */
static bpf_label write_equal(struct bpf *b, const struct profile_arg *a, bool narrow, bpf_label yes,
			     bpf_label no)
{
	uint64_t mask = a->op == PROFILE_MASKED_EQ ? a->value : narrow ? UINT32_MAX : ~0ull;
	uint64_t value = a->op == PROFILE_MASKED_EQ ? a->value_two : a->value;
	uint32_t offset = OFFSET_LOW(a->index);
	bpf_label low;

	if ((uint32_t)mask == ~0u) {
		yes = after_load(b, yes, offset);
		no = after_load(b, no, offset);
	}
	(void)bpf_if(b, BPF_IF_EQ, (uint32_t)value, yes, no);
	if ((uint32_t)mask != ~0u)
		(void)bpf_add(b, BPF_AND, (uint32_t)mask);
	low = bpf_add(b, BPF_LOAD, offset);
	if (mask >> 32 == 0 && value >> 32 == 0)
		return low;
	(void)bpf_if(b, BPF_IF_EQ, (uint32_t)(value >> 32), low, no);
	if (mask >> 32 != ~0u)
		(void)bpf_add(b, BPF_AND, (uint32_t)(mask >> 32));
	return bpf_add(b, BPF_LOAD, OFFSET_HIGH(a->index));
}

static bpf_label write_arg(struct bpf *b, const struct profile_arg *a, bool narrow, bpf_label yes,
			   bpf_label no)
{
	switch (a->op) {
	case PROFILE_GE:
		return write_order(b, a, BPF_IF_GE, yes, no);
	case PROFILE_LT:
		return write_order(b, a, BPF_IF_GE, no, yes);
	case PROFILE_GT:
		return write_order(b, a, BPF_IF_GT, yes, no);
	case PROFILE_LE:
		return write_order(b, a, BPF_IF_GT, no, yes);
	case PROFILE_NE:
		return write_equal(b, a, narrow, no, yes);
	default:
		return write_equal(b, a, narrow, yes, no);
	}
}

/*
 * Where comparing all 64 bits would let through what the kernel takes for the number that is asked about: without
 * this docker's rule against AF_VSOCK (40) is got round with 0x100000028.
 */
static bool is_narrow(const struct compiler *c, const struct verdict *v, const struct profile_arg *a)
{
	static const char *const calls[] = { "personality", "socket", "socketpair" };

	for (size_t i = 0; i < ARRAY_SIZE(calls) && a->value <= UINT32_MAX; i++) {
		if (number_of(c->arch, calls[i]) == (int)v->uses->nr)
			return true;
	}
	return false;
}

static int add_gate(struct compiler *c, bpf_label at, uint64_t caps)
{
	struct compiled *out = c->out;

	if (out->n_gates == MAX_GATES)
		return -E2BIG;
	/* Counted from the end until the program is whole. */
	out->gates[out->n_gates++] = (struct seccomp_gate){ (uint16_t)at, caps };
	return 0;
}

/* Where @action is carried out for a call of @v. */
static bpf_label write_action(struct compiler *c, const struct verdict *v, uint32_t action)
{
	if (v->device && is_permissive(action))
		return v->device == MKNOD ? c->mknod : c->mknodat;
	return write_return(c, action);
}

static int write_verdict(struct compiler *c, struct verdict *v)
{
	struct bpf *b = &c->out->program;

	if (v->gate && v->n == 0)
		v->label = bpf_add(b, BPF_RET, v->action);
	else
		v->label = write_action(c, v, v->action);
	for (size_t i = v->n; i-- > 0;) {
		const struct profile_rule *rule = &c->p->rules[v->uses[i].rule];
		bpf_label no = v->label, yes = write_action(c, v, rule->action);

		for (unsigned k = rule->n_args; k-- > 0;)
			yes = write_arg(b, &rule->args[k], is_narrow(c, v, &rule->args[k]), yes, no);
		v->label = yes;
	}
	return v->gate ? add_gate(c, v->label, v->gate) : 0;
}

static bpf_label write_jump(struct compiler *c, size_t verdict)
{
	const struct verdict *v = &c->verdicts[verdict];

	return v->n == 0 && !v->gate && !v->device ? write_return(c, v->action) : v->label;
}

static bpf_label write_range(struct compiler *c, const struct range *r)
{
	bpf_label label = write_jump(c, r->verdict);

	for (unsigned i = 0; i < r->n_exceptions; i++) {
		bpf_label other = write_jump(c, r->exceptions[i].verdict);

		label = bpf_if(&c->out->program, BPF_IF_EQ, r->exceptions[i].nr, other, label);
	}
	return label;
}

/* Where [@from, @to) is best divided: with about as many numbers on either side. */
static size_t find_middle(const struct compiler *c, size_t from, size_t to)
{
	/* The last range of all has no end; what comes there is no call yet. */
	unsigned end = to < c->n_ranges ? c->ranges[to].first : c->ranges[to - 1].first + 1;
	unsigned half = c->ranges[from].first + (end - c->ranges[from].first) / 2;
	size_t middle = from + 1;

	while (middle + 1 < to && c->ranges[middle].first < half)
		middle++;
	/* The one before may divide more evenly. */
	if (middle > from + 1 && c->ranges[middle].first > half &&
	    c->ranges[middle].first - half > half - c->ranges[middle - 1].first)
		middle--;
	return middle;
}

/* Which of the ranges [@from, @to) the number in the accumulator is in. */
static bpf_label write_search(struct compiler *c, size_t from, size_t to)
{
	size_t middle;
	bpf_label yes, no;

	if (to - from == 1)
		return write_range(c, &c->ranges[from]);
	middle = find_middle(c, from, to);
	yes = write_search(c, middle, to);
	no = write_search(c, from, middle);
	return bpf_if(&c->out->program, BPF_IF_GE, c->ranges[middle].first, yes, no);
}

static int write_arch(struct compiler *c, bpf_label *ret, struct error *err)
{
	struct bpf *b = &c->out->program;
	bpf_label label;
	int r = find_uses(c);

	if (r < 0)
		return error_set(err, r, "too many names");
	r = find_ranges(c, err);
	c->n_returns = 0;
	for (size_t i = 0; r == 0 && i < c->n_verdicts; i++)
		r = write_verdict(c, &c->verdicts[i]);
	if (r < 0)
		return r;
	label = write_search(c, 0, c->n_ranges);
	if (label != b->n)
		label = bpf_goto(b, label); /* one verdict for all */
	if (c->x32)
		(void)bpf_add(b, BPF_AND, ~X32_BIT);
	else if (c->arch == SCMP_ARCH_X86_64)
		(void)bpf_if(b, BPF_IF_GE, X32_BIT, write_return(c, SECCOMP_FAIL(EPERM)), label);
	*ret = bpf_add(b, BPF_LOAD, OFFSET_NR);
	return 0;
}

static uint32_t arch_from_name(const char *name)
{
	char lower[32];
	size_t n = 0;

	if (strncmp(name, "SCMP_ARCH_", 10) != 0)
		return 0;
	for (name += 10; n < sizeof(lower) - 1 && name[n]; n++)
		lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32 : name[n]);
	lower[n] = '\0';
	return seccomp_arch_resolve_name(lower);
}

struct arches {
	uint32_t other; /* whose programs run on the native one, or 0 */
	bool x32;
};

/* Of what a profile lists, what a kernel of this architecture can run at all. */
static int add_arches(const struct strv *list, struct arches *a, struct error *err)
{
	static const uint32_t pairs[][2] = {
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },   { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
		{ SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS },  { SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL },
		{ SCMP_ARCH_S390X, SCMP_ARCH_S390 },
	};
	uint32_t native = seccomp_arch_native();

	strv_for_each(i, list) {
		uint32_t arch = arch_from_name(list->v[i]);

		if (!arch)
			return error_msg(err, EINVAL, "unknown architecture '%s'", list->v[i]);
		if (native == SCMP_ARCH_X86_64 && arch == SCMP_ARCH_X32)
			a->x32 = true;
		for (size_t k = 0; k < ARRAY_SIZE(pairs); k++) {
			if (native == pairs[k][0] && arch == pairs[k][1])
				a->other = arch;
		}
	}
	return 0;
}

static int find_arches(const struct profile *p, struct arches *ret, struct error *err)
{
	int r = add_arches(&p->architectures, ret, err);

	for (size_t i = 0; r == 0 && i < p->n_arches; i++) {
		if (arch_from_name(p->arches[i].name) == seccomp_arch_native())
			r = add_arches(&p->arches[i].subs, ret, err);
	}
	return r;
}

static int allocate(struct compiler *c, struct error *err)
{
	c->uses = calloc(MAX_USES, sizeof(*c->uses));
	c->verdicts = calloc(MAX_USES + 2, sizeof(*c->verdicts));
	c->ranges = calloc(2 * MAX_USES + 2, sizeof(*c->ranges));
	c->out->gates = calloc(MAX_GATES, sizeof(*c->out->gates));
	return c->uses && c->verdicts && c->ranges && c->out->gates ? 0
								  : error_set(err, ENOMEM, "cannot compile");
}

/* What is written first stands last: the jumps to the part about devices, which berth adds, are the end. */
static int write_program(struct compiler *c, const struct arches *a, struct error *err)
{
	struct bpf *b = &c->out->program;
	bpf_label native = 0, other = 0, no;
	int r = 0;

	c->mknod = bpf_add(b, BPF_GOTO, SECCOMP_MKNOD_ENTRY);
	c->mknodat = bpf_add(b, BPF_GOTO, 1);
	/* A program of an architecture that the profile does not name may do nothing. */
	no = bpf_add(b, BPF_RET, SECCOMP_FAIL(EPERM));
	if (a->other) {
		c->arch = a->other;
		r = write_arch(c, &other, err);
	}
	c->arch = seccomp_arch_native();
	c->x32 = a->x32;
	if (r == 0)
		r = write_arch(c, &native, err);
	if (r < 0)
		return r;
	if (a->other)
		no = bpf_if(b, BPF_IF_EQ, a->other, other, no);
	(void)bpf_if(b, BPF_IF_EQ, c->arch, native, no);
	(void)bpf_add(b, BPF_LOAD, OFFSET_ARCH);
	for (size_t i = 0; i < c->out->n_gates; i++)
		c->out->gates[i].at = (uint16_t)(b->n - c->out->gates[i].at);
	r = bpf_turn(b);
	return r < 0 ? error_set(err, r, "the profile does not fit into a filter of the kernel's") : 0;
}

int profile_compile(const struct profile *p, const struct compile_target *target,
		    struct compiled *ret, struct error *err)
{
	auto_clean(compiled) struct compiled out = { 0 };
	auto_clean(compiler) struct compiler c = { .p = p, .target = target, .out = &out };
	struct arches arches = { 0 };
	int r = find_arches(p, &arches, err);

	if (r == 0)
		r = allocate(&c, err);
	if (r == 0)
		r = write_program(&c, &arches, err);
	if (r < 0)
		return r;
	*ret = out;
	out = (struct compiled){ 0 };
	return 0;
}

int profile_compile_fd(int fd, const struct compile_target *target, struct compiled *ret,
		       struct error *err)
{
	auto_profile struct profile p = PROFILE_INIT;
	auto_buf struct buf text = { .limit = PROFILE_LIMIT };
	int r = fd_read_all(fd, &text);

	if (r < 0)
		return error_set(err, r, "cannot read the seccomp profile");
	r = profile_parse(buf_str(&text), text.len, &p, err);
	return r == 0 ? profile_compile(&p, target, ret, err) : r;
}
