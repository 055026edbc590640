/* SPDX-License-Identifier: Apache-2.0 */
/* berth container prune, image prune, volume prune, system prune */
#include <stdio.h>

#include "base/timefmt.h"
#include "base/when.h"
#include "cli/commands.h"
#include "cli/containers.h"
#include "cli/filter.h"
#include "runtime/container.h"
#include "runtime/profile.h"
#include "store/catalog.h"
#include "store/events.h"
#include "volume/catalog.h"

struct prune_options {
	bool all, force, volumes, dry_run;
	struct strv filters;
};

static void prune_options_done(struct prune_options *o)
{
	strv_done(&o->filters);
}
DEFINE_AUTO(prune_options, struct prune_options, prune_options_done)
#define auto_prune_options auto_clean(prune_options)

#define S struct prune_options
#define FORCE_OPTION OPT_FLAG("force", 'f', S, force, "Don't ask for confirmation")
#define FILTER_OPTION(kinds) \
 OPT_LIST("filter", 0, S, filters, "KEY=VALUE", "Remove only those that match: " kinds)

static const struct opt container_table[] = { FILTER_OPTION("label, label!, until"), FORCE_OPTION,
					      OPT_END };
static const struct opt image_table[] = {
	OPT_FLAG("all", 'a', S, all,
		 "All images that no container uses, not only those without a name"),
	FILTER_OPTION("label, label!, until"), FORCE_OPTION, OPT_END
};
static const struct opt volume_table[] = {
	OPT_FLAG("all", 'a', S, all, "Named volumes too, not only anonymous ones"),
	OPT_FLAG("dry-run", 0, S, dry_run, "Only say what would be removed"),
	FILTER_OPTION("all, anonymous, label, label!, since (or after), until"), FORCE_OPTION, OPT_END
};
static const struct opt system_table[] = {
	OPT_FLAG("all", 'a', S, all,
		 "All images that no container uses, not only those without a name"),
	FILTER_OPTION("label, label!, until"), FORCE_OPTION,
	OPT_FLAG("volumes", 0, S, volumes, "Anonymous volumes as well"), OPT_END
};

static const char *const container_keys[] = { "label", "label!", "until", NULL };

static void print_reclaimed(struct cli *cli, uint64_t bytes)
{
	char text[TIME_TEXT_MAX];

	cli_print(cli, "Total reclaimed space: %s\n", size_format(text, bytes));
}

static void print_lines(struct cli *cli, const char *heading, const struct strv *lines)
{
	if (lines->n == 0)
		return;
	cli_print(cli, "%s:\n", heading);
	strv_for_each(i, lines)
		cli_print(cli, "%s\n", lines->v[i]);
	cli_print(cli, "\n");
}

/* docker's event of each kind of object that was looked at. */
static void tell(const struct store *s, const char *type, uint64_t bytes)
{
	char reclaimed[24];
	const char *const attrs[] = { "reclaimed", reclaimed, NULL };

	(void)snprintf(reclaimed, sizeof(reclaimed), "%llu", (unsigned long long)bytes);
	event_emit(s, &(struct event){ .type = type, .action = "prune", .id = "", .attrs = attrs });
}

/* Whether it was made before @until; NULL: no matter. */
static bool is_old(const struct json *c, const struct timespec *until)
{
	struct timespec created;

	return !until || (time_parse(json_get_str(c, "Created"), &created) == 0 &&
			  time_compare(created, *until) < 0);
}

/* One container, if it has ended and matches. What starts or goes meanwhile is passed over. */
static int prune_container(const struct store *s, const char *id, const struct strv *filters,
			   const struct timespec *until, struct strv *gone, uint64_t *bytes)
{
	auto_json struct json *c = NULL;
	unsigned long long rw = 0, root = 0;

	if (container_document(s, id, &c, NULL) < 0 ||
	    json_bool(json_get(json_get(c, "State"), "Running"), false) || !is_old(c, until) ||
	    !filter_labels(filters, json_get(json_get(c, "Config"), "Labels")))
		return 0;
	(void)container_size(s, id, &rw, &root, NULL);
	if (container_remove(s, id, 0, NULL) < 0)
		return 0;
	*bytes += rw;
	return strv_add(gone, id);
}

static int prune_containers(struct cli *cli, const struct store *s, const struct strv *filters,
			    uint64_t *bytes, struct error *err)
{
	auto_strv struct strv ids = STRV_INIT, gone = STRV_INIT;
	struct timespec until;
	int given = filter_until(filters, &until, err), r = given;

	if (r >= 0)
		r = container_ids(s, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = prune_container(s, ids.v[i], filters, given ? &until : NULL, &gone, bytes);
	if (r == 0)
		tell(s, "container", *bytes);
	print_lines(cli, "Deleted Containers", &gone);
	return r;
}

static int prune_volumes(struct cli *cli, const struct store *s, const struct prune_options *o,
			 bool all, uint64_t *bytes, struct error *err)
{
	auto_volume_filter struct volume_filter filter = VOLUME_FILTER_INIT;
	auto_strv struct strv gone = STRV_INIT;
	uint64_t freed = 0;
	int r = 0;

	strv_for_each(i, &o->filters) {
		r = volume_filter_parse(o->filters.v[i], VOLUME_FILTER_PRUNE, &filter, err);
		if (r < 0)
			return r;
	}
	filter.all |= all;
	r = volume_filter_resolve(s, &filter, err);
	if (r == 0)
		r = (o->dry_run ? volume_prune_candidates : volume_prune)(s, &filter, &gone, &freed, err);
	if (r == 0 && !o->dry_run)
		tell(s, "volume", freed);
	*bytes += freed;
	print_lines(cli, o->dry_run ? "Would be deleted" : "Deleted Volumes", &gone);
	return r;
}

static int prune_images(struct cli *cli, const struct store *s, const struct prune_options *o,
			uint64_t *bytes, struct error *err)
{
	auto_strv struct strv lines = STRV_INIT, filters = STRV_INIT;
	uint64_t freed = 0;
	int r = 0;

	/* "dangling" has become o->all. */
	for (size_t i = 0; r == 0 && i < o->filters.n; i++) {
		if (!filter_value(&o->filters, i, "dangling"))
			r = strv_add(&filters, o->filters.v[i]);
	}
	if (r < 0)
		return error_set(err, r, "cannot prune");
	r = catalog_prune(s, o->all, &filters, &lines, &freed, err);
	if (r == 0)
		tell(s, "image", freed);
	*bytes += freed;
	print_lines(cli, "Deleted Images", &lines);
	return r;
}

/* Parse, check the filters, ask. Return: 1 to go on, 0 if the answer was no, -errno or OPT_HELP. */
static int begin(struct cli *cli, char **argv, struct prune_options *o, const char *const *keys,
		 struct error *err)
{
	const struct store *s;
	int r = cli_options(cli, argv, o, err);

	if (r >= 0)
		r = filter_check(&o->filters, keys, err);
	if (r >= 0)
		r = cli_store(cli, &s, err);
	return r < 0 ? r : 1;
}

static bool confirmed(struct cli *cli, const struct prune_options *o, const char *warning)
{
	return o->force || cli_confirm(cli, warning);
}

/* The same where containers are pruned: a wrong time is found before anything is asked or done. */
static int begin_containers(struct cli *cli, char **argv, struct prune_options *o, struct error *err)
{
	struct timespec until;
	int r = begin(cli, argv, o, container_keys, err), given;

	if (r < 0)
		return r;
	given = filter_until(&o->filters, &until, err);
	if (given > 0 && o->volumes)
		return error_msg(err, EINVAL, "the \"until\" filter is not supported with \"--volumes\"");
	return given < 0 ? given : r;
}

static int container_prune(struct cli *cli, char **argv, struct error *err)
{
	auto_prune_options struct prune_options o = { 0 };
	uint64_t bytes = 0;
	int r = begin_containers(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (!confirmed(cli, &o, "WARNING! This will remove all stopped containers."))
		return 0;
	r = prune_containers(cli, &cli->store, &o.filters, &bytes, err);
	print_reclaimed(cli, bytes);
	return r;
}

static int image_prune(struct cli *cli, char **argv, struct error *err)
{
	static const char *const keys[] = { "label", "label!", "until", "dangling", NULL };
	auto_prune_options struct prune_options o = { 0 };
	bool dangling = true;
	uint64_t bytes = 0;
	int r = begin(cli, argv, &o, keys, err);

	if (r < 0)
		return r;
	r = filter_bool(&o.filters, "dangling", &dangling, err);
	if (r < 0)
		return r;
	o.all |= !dangling;
	if (!confirmed(
		    cli, &o,
		    o.all ? "WARNING! This will remove all images without at least one container "
			    "associated to them."
			  : "WARNING! This will remove all dangling images."))
		return 0;
	r = prune_images(cli, &cli->store, &o, &bytes, err);
	print_reclaimed(cli, bytes);
	return r;
}

static int volume_prune_command(struct cli *cli, char **argv, struct error *err)
{
	static const char *const keys[] = { "all",   "anonymous", "label", "label!",
					    "since", "after",	  "until", NULL };
	auto_prune_options struct prune_options o = { 0 };
	uint64_t bytes = 0;
	int r = begin(cli, argv, &o, keys, err);

	if (r < 0)
		return r;
	if (!o.dry_run &&
	    !confirmed(
		    cli, &o,
		    o.all ? "WARNING! This will remove all volumes not used by at least one "
			    "container."
			  : "WARNING! This will remove anonymous volumes not used by at least one "
			    "container."))
		return 0;
	r = prune_volumes(cli, &cli->store, &o, o.all, &bytes, err);
	if (!o.dry_run)
		print_reclaimed(cli, bytes);
	return r;
}

static int system_prune(struct cli *cli, char **argv, struct error *err)
{
	auto_prune_options struct prune_options o = { 0 };
	auto_buf struct buf warning = BUF_INIT;
	uint64_t bytes = 0;
	int r = begin_containers(cli, argv, &o, err);

	if (r < 0)
		return r;
	buf_addf(&warning, "WARNING! This will remove:\n  - all stopped containers\n%s  - %s",
		 o.volumes ? "  - all anonymous volumes not used by at least one container\n" : "",
		 o.all ? "all images without at least one container associated to them"
		       : "all dangling images");
	if (!confirmed(cli, &o, buf_str(&warning)))
		return 0;
	r = prune_containers(cli, &cli->store, &o.filters, &bytes, err);
	if (r == 0 && o.volumes)
		r = prune_volumes(cli, &cli->store, &o, false, &bytes, err);
	if (r == 0)
		r = prune_images(cli, &cli->store, &o, &bytes, err);
	if (r == 0)
		r = profile_cache_discard(&cli->store, err);
	print_reclaimed(cli, bytes);
	return r;
}

const struct command cmd_container_prune = {
	.synopsis = "[OPTIONS]",
	.summary = "Remove all stopped containers",
	.opts = container_table,
	.run = container_prune,
};

const struct command cmd_image_prune = {
	.synopsis = "[OPTIONS]",
	.summary = "Remove images that have no name, or that nobody uses",
	.opts = image_table,
	.run = image_prune,
};

const struct command cmd_volume_prune = {
	.synopsis = "[OPTIONS]",
	.summary = "Remove volumes that no container uses",
	.description = "Anonymous ones; with -a all of them.",
	.opts = volume_table,
	.run = volume_prune_command,
};

const struct command cmd_system_prune = {
	.synopsis = "[OPTIONS]",
	.summary = "Remove stopped containers, unused images and volumes",
	.opts = system_table,
	.run = system_prune,
};
