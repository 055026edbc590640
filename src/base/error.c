/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int positive(int code)
{
	return code < 0 ? -code : code;
}

/* A message is one line for a terminal: whatever a hostile name holds, no control character gets through. */
static void make_printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

static void record(struct error *err, int code, bool with_errno, const char *fmt, va_list ap)
{
	size_t used;

	err->code = positive(code);
	err->status = 0;
	err->hint[0] = '\0';
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	used = strlen(err->msg);
	if (with_errno)
		(void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s",
			       strerror(err->code));
	make_printable(err->msg);
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;

		va_start(ap, fmt);
		record(err, code, true, fmt, ap);
		va_end(ap);
	}
	return -positive(code);
}

int error_msg(struct error *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;

		va_start(ap, fmt);
		record(err, code, false, fmt, ap);
		va_end(ap);
	}
	return -positive(code);
}

int error_prefix(struct error *err, int r, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	size_t used;
	va_list ap;

	if (!err)
		return r;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	if (snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", old) < 0)
		err->msg[used] = '\0';
	make_printable(err->msg);
	return r;
}

int error_hint(struct error *err, int r, const char *fmt, ...)
{
	if (err) {
		va_list ap;

		va_start(ap, fmt);
		(void)vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
		va_end(ap);
		make_printable(err->hint);
	}
	return r;
}

int error_status(struct error *err, int r, int status)
{
	if (err)
		err->status = status;
	return r;
}
