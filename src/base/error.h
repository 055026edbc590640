/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error convention of berth: a function returns 0 (or a result >= 0) on success and exactly
 * -errno on failure; its last argument, struct error *, may be NULL and is written on failure only.
 * The struct holds no pointers, so that a child process can send it whole through a pipe.
 */
#ifndef BERTH_BASE_ERROR_H
#define BERTH_BASE_ERROR_H

#include <stdbool.h>

#include "base/macros.h"

struct error {
	int code;	/* the errno value, positive; 0 = no error recorded */
	int status;	/* the exit status that berth should end with; 0 = the command's default */
	char msg[768];	/* "WHAT FAILED: WHY", no prefix, no newline */
	char hint[320]; /* what a person can do about it, or "" */
};

#define ERROR_INIT ((struct error){ 0 })

/**
 * error_set() - record "MESSAGE: text of errno".
 * @err: where to, or NULL
 * @code: errno value, positive or negative
 * @fmt: what failed, naming the object in single quotes: "cannot open '%s'"
 *
 * Return: -|code|, so that `return error_set(err, errno, …);` reads as one step.
 */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** error_msg() - as error_set(), without the text of errno: @fmt says the whole reason. */
int error_msg(struct error *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** error_prefix() - put "CONTEXT: " before what is recorded. Return: @r, for `return error_prefix(…)`. */
int error_prefix(struct error *err, int r, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** error_hint() - record the advice line. Return: @r. */
int error_hint(struct error *err, int r, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** error_status() - record the exit status that this failure should end berth with. Return: @r. */
int error_status(struct error *err, int r, int status);

#endif
