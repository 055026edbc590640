/* SPDX-License-Identifier: Apache-2.0 */
/* The options that `berth run` and `berth create` share, and the request made of them. */
#ifndef BERTH_CLI_RUN_OPTIONS_H
#define BERTH_CLI_RUN_OPTIONS_H

#include "cli/opt.h"
#include "cli/setting_options.h"
#include "runtime/request.h"

struct run_options {
	struct run_request req;
	struct strv env, env_files, labels, label_files;
	struct setting_words words;
	const char *network, *pull;
};

#define RUN_OPTIONS_INIT ((struct run_options){ .req = RUN_REQUEST_INIT })

void run_options_done(struct run_options *o);
DEFINE_AUTO(run_options, struct run_options, run_options_done)
#define auto_run_options auto_clean(run_options)

extern const struct opt run_options_table[], create_options_table[];

/**
 * run_options_finish() - after parsing: take IMAGE and COMMAND from @operands, read the files that
 * options name, check what needs no container. Return: 0, or -errno with @err and exit status 125.
 */
int run_options_finish(struct run_options *o, char *const operands[], struct error *err);

/**
 * env_add() - take -e NAME=VALUE into @env, -e NAME with the value that it has here; one that is not set here goes to
 * @unset. -EINVAL for "=x".
 */
int env_add(struct strv *env, struct strv *unset, const char *arg, struct error *err);

/** env_file_read() - append the lines of an --env-file: NAME=VALUE to @env, unset NAMEs nowhere. */
int env_file_read(const char *path, struct strv *env, struct error *err);

/** label_file_read() - append the lines of a --label-file, KEY=VALUE or KEY, to @labels. */
int label_file_read(const char *path, struct strv *labels, struct error *err);

/** label_add() - append KEY=VALUE, or KEY as "KEY=", replacing an earlier one. -EINVAL for "=x". */
int label_add(struct strv *labels, const char *label, struct error *err);

#endif
