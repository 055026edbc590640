/* SPDX-License-Identifier: Apache-2.0 */
/* `berth commit`: the container's upper directory becomes one more layer of a new image. */
#include <errno.h>
#include <string.h>

#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/pause.h"
#include "runtime/record.h"
#include "store/archive.h"
#include "sys/userns.h"

/* What the image says of its containers: the container's own, without what was only this container's. */
static char *config_for_image(const struct container *c)
{
	struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);

	container_config_json(&c->config, &w, NULL);
	return buf_take(&out);
}

static int check(const struct container *c, const char *what, struct error *err)
{
	if (!c->config.rootfs)
		return 0;
	(void)error_msg(err, EINVAL, "cannot commit container %s: it was started with --rootfs", what);
	return error_hint(err, -EINVAL, "berth import %s NAME makes an image of that directory",
			  c->config.rootfs);
}

static void tell(const struct store *s, const struct container *c,
		 const struct container_commit_request *req, const char *id)
{
	auto_free char *image = str_format("sha256:%s", id);
	const char *const extra[] = { "comment", req->message ? req->message : "", "imageID", image,
				      "imageRef", req->reference, NULL };

	container_event(s, c, "commit", extra);
}

int container_commit(const struct store *s, const char *what,
		     const struct container_commit_request *req, char ret_id[ID_SIZE],
		     struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_pause struct pause pause = PAUSE_INIT;
	auto_free char *config = NULL;
	auto_close int upper = FD_NONE, pidfd = FD_NONE;
	struct commit_request commit;
	int r = container_open(s, what, &c, err);

	if (r == 0)
		r = check(&c, what, err);
	if (r < 0)
		return r;
	upper = container_layer_open(s, c.id, "upper", err);
	if (upper < 0)
		return upper;
	config = config_for_image(&c);
	if (!config)
		return error_set(err, ENOMEM, "cannot commit container '%s'", what);
	pidfd = container_process(&c);
	if (pidfd >= 0 && req->pause)
		r = pause_begin(&c, &pause, err);
	/* An ordinary user's container has no freezer as a rule, and docker's default is no reason to refuse. */
	if ((r == -EACCES || r == -EPERM) && !userns_is_initial())
		r = 0;
	if (r < 0)
		return r;
	commit = (struct commit_request){
		.upper_fd = upper, .parent = c.config.image_id, .container_id = c.id,
		.config_json = config, .reference = req->reference, .author = req->author,
		.message = req->message, .changes = req->changes,
	};
	r = archive_commit(s, &commit, ret_id, err);
	if (r == 0)
		tell(s, &c, req, ret_id);
	return r;
}
