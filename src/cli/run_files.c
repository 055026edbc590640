/* SPDX-License-Identifier: Apache-2.0 */
/* --env, --env-file, --label-file and --label. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "cli/run_options.h"

typedef int (*line_action)(struct strv *list, const char *line, struct error *err);

static int read_file(const char *path, struct buf *out, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	r = fd_read_all(fd, out);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", path);
	if (memchr(buf_str(out), '\0', out->len))
		return error_msg(err, EINVAL, "'%s' is not a text file", path);
	return 0;
}

/* @action for every line that is neither empty nor a comment; leading blanks don't count. */
static int for_each_line(const char *path, struct strv *list, line_action action, struct error *err)
{
	auto_buf struct buf text = BUF_INIT;
	const char *next;
	int r = read_file(path, &text, err);

	if (r < 0)
		return r;
	next = buf_str(&text);
	if (strncmp(next, "\xef\xbb\xbf", 3) == 0)
		next += 3;
	for (int number = 1; *next; number++) {
		size_t len = strcspn(next, "\n");
		const char *end = next + len;
		auto_free char *line = NULL;

		next += strspn(next, " \t\v\f\r");
		next = MIN(next, end);
		len = (size_t)(end - next);
		if (len > 0 && next[len - 1] == '\r')
			len--;
		if (len > 0 && *next != '#') {
			line = strndup(next, len);
			r = line ? action(list, line, err) : error_set(err, ENOMEM, "reading");
			if (r < 0)
				return error_prefix(err, r, "%s:%d", path, number);
		}
		next = *end ? end + 1 : end;
	}
	return 0;
}

static int env_line(struct strv *env, const char *line, struct error *err)
{
	size_t name = strcspn(line, "=");
	const char *value;
	int r;

	if (name == 0)
		return error_msg(err, EINVAL, "no variable name in '%s'", line);
	if (strcspn(line, " \t\v\f") < name)
		return error_msg(err, EINVAL, "variable '%.*s' contains whitespace", (int)name,
				 line);
	if (line[name] == '=') {
		r = strv_set_env(env, line);
	} else {
		auto_free char *assignment = NULL;

		value = getenv(line);
		if (!value)
			return 0;
		assignment = str_format("%s=%s", line, value);
		r = assignment ? strv_set_env(env, assignment) : -ENOMEM;
	}
	return r < 0 ? error_set(err, r, "cannot keep '%s'", line) : 0;
}

int env_file_read(const char *path, struct strv *env, struct error *err)
{
	return for_each_line(path, env, env_line, err);
}

int env_add(struct strv *env, struct strv *unset, const char *arg, struct error *err)
{
	auto_free char *assignment = NULL;
	const char *value;

	if (*arg == '\0' || *arg == '=')
		return error_msg(err, EINVAL, "invalid environment variable '%s': empty name", arg);
	if (strchr(arg, '='))
		return strv_set_env(env, arg) < 0 ? error_set(err, ENOMEM, "-e") : 0;
	value = getenv(arg);
	if (!value)
		return strv_add(unset, arg) < 0 ? error_set(err, ENOMEM, "-e") : 0;
	assignment = str_format("%s=%s", arg, value);
	if (!assignment || strv_set_env(env, assignment) < 0)
		return error_set(err, ENOMEM, "-e");
	return 0;
}

int label_add(struct strv *labels, const char *label, struct error *err)
{
	auto_free char *whole = str_format("%s%s", label, strchr(label, '=') ? "" : "=");
	int r;

	if (*label == '\0' || *label == '=')
		return error_msg(err, EINVAL, "invalid label '%s': empty name", label);
	r = whole ? strv_set_env(labels, whole) : -ENOMEM;
	return r < 0 ? error_set(err, r, "cannot keep label '%s'", label) : 0;
}

int label_file_read(const char *path, struct strv *labels, struct error *err)
{
	return for_each_line(path, labels, label_add, err);
}
