/* SPDX-License-Identifier: Apache-2.0 */
/* Which path of a file with several comes first in an archive; the others are hard links to it. */
#ifndef BERTH_HELPER_FIRSTNAME_H
#define BERTH_HELPER_FIRSTNAME_H

#include <sys/stat.h>

#include "base/cleanup.h"

/* Zeros are an empty one. */
struct first_names {
	void *tree; /* tsearch(3) of struct first_name */
};

void first_names_done(struct first_names *n);
DEFINE_AUTO(first_names, struct first_names, first_names_done)

/** first_name() - the first path of the file of @st: this one, if it was not seen before. NULL: no memory. */
const char *first_name(struct first_names *n, const struct stat *st, const char *path);

#endif
