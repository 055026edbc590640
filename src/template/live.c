/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with mounts while they are in use: publishing what was changed, and replacing their servers. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/name.h"
#include "sys/process.h"
#include "sys/syscalls.h"
#include "template/control.h"
#include "template/manager_internal.h"
#include "template/record.h"

#define REEXEC_TRIES 600 /* a twentieth of a second each */

static int commit(struct berth_manager *m, const char *path, const char *build, struct error *err)
{
	struct control_request q = { .command = CONTROL_COMMIT };
	struct control_reply reply;
	auto_close int dir = FD_NONE;
	char id[ID_SIZE];
	int r;

	if (!build || !name_is_valid(build) || strlen(build) >= sizeof(q.text))
		return error_msg(err, EINVAL, "invalid build '%s'", build ? build : "");
	memcpy(q.text, build, strlen(build));
	r = manager_find(m, path, id, err);
	if (r < 0)
		return r;
	dir = mount_record_dir(&m->store, id);
	r = dir < 0 ? dir : control_ask(dir, &q, -1, &reply);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return error_msg(err, EOPNOTSUPP, "cannot commit '%s': no server has its changes as blocks", path);
	if (r < 0)
		return error_set(err, r, "cannot commit '%s'", path);
	if (reply.result < 0) {
		*err = reply.error;
		err->msg[sizeof(err->msg) - 1] = err->hint[sizeof(err->hint) - 1] = '\0';
		return reply.result;
	}
	return 0;
}

int berth_commit_template(struct berth_manager *manager, const char *path, const char *build,
			  struct berth_error *err)
{
	struct error e = ERROR_INIT;
	int r = commit(manager, path, build, &e);

	return manager_error(err, r, &e);
}

/* Whether another server than @old answers. */
static bool is_replaced(int dir, const struct mount_process *old)
{
	const struct control_request q = { .command = CONTROL_COUNTERS };
	struct control_reply reply;
	struct mount_server now;

	return mount_server_read(dir, &now) == 0 &&
	       (now.server.pid != old->pid || now.server.start != old->start) &&
	       control_ask(dir, &q, 1000, &reply) == 0;
}

static int reexec_one(const struct store *s, const char *id, struct error *err)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	auto_close int dir = mount_record_dir(s, id);
	auto_close int holder = FD_NONE;
	struct mount_server old;
	int r = dir < 0 ? dir : mount_server_read(dir, &old);

	if (r < 0)
		return r == -ENOENT ? 0 : error_set(err, r, "cannot read who serves mount '%s'", id);
	holder = process_open(old.holder.pid, old.holder.start);
	if (holder < 0) /* none is needed, or all is lost already */
		return 0;
	r = sys_pidfd_send_signal(holder, SIGHUP);
	for (int i = 0; r == 0 && i < REEXEC_TRIES; i++) {
		if (is_replaced(dir, &old.server))
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return error_set(err, r < 0 ? r : -ETIMEDOUT, "cannot replace the server of mount '%s'", id);
}

int berth_reexec(struct berth_manager *manager, struct berth_error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	struct error e = ERROR_INIT;
	int r = mount_record_ids(&manager->store, &ids, &e);

	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = reexec_one(&manager->store, ids.v[i], &e);
	return manager_error(err, r, &e);
}
