/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: docker's default set, and giving the others up. capabilities(7) */
#ifndef BERTH_SYS_CAPS_H
#define BERTH_SYS_CAPS_H

#include <stdint.h>

#include "base/error.h"

/* docker's fourteen: moby daemon/pkg/oci/caps */
#define CAPS_DEFAULT 0x00000000a80425fbull

/** caps_limit_bounding() - drop every capability not in @keep from the bounding set. Return: 0 or -errno. */
int caps_limit_bounding(uint64_t keep);

/**
 * caps_set() - effective and permitted become @caps, inheritable and ambient nothing, so that a program
 * run by another user than root gains none (CVE-2022-24769). Return: 0 or -errno.
 */
int caps_set(uint64_t caps);

#endif
