/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp-table DEFAULT OPEN - a C file with the three policies of sys/seccomp.h, made of these two profiles. Runs when
 * berth is built: so the hot binary has docker's default profile without a parser, a library or the time to compile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "helper/compile.h"
#include "sys/caps.h"

/* What berth takes for granted of a kernel: it needs mount_setattr(2). */
#define OLDEST_KERNEL (5u << 16 | 12)

static void print_policy(const char *name, const struct compiled *c)
{
	const struct bpf *b = &c->program;

	printf("\nstatic const struct seccomp_instruction %s_code[] = {\n", name);
	for (size_t i = 0; i < b->n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08xu },\n", b->v[i].code, b->v[i].if_true, b->v[i].if_false,
		       b->v[i].k);
	printf("};\n\nstatic const struct seccomp_gate %s_gates[] = {\n", name);
	for (size_t i = 0; i < c->n_gates; i++)
		printf("\t{ %u, 0x%llxull },\n", c->gates[i].at, (unsigned long long)c->gates[i].caps);
	printf("\t{ 0, 0 },\n};\n\nconst struct seccomp_policy seccomp_policy_%s = {\n", name);
	printf("\t%s_code, %zu, %s_gates, %zu,\n};\n", name, b->n, name, c->n_gates);
}

static int table_entry(const char *name, const char *path, const struct compile_target *t, struct error *err)
{
	auto_clean(compiled) struct compiled c = { 0 };
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	r = profile_compile_fd(fd, t, &c, err);
	if (r < 0)
		return error_prefix(err, r, "%s", path);
	print_policy(name, &c);
	return 0;
}

static int table(const char *profile, const char *open_profile, struct error *err)
{
	const struct compile_target exact = { .caps = CAPS_DEFAULT, .kernel = OLDEST_KERNEL };
	const struct compile_target any = { .any_caps = true, .kernel = OLDEST_KERNEL };
	int r;

	puts("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by seccomp-table. */\n"
	     "#include \"sys/seccomp.h\"");
	r = table_entry("default", profile, &exact, err);
	if (r == 0)
		r = table_entry("gated", profile, &any, err);
	return r == 0 ? table_entry("open", open_profile, &exact, err) : r;
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	int r = argc == 3 ? table(argv[1], argv[2], &err) : error_msg(&err, EINVAL, "two profiles are needed");

	if (r < 0)
		(void)fprintf(stderr, "seccomp-table: %s\n", err.msg);
	return r < 0 || fflush(stdout) != 0;
}
