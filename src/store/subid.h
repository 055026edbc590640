/* SPDX-License-Identifier: Apache-2.0 */
/* The subordinate ids of a user, from files like /etc/subuid: subuid(5). Pure. */
#ifndef BERTH_STORE_SUBID_H
#define BERTH_STORE_SUBID_H

#include "sys/idmap.h"

/**
 * subid_user_name() - the login name of @uid in the text of /etc/passwd.
 * Caller frees; NULL if it is not there.
 */
char *subid_user_name(const char *passwd, unsigned uid);

/**
 * subid_map() - the map of a user namespace for the user @uid, who is called @name (or NULL): root inside is the user,
 * and the ids from 1 on are the subordinate ones that @text, of /etc/subuid or /etc/subgid, gives to either.
 * @own: the id that root inside is outside: the user's, or the group's
 *
 * Lines that are none are passed over, as newuidmap(1) does. What has no room in the map is left out.
 */
void subid_map(const char *text, const char *name, unsigned uid, unsigned own, struct id_ranges *ret);

#endif
