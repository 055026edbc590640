/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an archive may ask for and an ordinary user can't have: devices, and files of owners that his user namespace
 * does not know. A whiteout, device 0:0, is none.
 */
#ifndef BERTH_HELPER_ORDINARY_H
#define BERTH_HELPER_ORDINARY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"
#include "helper/tarread.h"

struct ordinary_user {
	bool no_devices;
	bool is_alone; /* there is but one id: every file is his */
};

/** ordinary_user() - as this process is. */
struct ordinary_user ordinary_user(void);

/** ordinary_entry() - make of @e what @u can have. Return: false if that is nothing, and the entry is left out. */
bool ordinary_entry(const struct ordinary_user *u, struct tar_entry *e);

/** ordinary_file() - the same for a file that is copied. */
bool ordinary_file(const struct ordinary_user *u, struct stat *st);

/** ordinary_lacks_owner() - whether the owner of @e is none of the ids that exist here. */
bool ordinary_lacks_owner(const struct tar_entry *e);

/** ordinary_owner_error() - say so. Return: -EINVAL. */
int ordinary_owner_error(const struct tar_entry *e, struct error *err);

#endif
