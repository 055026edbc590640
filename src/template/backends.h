/* SPDX-License-Identifier: Apache-2.0 */
/* Which devices this kernel can mount templates by. */
#ifndef BERTH_TEMPLATE_BACKENDS_H
#define BERTH_TEMPLATE_BACKENDS_H

#include "template/record.h"

/** backend_check() - Return: 0; -errno with @err, and as its hint how to get it. AUTO is always there. */
int backend_check(enum mount_backend b, struct error *err);

#endif
