/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with templates by the helper program berth-template: started, waited for, its result passed on. */
#ifndef BERTH_TEMPLATE_CALL_H
#define BERTH_TEMPLATE_CALL_H

#include "base/buf.h"
#include "base/error.h"
#include "store/store.h"

/**
 * template_call() - run `berth-template ARGS[0] ROOT RUN ARGS[1]…`; the verbs are in helper/template_verbs.h.
 * @args: NULL ends them
 * @out: its standard output is appended here; NULL: it has berth's own
 */
int template_call(const struct store *s, const char *const args[], struct buf *out,
		  struct error *err);

#endif
