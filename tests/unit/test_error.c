/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

static void sets(void)
{
	struct error err = ERROR_INIT;

	EQ_INT(error_set(&err, ENOENT, "cannot open '%s'", "/x"), -ENOENT);
	EQ_STR(err.msg, "cannot open '/x': No such file or directory");
	EQ_INT(err.code, ENOENT);
	/* Negative codes are as good: functions hand on what they got. */
	EQ_INT(error_set(&err, -EPERM, "cannot open '%s'", "/x"), -EPERM);
	EQ_INT(err.code, EPERM);
	EQ_INT(error_msg(&err, EINVAL, "bad value '%d'", 3), -EINVAL);
	EQ_STR(err.msg, "bad value '3'");
}

static void accepts_null(void)
{
	EQ_INT(error_set(NULL, ENOENT, "x"), -ENOENT);
	EQ_INT(error_msg(NULL, -ENOENT, "x"), -ENOENT);
	EQ_INT(error_prefix(NULL, -5, "x"), -5);
	EQ_INT(error_hint(NULL, -5, "x"), -5);
	EQ_INT(error_status(NULL, -5, 125), -5);
}

static void prefixes_and_hints(void)
{
	struct error err = ERROR_INIT;

	(void)error_set(&err, EBUSY, "cannot remove");
	EQ_INT(error_hint(&err, -EBUSY, "stop '%s'", "it"), -EBUSY);
	EQ_INT(error_status(&err, -EBUSY, 125), -EBUSY);
	EQ_INT(error_prefix(&err, -EBUSY, "volume '%s'", "v"), -EBUSY);
	EQ_STR(err.msg, "volume 'v': cannot remove: Device or resource busy");
	EQ_STR(err.hint, "stop 'it'");
	EQ_INT(err.status, 125);
	/* A new failure has neither the hint nor the status of the last. */
	(void)error_set(&err, EIO, "cannot read");
	EQ_STR(err.hint, "");
	EQ_INT(err.status, 0);
}

static void stays_one_line(void)
{
	struct error err = ERROR_INIT;

	(void)error_msg(&err, EINVAL, "name '%s'", "a\nb\x1b[2J\x7f\xc2\x9b" "1m\xc3\xa9");
	EQ_STR(err.msg, "name 'a?b?[2J???1m\xc3\xa9'");
	(void)error_hint(&err, 0, "x\ny");
	EQ_STR(err.hint, "x?y");
}

/* However long a name is, the reason is there. */
static void keeps_the_reason(void)
{
	static const char reason[] = "...: No such file or directory";
	struct error err = ERROR_INIT;
	char name[5000];
	size_t n;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	(void)error_set(&err, ENOENT, "cannot open '%s'", name);
	n = strlen(err.msg);
	EQ_INT(n, sizeof(err.msg) - 1);
	EQ_STR(err.msg + n - strlen(reason), reason);
	(void)error_prefix(&err, 0, "%s", name);
	EQ_INT(strlen(err.msg), sizeof(err.msg) - 1);
	/* Nearly full: only what is needed is cut. */
	name[sizeof(err.msg) - sizeof(reason)] = '\0';
	(void)error_set(&err, ENOENT, "%s", name);
	EQ_STR(err.msg + strlen(err.msg) - strlen(reason), "xxx: No such file or directory");
}

TAP_MAIN(sets, accepts_null, prefixes_and_hints, stays_one_line, keeps_the_reason)
