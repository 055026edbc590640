/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/event.h"

#include <stdio.h>
#include <time.h>

static void add(struct buf *out, const struct container *c, const char *action, const char *const *extra)
{
	const char *attrs[2 * EVENT_EXTRA_MAX + 5];
	size_t n = 0;

	for (; extra && extra[n] && n < 2 * (size_t)EVENT_EXTRA_MAX; n += 2) {
		attrs[n] = extra[n];
		attrs[n + 1] = extra[n + 1];
	}
	attrs[n++] = "image";
	attrs[n++] = c->config.image_name ? c->config.image_name : c->config.rootfs;
	attrs[n++] = "name";
	attrs[n++] = c->config.name;
	attrs[n] = NULL;
	event_add(out, &(struct event){
			       .type = "container", .action = action, .id = c->config.id,
			       .from = c->config.image_name, .attrs = attrs, .labels = &c->config.labels,
		       });
}

void container_event(const struct store *s, const struct container *c, const char *action,
		     const char *const *extra)
{
	auto_buf struct buf line = BUF_INIT;

	add(&line, c, action, extra);
	events_write(s, &line);
}

static void add_volumes(struct buf *out, const struct container *c, const char *action)
{
	for (size_t i = 0; i < c->config.mounts.n; i++) {
		const struct mount_spec *m = &c->config.mounts.v[i];
		const char *attrs[] = { "container", c->config.id, "destination", m->target,
					"driver", m->driver ? m->driver : "local", "propagation", "",
					"read/write", m->flags & MOUNT_RO ? "false" : "true", NULL };

		if (m->type == MOUNT_VOLUME)
			event_add(out, &(struct event){ .type = "volume", .action = action, .id = m->source,
							.attrs = attrs });
	}
}

void container_event_started(const struct store *s, const struct container *c, bool attached)
{
	auto_buf struct buf lines = BUF_INIT;

	if (c->is_new)
		add(&lines, c, "create", NULL);
	if (attached)
		add(&lines, c, "attach", NULL);
	add_volumes(&lines, c, "mount");
	add(&lines, c, "start", NULL);
	events_write(s, &lines);
}

static long long seconds_since(const char *text)
{
	struct timespec then, now;

	if (time_parse(text, &then) < 0)
		return 0;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > then.tv_sec ? now.tv_sec - then.tv_sec : 0;
}

void container_event_died(const struct store *s, const struct container *c, int exit_code)
{
	auto_buf struct buf lines = BUF_INIT;
	char code[16], duration[24];
	const char *const extra[] = { "execDuration", duration, "exitCode", code, NULL };

	(void)snprintf(code, sizeof(code), "%d", exit_code);
	(void)snprintf(duration, sizeof(duration), "%lld", seconds_since(c->state.started));
	if (c->state.oom_killed)
		add(&lines, c, "oom", NULL);
	add(&lines, c, "die", extra);
	add_volumes(&lines, c, "unmount");
	events_write(s, &lines);
}

void container_event_signal(const struct store *s, const struct container *c, int sig)
{
	char number[16];
	const char *const extra[] = { "signal", number, NULL };

	(void)snprintf(number, sizeof(number), "%d", sig);
	container_event(s, c, "kill", extra);
}

void container_event_exec(const struct store *s, const struct container *c, char *const argv[])
{
	auto_buf struct buf lines = BUF_INIT, create = BUF_INIT, start = BUF_INIT;

	buf_adds(&create, "exec_create:");
	buf_adds(&start, "exec_start:");
	for (; *argv; argv++) {
		buf_addf(&create, " %s", *argv);
		buf_addf(&start, " %s", *argv);
	}
	add(&lines, c, buf_str(&create), NULL);
	add(&lines, c, buf_str(&start), NULL);
	events_write(s, &lines);
}

void container_event_exec_died(const struct store *s, const struct container *c, int exit_code)
{
	char code[16];
	const char *const extra[] = { "exitCode", code, NULL };

	(void)snprintf(code, sizeof(code), "%d", exit_code);
	container_event(s, c, "exec_die", extra);
}
