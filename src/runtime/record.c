/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/parse.h"
#include "runtime/container.h"
#include "runtime/destroy.h"
#include "runtime/pause.h"
#include "store/records.h"
#include "sys/process.h"
#include "sys/syscalls.h"

/* docker's status for a container whose end nobody saw. */
#define EXIT_CODE_UNKNOWN 255

static const char *const status_names[] = {
	[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",	 [CONTAINER_EXITED] = "exited",
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
	jsonw_int(&w, "ExitCode", st->exit_code);
	jsonw_str(&w, "Error", st->error);
	jsonw_str(&w, "StartedAt", st->started);
	jsonw_str(&w, "FinishedAt", st->finished);
	jsonw_end(&w);
	r = buf_failed(&out) ? -ENOMEM
			     : file_replace_at(c->dir_fd, "state.json", buf_str(&out), out.len, 0);
	return r < 0 ? error_set(err, r, "cannot write the state of container '%s'", c->id) : 0;
}

int container_set_running(struct container *c, pid_t pid, bool detached, struct error *err)
{
	c->state = (struct container_state){
		.status = CONTAINER_RUNNING, .pid = pid, .detached = detached
	};
	/* A process that is gone already has no start time; it was ours all the same. */
	(void)process_start_time(pid, &c->state.pid_start);
	(void)process_boot_id(c->state.boot);
	(void)time_format_now(c->state.started);
	return state_save(c, err);
}

int container_set_exited(struct container *c, int exit_code, const char *error, struct error *err)
{
	c->state.status = CONTAINER_EXITED;
	c->state.pid = 0;
	c->state.exit_code = exit_code;
	(void)snprintf(c->state.error, sizeof(c->state.error), "%s", error ? error : "");
	(void)time_format_now(c->state.finished);
	return state_save(c, err);
}

int container_exit_code_put(int lock_fd, int code)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", code);

	return pwrite(lock_fd, text, (size_t)n, 0) == n ? 0 : -EIO;
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

int container_process(const struct container *c)
{
	char boot[37] = "";

	if (c->state.status != CONTAINER_RUNNING && c->state.status != CONTAINER_PAUSED)
		return -ESRCH;
	if (process_boot_id(boot) == 0 && !STREQ(boot, c->state.boot))
		return -ESRCH;
	return process_open(c->state.pid, c->state.pid_start);
}

/*
 * The state says that it runs but nobody holds its lock: the supervisor was killed. A foreground
 * container dies with its supervisor (PR_SET_PDEATHSIG), and is killed here should it have escaped that;
 * a detached one lives on, and only its end has to be noticed.
 */
static int settle_orphan(struct container *c, struct error *err)
{
	auto_close int pidfd = container_process(c);

	if (pidfd >= 0 && c->state.detached)
		return 0;
	if (pidfd >= 0)
		(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	return container_set_exited(c, EXIT_CODE_UNKNOWN,
				    "its supervising berth process was killed: exit status lost", err);
}

static bool lock_is_free(const struct container *c)
{
	auto_close int fd = openat(c->dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && lock_is_taken(fd) == 0;
}

static int refresh(struct container *c, struct error *err)
{
	bool runs;
	int r = state_load(c, err);

	if (r < 0)
		return r;
	runs = c->state.status == CONTAINER_RUNNING || c->state.status == CONTAINER_PAUSED;
	if (!runs || !lock_is_free(c))
		return 0;
	/* Its supervisor writes the end before it lets go of the lock: what is read now is final. */
	r = state_load(c, err);
	if (r < 0)
		return r;
	runs = c->state.status == CONTAINER_RUNNING || c->state.status == CONTAINER_PAUSED;
	return runs ? settle_orphan(c, err) : 0;
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

int container_open(const struct store *s, const char *what, struct container *ret,
		   struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_json struct json *j = NULL;
	int r = container_find(s, what, c.id, err);

	if (r < 0)
		return r;
	c.dir_fd = record_open(s, c.id, &c.path, err);
	if (c.dir_fd < 0)
		return c.dir_fd;
	r = json_read_at(c.dir_fd, "config.json", &j, err);
	if (r == 0)
		r = container_config_read(j, &c.config, err);
	if (r == 0) {
		pause_settle(&c);
		r = refresh(&c, err);
	}
	if (r < 0)
		return error_prefix(err, r, "container '%s'", what);
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
	r = lock_take(fd, true, wait);
	if (r == -EAGAIN)
		return error_msg(err, EBUSY, "container %s is running or being changed", c->id);
	if (r < 0)
		return error_set(err, r, "cannot lock container '%s'", c->id);
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return error_msg(err, ENOENT, "no such container: %s", c->id);
	c->lock_fd = take_fd(&fd);
	return state_load(c, err);
}
