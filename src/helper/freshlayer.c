/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/freshlayer.h"

#include "base/fs.h"
#include "store/layer.h"

#define NEW_LAYER "layer"

void fresh_layer_done(struct fresh_layer *f)
{
	fd_close(&f->diff_fd);
	fd_close(&f->dir_fd);
	scratch_done(&f->scratch);
}

int fresh_layer_begin(const struct store *s, struct fresh_layer *f, struct error *err)
{
	int r = scratch_make(s, &f->scratch, err);

	if (r < 0)
		return r;
	f->dir_fd = dir_make_open(f->scratch.fd, NEW_LAYER, 0700);
	f->diff_fd = f->dir_fd < 0 ? f->dir_fd : dir_make_open(f->dir_fd, LAYER_DIFF, 0755);
	return f->diff_fd < 0 ? error_set(err, f->diff_fd, "cannot make a directory for the layer") :
				0;
}

int fresh_layer_publish(const struct store *s, struct fresh_layer *f, struct error *err)
{
	return layer_publish(s, &f->scratch, NEW_LAYER, f->diff_id, f->size, err);
}
