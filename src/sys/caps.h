/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: docker's default set, and giving the others up. capabilities(7) */
#ifndef BERTH_SYS_CAPS_H
#define BERTH_SYS_CAPS_H

#include <stdint.h>

#include "base/error.h"

/* docker's fourteen: moby daemon/pkg/oci/caps */
#define CAPS_DEFAULT 0x00000000a80425fbull

/** cap_from_name() - the bit of "CAP_CHOWN" or "chown". 0 if there is none of that name. */
uint64_t cap_from_name(const char *name);

/** cap_name() - "CAP_CHOWN" of number 0; NULL of one that is not known. */
const char *cap_name(unsigned number);

/** caps_limit_bounding() - drop every capability not in @keep from the bounding set. Return: 0 or -errno. */
int caps_limit_bounding(uint64_t keep);

/**
 * caps_set() - effective and permitted become @caps, inheritable and ambient nothing, so that a program
 * run by another user than root gains none (CVE-2022-24769). Return: 0 or -errno.
 */
int caps_set(uint64_t caps);

/** caps_get() - what this process is permitted. Return: 0 or -errno. */
int caps_get(uint64_t *ret);

#endif
