/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's mounts are of that lies in no directory of the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "runtime/launch.h"
#include "sys/root.h"
#include "volume/volume.h"

static int open_image(const struct store *s, struct mount_step *step, struct error *err)
{
	int fd = container_image_tree(s, &step->spec->layers, err);

	if (fd < 0)
		return error_prefix(err, fd, "cannot mount image '%s'", step->spec->source);
	step->fd = fd;
	return 0;
}

static int keep_lock(struct launch *l, int *lock_fd, const char *target)
{
	struct launch_instance *v = array_room(l->instances, l->n_instances, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->instances = v;
	v[l->n_instances++] = (struct launch_instance){ take_fd(lock_fd), target };
	return 0;
}

/* The mount that somebody has already, where there may be but one. Return: 1 if step->fd is it, 0, -errno. */
static int take_instance(const struct store *s, struct launch *l, const struct volume *v,
			 struct mount_step *step, struct error *err)
{
	auto_close int lock = FD_NONE;
	int fd = volume_instance_take(s, v, &lock, err);

	if (fd < 0 && fd != FD_NONE)
		return fd;
	/* Whoever has it stays the one to ask; else it will be this container. */
	if (fd < 0 && lock >= 0 && keep_lock(l, &lock, step->target) < 0)
		return error_set(err, ENOMEM, "cannot open volume '%s'", v->name);
	if (fd < 0)
		return 0;
	fd_close(&step->fd);
	step->fd = fd;
	return 1;
}

static int fill_from_image(const struct store *s, const struct launch *l, const struct volume *v,
			   const struct mount_step *step, struct error *err)
{
	auto_close int source = FD_NONE;

	if ((step->spec->flags & (MOUNT_NOCOPY | MOUNT_VIEW)) || step->subpath)
		return 0;
	source = root_open(l->root_fd, step->target, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	return source < 0 ? 0 : volume_fill_tree(s, v, step->fd, source, err);
}

static int open_backed(const struct store *s, struct launch *l, struct mount_step *step,
		       struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	int r = volume_open(s, step->spec->source, &v, err);

	if (r < 0 || !volume_is_backed(&v))
		return r;
	r = take_instance(s, l, &v, step, err);
	if (r == 0)
		r = step->fd = volume_tree(s, &v, err);
	return r < 0 ? r : fill_from_image(s, l, &v, step, err);
}

/* A view that is kept: the overlay is there already if another container has it. */
static int open_kept(const struct store *s, struct launch *l, struct mount_step *step,
		     struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	int r = volume_open(s, step->spec->keep, &v, err);

	if (r == 0)
		r = take_instance(s, l, &v, step, err);
	if (r > 0)
		step->view = false;
	return r < 0 ? r : 0;
}

int container_open_sources(const struct store *s, struct launch *l, struct error *err)
{
	for (size_t i = 0; i < l->plan.n; i++) {
		struct mount_step *step = &l->plan.v[i];
		int r = 0;

		if (!step->spec)
			continue;
		if (step->spec->type == MOUNT_IMAGE)
			r = open_image(s, step, err);
		/* A plain volume has its directory there, and nothing more is to be known of it. */
		else if (step->spec->type == MOUNT_VOLUME && volume_has_mount(s, step->spec->source))
			r = open_backed(s, l, step, err);
		if (r == 0 && step->spec->keep)
			r = open_kept(s, l, step, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void container_give_instances(struct launch *l, pid_t pid)
{
	for (size_t i = 0; i < l->n_instances; i++)
		(void)volume_instance_give(l->instances[i].lock_fd, pid, l->instances[i].target);
}
