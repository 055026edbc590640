/* SPDX-License-Identifier: Apache-2.0 */
/* The HEALTHCHECK instruction of import and commit --change. */
#ifndef BERTH_HELPER_HEALTHCHECK_H
#define BERTH_HELPER_HEALTHCHECK_H

/**
 * healthcheck_parse() - "[--interval=30s …] CMD COMMAND" or "NONE" as docker's Healthcheck object.
 * @ret_why: what is wrong with it, on failure
 * Return: JSON text that the caller frees, or NULL.
 */
char *healthcheck_parse(const char *text, const char **ret_why);

#endif
