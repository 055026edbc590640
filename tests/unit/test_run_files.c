/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_options.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "tap.h"

/* Make a file of @text; its path, which the test unlinks and frees. */
static char *make_file(const char *text, size_t len)
{
	char *path = strdup("/tmp/berth-test-XXXXXX");
	auto_close int fd = path ? mkstemp(path) : FD_NONE;

	OK(fd >= 0 && fd_write_all(fd, text, len) == 0);
	return path;
}

static int read_env(const char *text, size_t len, struct strv *env, struct error *err)
{
	auto_free char *path = make_file(text, len);
	int r = env_file_read(path, env, err);

	OK(unlink(path) == 0);
	return r;
}

static void test_env(void)
{
	static const char text[] = "\xef\xbb\xbf# comment\n"
				   "A=1\n\n   \n"
				   "\t B= two  \n"
				   "QUOTED=\"x\" # kept\n"
				   "EMPTY=\n"
				   "BERTH_TEST_HERE\n"
				   "BERTH_TEST_ABSENT\n"
				   "CRLF=x\r\n"
				   "A=again";
	auto_strv struct strv env = STRV_INIT;
	struct error err = ERROR_INIT;

	OK(setenv("BERTH_TEST_HERE", "value", 1) == 0);
	EQ_INT(read_env(text, sizeof(text) - 1, &env, &err), 0);
	EQ_INT(env.n, 6);
	EQ_STR(strv_get_env(&env, "A"), "again");
	EQ_STR(strv_get_env(&env, "B"), " two  ");
	EQ_STR(strv_get_env(&env, "QUOTED"), "\"x\" # kept");
	EQ_STR(strv_get_env(&env, "EMPTY"), "");
	EQ_STR(strv_get_env(&env, "BERTH_TEST_HERE"), "value");
	EQ_STR(strv_get_env(&env, "CRLF"), "x");
}

static void refuses(const char *text, size_t len, const char *message)
{
	auto_strv struct strv env = STRV_INIT;
	struct error err = ERROR_INIT;

	EQ_INT(read_env(text, len, &env, &err), -EINVAL);
	if (!strstr(err.msg, message))
		EQ_STR(err.msg, message);
}

static void test_errors(void)
{
	auto_strv struct strv env = STRV_INIT;
	struct error err = ERROR_INIT;

	refuses("A=1\n\n=x\n", 8, ":3: no variable name in '=x'");
	refuses("A B=x", 5, ":1: variable 'A B' contains whitespace");
	refuses("A =x", 4, ":1: variable 'A ' contains whitespace");
	refuses("A=1\0B=2", 7, "is not a text file");
	EQ_INT(env_file_read("/nonexistent/file", &env, &err), -ENOENT);
	EQ_STR(err.msg, "cannot open '/nonexistent/file': No such file or directory");
	OK(env_file_read("/", &env, &err) < 0);
}

static void test_labels(void)
{
	auto_strv struct strv labels = STRV_INIT;
	auto_free char *path = make_file("a=1\n#c\nb\n a=2\n", 14);
	struct error err = ERROR_INIT;

	EQ_INT(label_file_read(path, &labels, &err), 0);
	OK(unlink(path) == 0);
	EQ_INT(labels.n, 2);
	EQ_STR(labels.v[0], "a=2");
	EQ_STR(labels.v[1], "b=");
	EQ_INT(label_add(&labels, "c=x=y", &err), 0);
	EQ_STR(labels.v[2], "c=x=y");
	EQ_INT(label_add(&labels, "=x", &err), -EINVAL);
	EQ_STR(err.msg, "invalid label '=x': empty name");
	EQ_INT(label_add(&labels, "", &err), -EINVAL);
}

TAP_MAIN(test_env, test_errors, test_labels)
