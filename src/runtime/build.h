/* SPDX-License-Identifier: Apache-2.0 */
/* From a request and an image to a container's configuration. Pure: nothing is looked up or made. */
#ifndef BERTH_RUNTIME_BUILD_H
#define BERTH_RUNTIME_BUILD_H

#include "base/error.h"
#include "runtime/record.h"
#include "runtime/request.h"
#include "store/image.h"

struct build_input {
	const struct run_request *req;
	const struct image *image;	       /* or NULL with a rootfs */
	const struct mount_specs *inherited;   /* from --volumes-from */
	const char *id;
	const char *host_hostname;	       /* for --network host */
};

/**
 * container_config_build() - docker's rules for combining the two: ENTRYPOINT and CMD, ENV, labels,
 * volumes. The name is not set; anonymous volumes have no name yet.
 */
int container_config_build(const struct build_input *in, struct container_config *ret,
			   struct error *err);

/**
 * container_environment() - what a process gets: PATH, HOSTNAME, with a terminal TERM, and HOME where the configuration
 * does not set them, then the configuration's.
 */
int container_environment(const struct container_config *c, bool tty, const char *home,
			  struct strv *ret);

#endif
