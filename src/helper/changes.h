/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Dockerfile instructions that `import --change` and `commit --change` take, applied to the "config"
 * object of an image. Pure: text in, struct out.
 */
#ifndef BERTH_HELPER_CHANGES_H
#define BERTH_HELPER_CHANGES_H

#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/strv.h"

/* All that an image's "config" object has, what berth itself has no use for included. */
struct changes {
	struct strv env, entrypoint, cmd, volumes, ports, labels, on_build, shell;
	char *user, *working_dir, *stop_signal; /* owned, or NULL */
	char *healthcheck; /* owned; JSON text; NULL: what the base has */
	const struct json *base; /* borrowed; members that are none of the above are kept from it */
};

#define CHANGES_INIT ((struct changes){ 0 })

void changes_done(struct changes *c);
DEFINE_AUTO(changes, struct changes, changes_done)
#define auto_changes auto_clean(changes)

/** changes_begin() - take over what @config (an image's "config" object, or NULL) says; it is borrowed. */
int changes_begin(struct changes *c, const struct json *config, struct error *err);

/** changes_apply() - one instruction: "CMD [\"a\"]", "ENV A=b C=\"d e\"", … Return: 0 or -EINVAL naming it. */
int changes_apply(struct changes *c, const char *instruction, struct error *err);

/** changes_write() - the resulting object, in a fixed order. */
void changes_write(const struct changes *c, struct jsonw *w, const char *key);

#endif
