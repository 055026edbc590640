/* SPDX-License-Identifier: Apache-2.0 */
/* Who the container's process is: the USER of an image or --user, looked up in the container's own files. */
#ifndef BERTH_RUNTIME_USER_H
#define BERTH_RUNTIME_USER_H

#include <sys/types.h>

#include "base/error.h"
#include "base/strv.h"

#define USER_MAX_GROUPS 1024

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_MAX_GROUPS]; /* supplementary */
	size_t n_groups;
	char home[256];
};

/**
 * user_resolve() - docker's rules for USER[:GROUP], each a name or a number.
 * @spec: NULL or "" is root
 * @passwd, @group: contents of the container's files, "" where it has none
 *
 * Digits are always a number, whatever names the image's files hold (CVE-2024-40635). Without GROUP the
 * primary group is the user's, and the groups that list the user are supplementary.
 * Return: 0; -EINVAL "unable to find user X: no matching entries in passwd file".
 */
int user_resolve(const char *spec, const char *passwd, const char *group, struct user *ret,
		 struct error *err);

/**
 * user_look_up() - the same with /etc/passwd and /etc/group as they are inside @root_fd. What an image
 * says is read by descriptor and with a limit; a missing file is an empty one.
 */
int user_look_up(int root_fd, const char *spec, const struct strv *groups, struct user *ret,
		 struct error *err);

#endif
