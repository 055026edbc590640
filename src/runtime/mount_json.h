/* SPDX-License-Identifier: Apache-2.0 */
/* A container's mounts in JSON: its record, and what inspect shows of them. */
#ifndef BERTH_RUNTIME_MOUNT_JSON_H
#define BERTH_RUNTIME_MOUNT_JSON_H

#include "base/json.h"
#include "base/jsonw.h"
#include "mount/spec.h"
#include "store/store.h"

/** mount_spec_write() - one mount of the record, as an object in @w. */
void mount_spec_write(const struct mount_spec *m, struct jsonw *w);

/** mount_specs_read() - the record's array of them, appended to @ret. 0 or -errno. */
int mount_specs_read(const struct json *array, struct mount_specs *ret);

/** mount_spec_inspect() - docker's entry of "Mounts" for it, with podman's Options and SubPath. */
void mount_spec_inspect(const struct store *s, const struct mount_spec *m, struct jsonw *w);

#endif
