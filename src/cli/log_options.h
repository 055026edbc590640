/* SPDX-License-Identifier: Apache-2.0 */
/* The options of run and create about logs and restarts, for run_options.c's table; S is its own. */
#ifndef BERTH_CLI_LOG_OPTIONS_H
#define BERTH_CLI_LOG_OPTIONS_H

/* clang-format off */
#define LOG_OPTIONS                                                                                \
	OPT_STRING("log-driver", 0, S, req.log_driver, "DRIVER",                                   \
		   "Where the output of a container in the background is kept: json-file (the default), " \
		   "k8s-file, journald, none or passthrough"),                                     \
	OPT_LIST("log-opt", 0, S, req.log_opts, "NAME=VALUE",                                      \
		 "Option of the log driver: max-size=10m and max-file=3 cap the log; labels=A,B and env=A,B " \
		 "keep these with each line for logs --details")

#define RESTART_OPTION                                                                             \
	OPT_STRING("restart", 0, S, req.restart, "POLICY",                                         \
		   "Start a container in the background again when it ends: no (the default), on-failure[:N], " \
		   "always or unless-stopped")
/* clang-format on */

#endif
