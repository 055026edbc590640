/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to know of mounts: from their records, the mount table, and their servers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sys/mountinfo.h"
#include "template/control.h"
#include "template/manager_internal.h"
#include "template/sweep.h"

#define COUNTERS_MS 1000 /* a server that takes longer has other things to do, and the list goes on without */

struct berth_mount {
	struct mount_record record;
	enum mount_state state;
	struct mount_server server;
	struct control_counters counters;
	char *cache_path; /* owned */
};

struct berth_mounts {
	unsigned n;
	struct berth_mount **v; /* owned, and what it points to */
};

void berth_mount_free(struct berth_mount *mount)
{
	if (!mount)
		return;
	mount_record_done(&mount->record);
	free(mount->cache_path);
	free(mount);
}

void berth_mounts_free(struct berth_mounts *mounts)
{
	if (!mounts)
		return;
	for (unsigned i = 0; i < mounts->n; i++)
		berth_mount_free(mounts->v[i]);
	free(mounts->v);
	free(mounts);
}

unsigned berth_mounts_count(const struct berth_mounts *mounts)
{
	return mounts->n;
}

const struct berth_mount *berth_mounts_get(const struct berth_mounts *mounts, unsigned i)
{
	return i < mounts->n ? mounts->v[i] : NULL;
}

const char *berth_mount_text(const struct berth_mount *mount, enum berth_mount_text which)
{
	const struct mount_record *r = &mount->record;
	const char *const texts[] = {
		[BERTH_MOUNT_ID] = r->id,
		[BERTH_MOUNT_TEMPLATE_ID] = r->template_id,
		[BERTH_MOUNT_BUILD_ID] = r->build_id,
		[BERTH_MOUNT_PATH] = r->path,
		[BERTH_MOUNT_DEVICE_PATH] = r->device,
		[BERTH_MOUNT_CACHE_PATH] = mount->cache_path,
		[BERTH_MOUNT_BACKEND] = backend_name(r->backend),
		[BERTH_MOUNT_OPTIONS] = r->options,
		[BERTH_MOUNT_PERSIST] = r->persist,
		[BERTH_MOUNT_MOUNTED_AT] = r->mounted_at,
		[BERTH_MOUNT_STATE] = mount_state_name(mount->state),
		[BERTH_MOUNT_LAST_ERROR] = mount->counters.last_error,
	};

	return which < ARRAY_SIZE(texts) && texts[which] ? texts[which] : "";
}

uint64_t berth_mount_number(const struct berth_mount *mount, enum berth_mount_number which)
{
	const uint64_t numbers[] = {
		[BERTH_MOUNT_DEVICE_SLOT] = mount->record.slot,
		[BERTH_MOUNT_READ_ONLY] = mount->record.read_only,
		[BERTH_MOUNT_BYTES_FETCHED] = mount->counters.bytes_fetched,
		[BERTH_MOUNT_BYTES_DIRTY] = mount->counters.bytes_dirty,
		[BERTH_MOUNT_FAILED_READS] = mount->counters.failed_reads,
		[BERTH_MOUNT_SERVER_PID] = (uint64_t)mount->server.server.pid,
		[BERTH_MOUNT_RESTARTS] = mount->server.restarts,
	};

	return which < ARRAY_SIZE(numbers) ? numbers[which] : 0;
}

static void ask_counters(const struct store *s, struct berth_mount *m)
{
	const struct control_request q = { .command = CONTROL_COUNTERS };
	auto_close int dir = mount_record_dir(s, m->record.id);
	struct control_reply reply;

	if (dir >= 0 && control_ask(dir, &q, COUNTERS_MS, &reply) == 0 && reply.result == 0)
		m->counters = reply.counters;
	m->counters.last_error[sizeof(m->counters.last_error) - 1] = '\0';
}

static int load(const struct store *s, const char *id, const char *mountinfo, struct berth_mount **ret,
		struct error *err)
{
	struct berth_mount *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return error_set(err, ENOMEM, "cannot list the template mounts");
	r = mount_record_read(s, id, &m->record, err);
	if (r < 0) {
		free(m);
		return r;
	}
	m->state = mount_state_of(s, &m->record, mountinfo, mount_is_held(s, id), &m->server);
	if (m->server.server.pid > 0)
		ask_counters(s, m);
	m->cache_path = m->record.read_only ? strdup("") : mount_data_path(s, id, "");
	*ret = m;
	return 0;
}

int mount_info_load(const struct berth_manager *m, const char *id, struct berth_mount **ret,
		    struct error *err)
{
	auto_buf struct buf info = BUF_INIT;
	int r = mountinfo_read(&info);

	return r < 0 ? error_set(err, r, "cannot read the mount table")
		     : load(&m->store, id, buf_str(&info), ret, err);
}

/* By the time; those that are being mounted, which have none, last. */
static int compare(const void *a, const void *b)
{
	const char *x = (*(struct berth_mount *const *)a)->record.mounted_at;
	const char *y = (*(struct berth_mount *const *)b)->record.mounted_at;

	if (!*x || !*y)
		return !*x - !*y;
	return strcmp(x, y);
}

static int load_all(const struct store *s, const struct strv *ids, struct berth_mounts *list,
		    struct error *err)
{
	auto_buf struct buf info = BUF_INIT;
	int r = mountinfo_read(&info);

	list->v = calloc(ids->n + 1, sizeof(struct berth_mount *)); /* NOLINT(bugprone-sizeof-expression) */
	if (r < 0 || !list->v)
		return error_set(err, r < 0 ? r : -ENOMEM, "cannot list the template mounts");
	strv_for_each(i, ids) {
		/* -ENOENT: unmounted meanwhile. */
		r = load(s, ids->v[i], buf_str(&info), &list->v[list->n], err);
		if (r == 0)
			list->n++;
		else if (r != -ENOENT)
			return r;
	}
	qsort(list->v, list->n, sizeof(struct berth_mount *), compare); /* NOLINT(bugprone-sizeof-expression) */
	return 0;
}

int mount_list_load(const struct berth_manager *m, struct berth_mounts **ret, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	struct berth_mounts *list = calloc(1, sizeof(*list));
	int r;

	if (!list)
		return error_set(err, ENOMEM, "cannot list the template mounts");
	r = mount_sweep(&m->store, MOUNT_SWEEP_GONE, NULL, err);
	if (r == 0)
		r = mount_record_ids(&m->store, &ids, err);
	if (r == 0)
		r = load_all(&m->store, &ids, list, err);
	if (r < 0) {
		berth_mounts_free(list);
		return r;
	}
	*ret = list;
	return 0;
}
