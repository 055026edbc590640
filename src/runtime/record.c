/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/name.h"
#include "base/parse.h"
#include "runtime/cgroups.h"
#include "runtime/container.h"
#include "runtime/destroy.h"
#include "store/records.h"
#include "sys/process.h"
#include "sys/syscalls.h"

#define NAME_LIMIT 256

static const char *const status_names[] = {
	[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",	 [CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_EXITED] = "exited",
};

const char *container_status_name(enum container_status s)
{
	return status_names[s];
}

void container_done(struct container *c)
{
	container_config_done(&c->config);
	free(c->path);
	fd_close(&c->lock_fd);
	fd_close(&c->dir_fd);
}

int containers_dir(const struct store *s, struct error *err)
{
	return store_dir(s, "containers", err);
}

int container_layer_open(const struct store *s, const char *id, const char *which,
			 struct error *err)
{
	auto_free char *path = str_format("containers/%s/%s", id, which);
	int fd = path ? dir_open(s->root_fd, path) : -ENOMEM;

	return fd < 0 ? error_set(err, fd, "cannot open the writable layer of container '%s'", id) : fd;
}

bool container_in_run(const struct store *s, const struct container *c)
{
	size_t n = strlen(s->root);

	return strncmp(c->path, s->root, n) != 0 || c->path[n] != '/' ||
	       strncmp(c->path + n, "/containers/", 12) != 0;
}

static void copy_text(char *to, size_t size, const struct json *j, const char *key)
{
	const char *s = json_get_str(j, key);

	(void)snprintf(to, size, "%s", s ? s : "");
}

static void state_from_json(const struct json *j, struct container_state *st)
{
	const char *status = json_get_str(j, "Status");

	*st = (struct container_state){ .status = CONTAINER_CREATED };
	for (size_t i = 0; status && i < ARRAY_SIZE(status_names); i++) {
		if (STREQ(status, status_names[i]))
			st->status = (enum container_status)i;
	}
	st->pid = (pid_t)json_int(json_get(j, "Pid"), 0);
	st->pid_start = (uint64_t)json_int(json_get(j, "PidStart"), 0);
	st->detached = json_bool(json_get(j, "Detached"), false);
	st->oom_killed = json_bool(json_get(j, "OOMKilled"), false);
	st->monitor = (pid_t)json_int(json_get(j, "Monitor"), 0);
	st->monitor_start = (uint64_t)json_int(json_get(j, "MonitorStart"), 0);
	st->restarts = (unsigned)json_int(json_get(j, "RestartCount"), 0);
	st->exit_code = (int)json_int(json_get(j, "ExitCode"), 0);
	copy_text(st->boot, sizeof(st->boot), j, "Boot");
	copy_text(st->error, sizeof(st->error), j, "Error");
	copy_text(st->started, sizeof(st->started), j, "StartedAt");
	copy_text(st->finished, sizeof(st->finished), j, "FinishedAt");
}

static int state_load(struct container *c, struct error *err)
{
	auto_json struct json *j = NULL;
	int r = json_read_at(c->dir_fd, "state.json", &j, err);

	if (r < 0 && r != -ENOENT)
		return r;
	state_from_json(j, &c->state);
	return 0;
}

static int state_save(const struct container *c, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	const struct container_state *st = &c->state;
	int r;

	jsonw_object(&w, NULL);
	jsonw_str(&w, "Status", status_names[st->status]);
	jsonw_int(&w, "Pid", st->pid);
	jsonw_uint(&w, "PidStart", st->pid_start);
	jsonw_str(&w, "Boot", st->boot);
	jsonw_bool(&w, "Detached", st->detached);
	jsonw_bool(&w, "OOMKilled", st->oom_killed);
	if (st->detached) {
		jsonw_int(&w, "Monitor", st->monitor);
		jsonw_uint(&w, "MonitorStart", st->monitor_start);
	}
	jsonw_int(&w, "RestartCount", st->restarts);
	jsonw_int(&w, "ExitCode", st->exit_code);
	jsonw_str(&w, "Error", st->error);
	jsonw_str(&w, "StartedAt", st->started);
	jsonw_str(&w, "FinishedAt", st->finished);
	jsonw_end(&w);
	r = buf_failed(&out) ? -ENOMEM
			     : file_replace_at(c->dir_fd, "state.json", buf_str(&out), out.len, 0);
	return r < 0 ? error_set(err, r, "cannot write the state of container '%s'", c->id) : 0;
}

static void note_monitor(struct container *c)
{
	c->state.monitor = getpid();
	(void)process_start_time(c->state.monitor, &c->state.monitor_start);
}

int container_set_running(struct container *c, pid_t pid, bool detached, struct error *err)
{
	c->state = (struct container_state){
		.status = CONTAINER_RUNNING, .pid = pid, .detached = detached,
		.restarts = c->state.restarts, .exit_code = c->state.exit_code,
	};
	/* A process that is gone already has no start time; it was ours all the same. */
	(void)process_start_time(pid, &c->state.pid_start);
	(void)process_boot_id(c->state.boot);
	if (detached)
		note_monitor(c);
	(void)time_format_now(c->state.started);
	return state_save(c, err);
}

int container_set_adopted(struct container *c, struct error *err)
{
	note_monitor(c);
	(void)snprintf(c->state.error, sizeof(c->state.error),
		       "its monitor was killed, another took over: exit status lost, and some output may be");
	return state_save(c, err);
}

static int set_ended(struct container *c, enum container_status status, int exit_code, const char *error,
		     struct error *err)
{
	c->state.status = status;
	c->state.pid = 0;
	c->state.exit_code = exit_code;
	(void)snprintf(c->state.error, sizeof(c->state.error), "%s", error ? error : "");
	(void)time_format_now(c->state.finished);
	return state_save(c, err);
}

int container_set_exited(struct container *c, int exit_code, const char *error, struct error *err)
{
	return set_ended(c, CONTAINER_EXITED, exit_code, error, err);
}

int container_set_restarting(struct container *c, int exit_code, unsigned restarts, struct error *err)
{
	c->state.restarts = restarts;
	return set_ended(c, CONTAINER_RESTARTING, exit_code, NULL, err);
}

int container_exit_code_put(int lock_fd, int code)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", code);

	return pwrite(lock_fd, text, (size_t)n, 0) == n ? 0 : -EIO;
}

int container_exit_code_clear(int lock_fd, bool reserve)
{
	static const char blank[16] = "\n              \n";

	if (ftruncate(lock_fd, 0) < 0)
		return -errno;
	return !reserve || pwrite(lock_fd, blank, sizeof(blank), 0) == (ssize_t)sizeof(blank) ? 0 : -EIO;
}

int container_exit_code_get(int lock_fd, int *ret)
{
	char text[16];
	uint64_t v;
	ssize_t n = pread(lock_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -ENODATA;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 255, &v) < 0)
		return -ENODATA;
	*ret = (int)v;
	return 0;
}

bool container_is_active(const struct container *c)
{
	return c->state.status == CONTAINER_RUNNING || c->state.status == CONTAINER_PAUSED ||
	       c->state.status == CONTAINER_RESTARTING;
}

static bool is_of_this_boot(const struct container_state *st)
{
	char boot[37] = "";

	return process_boot_id(boot) < 0 || STREQ(boot, st->boot);
}

int container_process(const struct container *c)
{
	if (!container_is_active(c))
		return -ESRCH;
	return is_of_this_boot(&c->state) ? process_open(c->state.pid, c->state.pid_start) : -ESRCH;
}

int container_monitor(const struct container *c)
{
	if (!c->state.detached || !is_of_this_boot(&c->state))
		return -ESRCH;
	return process_open(c->state.monitor, c->state.monitor_start);
}

/* What a live container is told to have lost with its monitor; once, so that the state is written once. */
static int note_lost_monitor(struct container *c)
{
	if (!c->state.error[0]) {
		(void)snprintf(c->state.error, sizeof(c->state.error),
			       "its monitor was killed: berth start gives it another, before it is held up "
			       "by its output");
		(void)state_save(c, NULL);
	}
	return 0;
}

/*
 * The state says that it runs but nobody holds its lock: the supervisor was killed, or found no room on
 * the disk to say that it ended. A foreground container dies with its supervisor (PR_SET_PDEATHSIG), and
 * is killed here should it have escaped that; a detached one lives on, and only its end has to be noticed.
 * As long as the disk is full, every command notices it afresh.
 */
static int settle_orphan(struct container *c)
{
	auto_close int pidfd = container_process(c), lock = FD_NONE;
	const char *why = c->state.detached
				  ? "its monitor was killed: exit status lost, and output may be lost"
				  : "its supervising berth process was killed: exit status lost";
	int code;

	if (c->state.status == CONTAINER_RESTARTING) {
		(void)container_set_exited(c, c->state.exit_code,
					   "its monitor was killed before it restarted it: berth start", NULL);
		return 0;
	}
	if (pidfd >= 0 && c->state.detached)
		return note_lost_monitor(c);
	if (pidfd >= 0) {
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
		container_cgroup_thaw(c);
	}
	c->state.oom_killed = container_cgroup_oom(c);
	lock = openat(c->dir_fd, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock >= 0 && container_exit_code_get(lock, &code) == 0)
		why = "its end could not be written to the disk";
	else
		code = EXIT_CODE_UNKNOWN;
	(void)container_set_exited(c, code, why, NULL);
	return 0;
}

static bool lock_is_free(const struct container *c)
{
	auto_close int fd = openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && lock_is_taken(fd) == 0;
}

int container_reload(struct container *c, struct error *err)
{
	int r = state_load(c, err);

	if (r < 0 || !container_is_active(c) || !lock_is_free(c))
		return r;
	/* Its supervisor writes the end before it lets go of the lock: what is read now is final. */
	r = state_load(c, err);
	if (r < 0)
		return r;
	return container_is_active(c) ? settle_orphan(c) : 0;
}

/*
 * A --rm container whose supervisor was killed before it could remove it: done here, by the next command.
 * One that never ran may be waiting for `berth start`, but not if its record is in RUN: its supervisor was
 * to start it at once.
 */
static bool remove_overdue(const struct store *s, struct container *c)
{
	bool ended = c->state.status == CONTAINER_EXITED ||
		     (c->state.status == CONTAINER_CREATED && container_in_run(s, c));

	return c->config.remove && ended && lock_is_free(c) && container_lock(c, false, NULL) == 0 &&
	       container_destroy(s, c, true, NULL) == 0;
}

int container_read_name(struct container *c)
{
	char text[NAME_LIMIT];
	ssize_t n = readlinkat(c->dir_fd, "name", text, sizeof(text) - 1);
	char *name;

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	text[n] = '\0';
	if (!name_is_valid(text))
		return -EINVAL;
	name = strdup(text);
	if (!name)
		return -ENOMEM;
	free(c->config.name);
	c->config.name = name;
	return 0;
}

int container_config_load(struct container *c, struct error *err)
{
	auto_container_config struct container_config config = CONTAINER_CONFIG_INIT;
	auto_json struct json *j = NULL;
	int r = json_read_at(c->dir_fd, "config.json", &j, err);

	if (r == 0)
		r = container_config_read(j, &config, err);
	if (r < 0)
		return r;
	container_config_done(&c->config);
	c->config = config;
	config = CONTAINER_CONFIG_INIT;
	r = container_read_name(c);
	return r < 0 ? error_set(err, r, "cannot read the name of container '%s'", c->id) : 0;
}

/* The file keeps its time: containers are listed by it (container_ids()). */
int container_config_save(const struct container *c, struct error *err)
{
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;
	int r;

	container_config_write(&c->config, &w);
	r = buf_failed(&out) ? -ENOMEM : fstatat(c->dir_fd, "config.json", &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	if (r == 0)
		r = file_write_at(c->dir_fd, "config.new", buf_str(&out), out.len, 0600);
	if (r == 0) {
		times[1] = st.st_mtim;
		if (utimensat(c->dir_fd, "config.new", times, AT_SYMLINK_NOFOLLOW) < 0 ||
		    renameat(c->dir_fd, "config.new", c->dir_fd, "config.json") < 0)
			r = -errno;
	}
	return r < 0 ? error_set(err, r, "cannot write the record of container '%s'", c->id) : 0;
}

int container_load(const struct store *s, const char *id, struct container *ret, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	int r;

	memcpy(c.id, id, ID_SIZE);
	c.dir_fd = record_open(s, id, &c.path, err);
	if (c.dir_fd < 0)
		return c.dir_fd;
	r = container_config_load(&c, err);
	if (r < 0)
		return r;
	*ret = c;
	c = CONTAINER_INIT;
	return 0;
}

int container_open(const struct store *s, const char *what, struct container *ret,
		   struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	char id[ID_SIZE];
	int r = container_find(s, what, id, err);

	if (r < 0)
		return r;
	r = container_load(s, id, &c, err);
	if (r == -ENOENT)
		return r;
	if (r == 0)
		r = container_reload(&c, err);
	if (r < 0)
		return error_prefix(err, r, "container '%s'", what);
	container_cgroup_settle(&c);
	if (remove_overdue(s, &c))
		return error_msg(err, ENOENT, "no such container: %s", what);
	*ret = c;
	c = CONTAINER_INIT;
	return 0;
}

int container_lock(struct container *c, bool wait, struct error *err)
{
	auto_close int fd = openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int r;

	if (fd < 0)
		return error_msg(err, ENOENT, "no such container: %s", c->id);
	/* Those who wait for its end have the lock for an instant. */
	do {
		r = lock_take(fd, true, wait);
	} while (r == -EAGAIN && lock_is_taken(fd) == LOCK_SHARED && sched_yield() == 0);
	if (r == -EAGAIN)
		return error_msg(err, EBUSY, "container %s is running or being changed", c->id);
	if (r < 0)
		return error_set(err, r, "cannot lock container '%s'", c->id);
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return error_msg(err, ENOENT, "no such container: %s", c->id);
	c->lock_fd = take_fd(&fd);
	r = state_load(c, err);
	return r == 0 && container_is_active(c) ? settle_orphan(c) : r;
}
