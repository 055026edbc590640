/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys [-3|-x] NUMBER [ARG…] - one system call, from inside a container that has nothing to make one with. Prints
 * "ok" or the number of the error. -3: through i386's door (int 0x80); -x: with x32's bit. An argument is a number
 * or @TEXT, a pointer to the text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long as_i386(long nr, const long *a)
{
#ifdef __x86_64__
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
			 : "memory", "r8", "r9", "r10", "r11");
	if ((int)r < 0 && (int)r > -4096) {
		errno = -(int)r;
		return -1;
	}
	return r;
#else
	(void)nr;
	(void)a;
	errno = ENOSYS;
	return -1;
#endif
}

int main(int argc, char **argv)
{
	static char text[6][256]; /* where a pointer of 32 bits reaches */
	long a[6] = { 0 }, nr, r;
	int first = 1, other = 0;

	if (argc > 1 && argv[1][0] == '-')
		other = argv[first++][1];
	if (argc <= first)
		return 2;
	nr = strtol(argv[first++], NULL, 0);
	for (int i = 0; i < 6 && first < argc; i++, first++) {
		if (argv[first][0] == '@')
			(void)snprintf(text[i], sizeof(text[i]), "%s", argv[first] + 1);
		a[i] = argv[first][0] == '@' ? (long)text[i] : (long)strtoull(argv[first], NULL, 0);
	}
	errno = 0;
	r = other == '3' ? as_i386(nr, a)
			 : syscall(nr | (other == 'x' ? 0x40000000 : 0), a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r < 0)
		printf("%d\n", errno);
	else
		puts("ok");
	return 0;
}
