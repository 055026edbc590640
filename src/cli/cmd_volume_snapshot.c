/* SPDX-License-Identifier: Apache-2.0 */
/* berth volume snapshot, snapshots, clone, rollback */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "runtime/still.h"

static int begin(struct cli *cli, char **argv, void *options, struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, options, err);

	return r < 0 ? r : cli_store(cli, &s, err);
}

/* On standard error, so that the output is the name alone. */
static void tell_stillness(const struct still *st)
{
	if (st->held > 0)
		(void)fprintf(stderr, "%zu container%s stood still for %" PRIu64 ".%03" PRIu64 " ms\n", st->held,
			      st->held > 1 ? "s" : "", st->lasted / 1000, st->lasted % 1000);
}

struct snapshot_options {
	bool remove;
};

#define S struct snapshot_options

static const struct opt snapshot_table[] = {
	OPT_FLAG("rm", 0, S, remove, "Remove the snapshot of that name"), OPT_END
};
#undef S

static int snapshot_remove(struct cli *cli, char **argv, struct error *err)
{
	int r;

	if (!argv[1])
		return error_status(err, error_msg(err, EINVAL, "which snapshot of volume '%s' is to be removed?",
						   argv[0]), 125);
	r = volume_snapshot_remove(&cli->store, argv[0], argv[1], err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[1]);
	return r;
}

static int snapshot(struct cli *cli, char **argv, struct error *err)
{
	struct snapshot_options o = { false };
	auto_free char *name = NULL;
	struct still still;
	int r = begin(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.remove)
		return snapshot_remove(cli, argv, err);
	still_init(&still, &cli->store);
	r = volume_snapshot(&cli->store, argv[0], argv[1], &still.writers, &name, err);
	if (r < 0)
		return r;
	tell_stillness(&still);
	cli_print(cli, "%s\n", name);
	return 0;
}

struct list_options {
	bool quiet;
	const char *format;
};

#define S struct list_options

static const struct opt list_table[] = { OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
					 OPT_FLAG("quiet", 'q', S, quiet, "Print names only"), OPT_END };
#undef S

static int add_row(struct listing *l, const struct snapshot *s, struct error *err)
{
	auto_buf struct buf row = BUF_INIT;
	struct jsonw w = JSONW_INIT(&row, 0);
	char size[TIME_TEXT_MAX];

	jsonw_object(&w, NULL);
	jsonw_str(&w, "Volume", s->volume);
	jsonw_str(&w, "Name", s->name);
	jsonw_str(&w, "CreatedAt", s->created);
	jsonw_str(&w, "Size", size_format(size, s->size));
	jsonw_end(&w);
	return listing_add(l, &row, NULL, err);
}

static int snapshots(struct cli *cli, char **argv, struct error *err)
{
	auto_snapshot_list struct snapshot_list list = SNAPSHOT_LIST_INIT;
	auto_listing struct listing l = LISTING_INIT;
	struct list_options o = { .quiet = false };
	int r = begin(cli, argv, &o, err);

	if (r == 0)
		r = listing_begin(&l, !o.format && o.quiet ? "{{.Name}}" : o.format,
				  "{{.Volume}}\t{{.Name}}\t{{.CreatedAt}}\t{{.Size}}",
				  "{\"Name\":\"SNAPSHOT\",\"CreatedAt\":\"CREATED\"}", err);
	if (r == 0)
		r = snapshot_list_read(&cli->store, argv[0], /* sizes= */ !o.quiet, &list, err);
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = add_row(&l, &list.v[i], err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

struct clone_options {
	const char *snapshot;
};

#define S struct clone_options

static const struct opt clone_table[] = {
	OPT_STRING("snapshot", 0, S, snapshot, "SNAPSHOT", "Copy this snapshot of the volume"), OPT_END
};
#undef S

static int clone_volume(struct cli *cli, char **argv, struct error *err)
{
	struct clone_options o = { NULL };
	struct still still;
	int r = begin(cli, argv, &o, err);

	if (r < 0)
		return r;
	still_init(&still, &cli->store);
	r = volume_clone(&cli->store, argv[0], o.snapshot, argv[1], &still.writers, err);
	if (r < 0)
		return r;
	tell_stillness(&still);
	cli_print(cli, "%s\n", argv[1]);
	return 0;
}

static int rollback(struct cli *cli, char **argv, struct error *err)
{
	struct still still;
	int r = begin(cli, argv, NULL, err);

	if (r < 0)
		return r;
	still_init(&still, &cli->store);
	r = volume_rollback(&cli->store, argv[0], argv[1], &still.writers, err);
	if (r == 0)
		cli_print(cli, "%s\n", argv[0]);
	return r;
}

const struct command cmd_volume_snapshot = {
	.synopsis = "[OPTIONS] VOLUME [SNAPSHOT]",
	.summary = "Keep what a volume holds now",
	.description = "Prints the snapshot's name; without SNAPSHOT it is the time. Containers that write to "
		       "the volume are frozen while it is copied, and for how long is said on standard error. "
		       "Blocks are shared where the file system can. Sockets are left out.",
	.opts = snapshot_table,
	.examples = (const char *const[]){ "before an upgrade", "berth volume snapshot data before", NULL },
	.run = snapshot,
	.min_args = 1,
	.max_args = 2,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_snapshots = {
	.synopsis = "[OPTIONS] [VOLUME]",
	.summary = "List snapshots of volumes",
	.opts = list_table,
	.run = snapshots,
	.max_args = 1,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_clone = {
	.synopsis = "[OPTIONS] VOLUME NEW_VOLUME",
	.summary = "Make a volume that holds what another one does",
	.description = "It has the other's options and labels, and none of its snapshots. Containers that "
		       "write to the volume are frozen while it is copied.",
	.opts = clone_table,
	.run = clone_volume,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_VOLUME,
};

const struct command cmd_volume_rollback = {
	.synopsis = "VOLUME SNAPSHOT",
	.summary = "Give a volume back what a snapshot holds",
	.description = "What the volume holds now is lost, unless it has a snapshot, too. The snapshot stays. "
		       "Containers that have the volume must not run.",
	.exit_status = "0; 1; 2 if the volume is in use; 125 if the command line is wrong.",
	.run = rollback,
	.min_args = 2,
	.max_args = 2,
	.complete = COMPLETE_VOLUME,
};
