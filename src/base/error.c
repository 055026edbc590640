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

/*
 * A message is one line for a terminal: whatever a hostile name holds, no control character gets through,
 * neither those of ASCII nor U+0080 to U+009F, of which U+009B starts an escape sequence.
 */
static void make_printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			*s = '?';
		} else if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 &&
			   (unsigned char)s[1] < 0xa0) {
			s[0] = '?';
			s[1] = '?';
		}
	}
}

/* Append ": @reason". A name of any length can't push the reason out: it is the name that is cut. */
static void append_reason(struct error *err, const char *reason)
{
	size_t used = strlen(err->msg);
	size_t need = strlen(": ") + strlen(reason) + 1;

	if (need < sizeof(err->msg) && used > sizeof(err->msg) - need) {
		used = sizeof(err->msg) - need;
		memcpy(err->msg + used - strlen("..."), "...", strlen("..."));
	}
	(void)snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", reason);
}

static PRINTF_LIKE(4, 0) void record(struct error *err, int code, bool with_errno, const char *fmt,
				     va_list ap)
{
	err->code = positive(code);
	err->status = 0;
	err->hint[0] = '\0';
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	if (with_errno)
		append_reason(err, strerror(err->code));
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
