/* SPDX-License-Identifier: Apache-2.0 */
/* berth stats */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/listing.h"
#include "runtime/container.h"
#include "runtime/stats.h"

#define INTERVAL_MS 1000
#define FIRST_MS    500 /* what the first figures, and those of --no-stream, are taken over */
#define TEXT_MAX    64

struct stats_options {
	bool all, no_stream, no_trunc;
	const char *format;
};

#define S struct stats_options

static const struct opt stats_table[] = {
	OPT_FLAG("all", 'a', S, all, "Show all containers (default: those that run)"),
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("no-stream", 0, S, no_stream, "Print once and end, instead of again every second"),
	OPT_FLAG("no-trunc", 0, S, no_trunc, "Don't shorten IDs"),
	OPT_END
};

static const char columns[] = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
			      "{{.BlockIO}}\t{{.PIDs}}";
static const char headings[] = "{\"ID\":\"CONTAINER ID\",\"Container\":\"CONTAINER\",\"CPUPerc\":\"CPU %\","
			       "\"MemUsage\":\"MEM USAGE / LIMIT\",\"MemPerc\":\"MEM %\",\"NetIO\":\"NET I/O\","
			       "\"BlockIO\":\"BLOCK I/O\",\"PIDs\":\"PIDS\"}";

/* The last reading of each container, in no order. */
struct readings {
	struct container_stats *v; /* owned */
	size_t n;
};

static void readings_done(struct readings *r)
{
	free(r->v);
	*r = (struct readings){ 0 };
}
DEFINE_AUTO(readings, struct readings, readings_done)

/* docker's two ways: four digits and powers of 1024 for memory, three and of 1000 for what has passed through. */
static void amount(char out[TEXT_MAX], uint64_t bytes, bool memory)
{
	static const char *const binary[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	static const char *const decimal[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double base = memory ? 1024 : 1000, v = (double)bytes;
	size_t i = 0;

	for (; v >= base && i + 1 < ARRAY_SIZE(binary); i++)
		v /= base;
	(void)snprintf(out, TEXT_MAX, "%.*g%s", memory ? 4 : 3, v, memory ? binary[i] : decimal[i]);
}

static void pair_member(struct jsonw *w, const char *key, bool known, uint64_t a, uint64_t b)
{
	bool memory = key[0] == 'M';
	char first[TEXT_MAX] = "--", second[TEXT_MAX] = "--", text[2 * TEXT_MAX + 4];

	if (known) {
		amount(first, a, memory);
		amount(second, b, memory);
	}
	(void)snprintf(text, sizeof(text), "%s / %s", first, second);
	jsonw_str(w, key, text);
}

static void percent_member(struct jsonw *w, const char *key, bool known, double part, double whole)
{
	char text[TEXT_MAX] = "--";

	if (known)
		(void)snprintf(text, sizeof(text), "%.2f%%", whole > 0 ? 100 * part / whole : 0.0);
	jsonw_str(w, key, text);
}

static const struct container_stats *find(const struct readings *r, const char *id)
{
	for (size_t i = 0; r && i < r->n; i++) {
		if (STREQ(r->v[i].id, id))
			return &r->v[i];
	}
	return NULL;
}

static void row_json(struct buf *out, const struct container_stats *st, const struct container_stats *before,
		     bool whole_id)
{
	struct jsonw w = JSONW_INIT(out, 0);
	/* One that does not run uses nothing, which is known. */
	bool off = !st->running, cpu = st->has_cpu && before && before->has_cpu && st->cpu_ns >= before->cpu_ns;
	char id[80], pids[TEXT_MAX] = "--";

	if (off || st->has_pids)
		(void)snprintf(pids, sizeof(pids), "%llu", (unsigned long long)st->pids);
	jsonw_object(&w, NULL);
	pair_member(&w, "BlockIO", off || st->has_io, st->io_read, st->io_written);
	percent_member(&w, "CPUPerc", off || cpu, cpu ? (double)(st->cpu_ns - before->cpu_ns) : 0,
		       cpu ? (double)(st->time_ns - before->time_ns) : 0);
	jsonw_str(&w, "Container", short_id(id, st->id, whole_id));
	jsonw_str(&w, "ID", short_id(id, st->id, whole_id));
	percent_member(&w, "MemPerc", off || st->has_memory, (double)st->memory, (double)st->memory_limit);
	pair_member(&w, "MemUsage", off || st->has_memory, st->memory, st->memory_limit);
	jsonw_str(&w, "Name", st->name);
	pair_member(&w, "NetIO", off || st->has_network, st->received, st->sent);
	jsonw_str(&w, "PIDs", pids);
	jsonw_end(&w);
}

/* A reading of those of @wanted that are still there, or of all there are now. */
static int read_all(const struct store *s, const struct strv *wanted, bool all, struct readings *ret,
		    struct error *err)
{
	auto_strv struct strv ids = STRV_INIT;
	const struct strv *list = wanted->n ? wanted : &ids;
	int r = wanted->n ? 0 : container_ids(s, &ids, err);

	readings_done(ret);
	if (r < 0)
		return r;
	ret->v = calloc(list->n + 1, sizeof(*ret->v));
	if (!ret->v)
		return error_set(err, ENOMEM, "cannot read the containers' figures");
	strv_for_each(i, list) {
		struct container_stats *st = &ret->v[ret->n];
		struct error inner = ERROR_INIT;

		r = container_stats(s, list->v[i], st, &inner);
		if (r == -ENOENT)
			continue; /* removed since */
		if (r < 0)
			return error_msg(err, r, "%s", inner.msg);
		ret->n += st->running || all || wanted->n;
	}
	return 0;
}

static int print(struct cli *cli, const struct stats_options *o, const struct readings *now,
		 const struct readings *before, struct error *err)
{
	auto_listing struct listing l = LISTING_INIT;
	int r = listing_begin(&l, o->format, columns, headings, err);

	for (size_t i = 0; r == 0 && i < now->n; i++) {
		auto_buf struct buf row = BUF_INIT;

		row_json(&row, &now->v[i], find(before, now->v[i].id), o->no_trunc);
		r = listing_add(&l, &row, NULL, err);
	}
	if (r < 0)
		return r;
	/* A terminal shows one table, not one below the other. */
	if (!o->no_stream && isatty(STDOUT_FILENO))
		cli_print(cli, "\033[2J\033[H");
	listing_end(&l, cli);
	return cli_flush(cli, err);
}

/* Names are looked up once: a container that is renamed stays in the table. */
static int find_all(const struct store *s, char *const operands[], struct strv *ret, struct error *err)
{
	for (; *operands; operands++) {
		char id[ID_SIZE];
		int r = container_find(s, *operands, id, err);

		if (r == 0 && strv_add(ret, id) < 0)
			r = error_set(err, ENOMEM, "cannot list the containers");
		if (r < 0)
			return r;
	}
	return 0;
}

static int stats(struct cli *cli, char **argv, struct error *err)
{
	struct stats_options o = { 0 };
	auto_clean(readings) struct readings before = { 0 }, now = { 0 };
	auto_strv struct strv wanted = STRV_INIT;
	auto_listing struct listing check = LISTING_INIT;
	const struct store *s = NULL;
	int r = cli_options(cli, argv, &o, err), wait = FIRST_MS;

	if (r >= 0)
		r = listing_begin(&check, o.format, columns, headings, err);
	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r >= 0)
		r = find_all(s, argv, &wanted, err);
	if (r >= 0)
		r = read_all(s, &wanted, o.all, &before, err);
	while (r == 0) {
		(void)poll(NULL, 0, wait);
		r = read_all(s, &wanted, o.all, &now, err);
		if (r == 0)
			r = print(cli, &o, &now, &before, err);
		if (o.no_stream)
			break;
		readings_done(&before);
		before = now;
		now = (struct readings){ 0 };
		wait = INTERVAL_MS;
	}
	return r;
}

const struct command cmd_stats = {
	.synopsis = "[OPTIONS] [CONTAINER...]",
	.summary = "Show what containers use, again every second",
	.description = "A container with limits is counted by its cgroups, another by its processes. A figure that "
		       "nobody counts is shown as --.",
	.opts = stats_table,
	.examples = (const char *const[]){ "once, as JSON", "berth stats --no-stream --format json", NULL },
	.run = stats,
	.max_args = -1,
	.complete = COMPLETE_CONTAINER,
};
