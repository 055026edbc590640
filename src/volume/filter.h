/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BERTH_VOLUME_FILTER_H
#define BERTH_VOLUME_FILTER_H

#include "volume/catalog.h"

/** volume_filter_match() - whether @f wants @v; @used: a container has it. */
bool volume_filter_match(const struct volume_filter *f, const struct volume *v, bool used);

#endif
