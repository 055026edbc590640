/* SPDX-License-Identifier: Apache-2.0 */
/* berth events */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "base/when.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "store/events.h"

struct events_options {
	const char *since, *until, *format;
	struct strv filters;
};

static void events_options_done(struct events_options *o)
{
	strv_done(&o->filters);
}
DEFINE_AUTO(events_options, struct events_options, events_options_done)

#define S struct events_options

static const struct opt events_table[] = {
	OPT_LIST("filter", 'f', S, filters, "KEY=VALUE",
		 "Only those that match: container, daemon, event, image, label, scope, type, volume"),
	OPT_STRING("format", 0, S, format, "FORMAT", "How to print: 'json' or a TEMPLATE such as '{{.Action}}'"),
	OPT_STRING("since", 0, S, since, "TIME",
		   "Those from this time on, too: 2026-11-21T06:30:00Z, seconds since 1970, or 10m for so long ago"),
	OPT_STRING("until", 0, S, until, "TIME", "End at this time"),
	OPT_END
};

static const char *const filter_keys[] = { "container", "daemon", "event", "image", "label",
					   "scope",	"type",	  "volume", NULL };

/* What is known while events are printed. */
struct printer {
	struct cli *cli;
	const struct events_options *o;
	struct timespec since, until;
	long zone;
	bool done; /* one from after --until was met */
	struct error *err;
};

/* An event is its own, or of the container CONTAINER (…) whose name or id it carries. */
struct subject {
	const struct json *event, *attrs;
	const char *type, *id;
};

static bool match_container(const char *value, const void *context)
{
	const struct subject *s = context;
	const char *name = json_get_str(s->attrs, "name");

	return s->type && STREQ(s->type, "container") &&
	       ((name && STREQ(name, value)) || (s->id && strncmp(s->id, value, strlen(value)) == 0));
}

/* docker's: an image is meant by its name with or without tag, also of what is made from it. */
static bool match_image(const char *value, const void *context)
{
	const struct subject *s = context;
	const char *of_container = json_get_str(s->attrs, "image");
	const char *name = of_container ? of_container : json_get_str(s->attrs, "name");
	size_t n = strlen(value);

	if (!s->type || (!STREQ(s->type, "image") && !of_container))
		return false;
	if (s->id && STREQ(s->type, "image") && STREQ(s->id, value))
		return true;
	return name && strncmp(name, value, n) == 0 && (name[n] == '\0' || name[n] == ':');
}

static bool match_volume(const char *value, const void *context)
{
	const struct subject *s = context;

	return s->type && STREQ(s->type, "volume") && s->id && STREQ(s->id, value);
}

/* "exec_start" stands for "exec_start: CMD", and so do the others that say more after a colon. */
static bool match_event(const char *value, const void *context)
{
	const struct subject *s = context;
	const char *action = json_get_str(s->event, "Action");
	size_t n = strlen(value);

	return action && strncmp(action, value, n) == 0 && (action[n] == '\0' || action[n] == ':');
}

static bool is_wanted(const struct json *event, const struct strv *filters)
{
	const struct json *actor = json_get(event, "Actor");
	struct subject s = {
		.event = event, .attrs = json_get(actor, "Attributes"),
		.type = json_get_str(event, "Type"), .id = json_get_str(actor, "ID"),
	};

	return filter_any(filters, "container", match_container, &s) &&
	       filter_any(filters, "image", match_image, &s) &&
	       filter_any(filters, "volume", match_volume, &s) &&
	       filter_any(filters, "event", match_event, &s) &&
	       filter_any(filters, "type", match_equal, s.type ? s.type : "") &&
	       filter_any(filters, "scope", match_equal, "local") &&
	       filter_any(filters, "daemon", match_equal, "berth") && filter_labels(filters, s.attrs);
}

/* RFC 3339 in the local zone, as docker's client prints it. */
static void print_time(struct cli *cli, struct timespec t, long zone)
{
	char text[TIME_TEXT_MAX];
	long minutes = (zone < 0 ? -zone : zone) / 60;

	t.tv_sec += zone;
	(void)time_format(text, t);
	cli_print(cli, "%.*s", (int)strlen(text) - 1, text);
	if (zone == 0)
		cli_print(cli, "Z");
	else
		cli_print(cli, "%c%02ld:%02ld", zone < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void print_line(const struct printer *p, const struct json *event, struct timespec t)
{
	const struct json *actor = json_get(event, "Actor"), *attrs = json_get(actor, "Attributes");
	auto_strv struct strv pairs = STRV_INIT;

	print_time(p->cli, t, p->zone);
	cli_print(p->cli, " %s %s %s", json_get_str(event, "Type"), json_get_str(event, "Action"),
		  json_get_str(actor, "ID"));
	json_for_each(a, attrs)
		(void)strv_take(&pairs, str_format("%s=%s", json_key(a), json_str(a) ? json_str(a) : ""));
	strv_sort(&pairs);
	strv_for_each(i, &pairs)
		cli_print(p->cli, "%s%s", i ? ", " : " (", pairs.v[i]);
	cli_print(p->cli, "%s\n", pairs.n ? ")" : "");
}

/* The names that docker's templates know besides the members of its JSON. */
static int print_template(const struct printer *p, const struct json *event, struct error *err)
{
	static const char *const names[][2] = { { "ID", "id" }, { "Status", "status" }, { "From", "from" },
						{ "Scope", "scope" }, { "Time", "time" },
						{ "TimeNano", "timeNano" }, { "Type", "Type" },
						{ "Action", "Action" }, { "Actor", "Actor" } };
	auto_buf struct buf text = BUF_INIT, template = BUF_INIT;
	auto_json struct json *doc = NULL;
	struct jsonw w = JSONW_INIT(&text, 0);
	int r;

	jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		jsonw_copy(&w, names[i][0], json_get(event, names[i][1]));
	jsonw_end(&w);
	format_unescape(&template, p->o->format);
	r = json_parse(buf_str(&text), text.len, &doc, err);
	if (r == 0)
		r = format_render(buf_str(&template), doc, NULL, &p->cli->out, err);
	cli_print(p->cli, "\n");
	return r;
}

static struct timespec time_of(const struct json *event)
{
	int64_t nsec = json_int(json_get(event, "timeNano"), 0);

	return (struct timespec){ (time_t)(nsec / NSEC_PER_SEC), (long)(nsec % NSEC_PER_SEC) };
}

/* One line of the log. Return: 0, 1 to end, -errno. */
static int print_event(const char *line, size_t n, void *context)
{
	struct printer *p = context;
	auto_json struct json *event = NULL;
	struct timespec t;
	int r = 0;

	if (json_parse(line, n, &event, NULL) < 0)
		return 0;
	t = time_of(event);
	if (p->o->since && time_compare(t, p->since) < 0)
		return 0;
	if (p->o->until && time_compare(t, p->until) > 0)
		return 1;
	if (!is_wanted(event, &p->o->filters))
		return 0;
	if (!p->o->format || !*p->o->format)
		print_line(p, event, t);
	else if (STREQ(p->o->format, "json") || STREQ(p->o->format, "{{json .}}"))
		cli_print(p->cli, "%.*s\n", (int)n, line);
	else
		r = print_template(p, event, p->err);
	return r < 0 ? r : cli_flush(p->cli, p->err);
}

static int time_left(const struct printer *p)
{
	struct timespec now;
	long long ms;

	if (!p->o->until)
		return -1;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ms = (p->until.tv_sec - now.tv_sec) * 1000LL + (p->until.tv_nsec - now.tv_nsec) / NSEC_PER_MSEC + 1;
	return ms < 0 ? 0 : (int)MIN(ms, INT_MAX);
}

static int take_time(const char *arg, struct printer *p, struct timespec *ret, struct error *err)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!arg || when_parse(arg, now, p->zone, ret) == 0)
		return 0;
	return error_msg(err, EINVAL, "failed to parse value as time or duration: \"%s\"", arg);
}

static int check(struct printer *p, struct error *err)
{
	int r = filter_check(&p->o->filters, filter_keys, err);

	if (r == 0)
		r = take_time(p->o->since, p, &p->since, err);
	if (r == 0)
		r = take_time(p->o->until, p, &p->until, err);
	if (r == 0 && p->o->format)
		r = format_check(p->o->format, err);
	return r;
}

static int events(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(events_options) struct events_options o = { 0 };
	auto_event_reader struct event_reader reader = EVENT_READER_INIT;
	struct printer p = { .cli = cli, .o = &o, .zone = when_local_zone(), .err = err };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err), more = 1;

	if (r < 0)
		return r;
	r = check(&p, err);
	if (r < 0)
		return r;
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	/* docker's: what has happened is shown only if a time was asked for. */
	r = event_reader_open(&reader, s, !o.since && !o.until, err);
	while (r == 0 && more > 0) {
		r = event_reader_take(&reader, print_event, &p);
		if (r == 0)
			more = event_reader_wait(&reader, time_left(&p));
	}
	if (more < 0)
		return error_set(err, more, "cannot wait for events");
	return MIN(r, 0);
}

const struct command cmd_events = {
	.synopsis = "[OPTIONS]",
	.summary = "Tell what happens to containers, images and volumes",
	.description = "Prints events as they come, until it is interrupted; with --since those that have been, too. "
		       "What happened before the machine was started, and before the last one or two thousand "
		       "events, is forgotten.",
	.opts = events_table,
	.examples = (const char *const[]){
		"what ended in the last ten minutes",
		"berth events --since 10m --until 0s --filter event=die", NULL },
	.run = events,
};
