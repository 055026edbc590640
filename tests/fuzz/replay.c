/* SPDX-License-Identifier: Apache-2.0 */
/* Gives every file of a corpus to a fuzz target, in a build without a fuzzer: TAP, a check for each file. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/fs.h"
#include "fuzz.h"

static int replay(int dir, const char *name)
{
	auto_buf struct buf data = BUF_INIT;
	int status = 0;
	pid_t pid;

	if (file_read_at(dir, name, &data) < 0)
		return -1;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* A copy of exactly that size, so that a sanitizer sees a step beyond its end. */
		uint8_t *exact = malloc(data.len ? data.len : 1);

		if (!exact)
			_exit(1);
		if (data.len)
			memcpy(exact, data.data, data.len);
		(void)LLVMFuzzerTestOneInput(exact, data.len);
		free(exact);
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

int main(void)
{
	auto_close int dir = dir_open(AT_FDCWD, CORPUS);
	auto_strv struct strv names = STRV_INIT;
	int failed = 0;

	if (dir < 0 || dir_list(dir, &names) < 0 || names.n == 0) {
		printf("not ok 1 - a corpus in %s\n1..1\n", CORPUS);
		return 1;
	}
	strv_for_each(i, &names) {
		int status = replay(dir, names.v[i]);

		failed += status != 0;
		printf("%sok %zu - %s\n", status ? "not " : "", i + 1, names.v[i]);
	}
	printf("1..%zu\n", names.n);
	return failed != 0;
}
