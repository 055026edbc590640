/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renaming a container: the new name is claimed, the link `name` in the record replaced, the old name given up. Killed
 * in between, the container has two names, of which container_sweep() finds the one that is not its own.
 */
#include <errno.h>
#include <unistd.h>

#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/names.h"
#include "runtime/record.h"
#include "store/records.h"

#define LINK	 "name"
#define LINK_NEW "name.new"

static int check(const struct container *c, const char *name, struct error *err)
{
	if (STREQ(c->config.name, name))
		return error_msg(err, EINVAL,
				 "renaming a container with the same name as its current name");
	return name_check(name, err);
}

static int write_link(const struct container *c, const char *name)
{
	(void)unlinkat(c->dir_fd, LINK_NEW, 0);
	if (symlinkat(name, c->dir_fd, LINK_NEW) < 0)
		return -errno;
	return renameat(c->dir_fd, LINK_NEW, c->dir_fd, LINK) < 0 ? -errno : 0;
}

/* Its end may have come meanwhile: who removes it hides the record first, and then looks what it is called. */
static int write_name(const struct store *s, const struct container *c, const char *name)
{
	auto_close int record = FD_NONE;
	int r = write_link(c, name);

	if (r < 0)
		return r;
	record = record_open(s, c->id, NULL, NULL);
	return record < 0 ? record : 0;
}

static void tell(const struct store *s, struct container *c, char **name)
{
	auto_free char *old = str_format("/%s", c->config.name);
	const char *const extra[] = { "oldName", old, NULL };

	free(c->config.name);
	c->config.name = take_ptr(*name);
	if (old)
		container_event(s, c, "rename", extra);
}

int container_rename(const struct store *s, const char *what, const char *name, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_free char *claimed = NULL;
	auto_close int lock = FD_NONE;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	/* Alone: what it was called until now may be out of date. */
	lock = store_lock(s, true, err);
	r = lock < 0 ? lock : container_read_name(&c);
	if (name[0] == '/')
		name++;
	if (r == 0)
		r = check(&c, name, err);
	if (r == 0)
		r = name_claim(s, name, c.id, container_in_run(s, &c), &claimed, err);
	if (r < 0)
		return r;
	r = write_name(s, &c, name);
	if (r < 0) {
		name_release(s, name, c.id);
		return r == -ENOENT ? error_msg(err, r, "no such container: %s", what)
				    : error_set(err, r, "cannot rename container '%s'", what);
	}
	name_release(s, c.config.name, c.id);
	tell(s, &c, &claimed);
	return 0;
}
