/* SPDX-License-Identifier: Apache-2.0 */
/* berth volume create, ls, rm */
#include "base/jsonw.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/run_options.h"
#include "volume/catalog.h"

struct create_options {
	const char *driver, *name, *uid, *gid;
	bool ignore;
	struct strv labels, options;
};

static void create_options_done(struct create_options *o)
{
	strv_done(&o->labels);
	strv_done(&o->options);
}
DEFINE_AUTO(create_options, struct create_options, create_options_done)

static int parse_label(const char *arg, void *value, struct error *err)
{
	return label_add(value, arg, err);
}

#define S struct create_options

static const struct opt create_table[] = {
	OPT_STRING("driver", 'd', S, driver, "DRIVER", "Volume driver (default local)"),
	OPT_STRING("gid", 0, S, gid, "ID", "Group of the volume's directory"),
	OPT_FLAG("ignore", 0, S, ignore,
		 "Whatever its options are, a volume that is there already is no error"),
	OPT_PARSED("label", 'l', S, labels, parse_label, "KEY[=VALUE]",
		   "Attach a label to the volume"),
	OPT_STRING("name", 0, S, name, "NAME", "Name of the volume, as the operand"),
	OPT_PARSED("opt", 'o', S, options, parse_label, "KEY=VALUE",
		   "Option for the driver, as listed below"),
	OPT_STRING("uid", 0, S, uid, "ID", "Owner of the volume's directory"),
	OPT_END
};
#undef S

/* --uid and --gid are options of the driver like any other. */
static int take_owner(struct create_options *o, struct error *err)
{
	auto_free char *uid = o->uid ? str_format("uid=%s", o->uid) : NULL;
	auto_free char *gid = o->gid ? str_format("gid=%s", o->gid) : NULL;
	int r = uid ? label_add(&o->options, uid, err) : 0;

	return r == 0 && gid ? label_add(&o->options, gid, err) : r;
}

static int create_or_ignore(const struct store *s, const struct volume_request *req, bool ignore,
			    struct volume *v, struct error *err)
{
	int r = volume_create(s, req, v, NULL, err);

	return r == -EEXIST && ignore ? volume_open(s, req->name, v, err) : r;
}

static void describe_options(struct buf *out)
{
	buf_adds(out,
		 "size=BYTES, inodes=N: at most so much (k, m, g, t); a file system of its own, larger later "
		 "by volume resize\n\n"
		 "uid=ID, gid=ID: owner of its directory\n\n"
		 "owner=container: mounted as with U, so that the container's user owns what is in it\n\n"
		 "nocopy: never filled from an image\n\n"
		 "type=TYPE, device=DEVICE, o=OPTIONS: a file system, mounted where the volume is used: tmpfs, "
		 "nfs, cifs, ext4, btrfs, xfs, overlay, or none with o=bind for a host directory; o=loop for "
		 "an image file. Helpers (mount.TYPE) are used where there are\n\n"
		 "image=NAME: driver image, the files of an image and what is written over them\n\n"
		 "lower=DIR|volume:NAME: driver view, a directory and what is written over it\n\n");
}

static int create(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(create_options) struct create_options o = { 0 };
	auto_volume struct volume v = VOLUME_INIT;
	struct volume_request req;
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (r > 0 && o.name)
		return error_msg(err, EINVAL,
				 "conflicting options: the name is given twice, by --name "
				 "and by operand");
	r = take_owner(&o, err);
	if (r < 0)
		return r;
	r = cli_store(cli, &s, err);
	if (r < 0)
		return r;
	req = (struct volume_request){ .name = o.name ? o.name : argv[0],
				       .driver = o.driver,
				       .labels = &o.labels,
				       .options = &o.options };
	r = create_or_ignore(s, &req, o.ignore, &v, err);
	if (r < 0)
		return r;
	cli_print(cli, "%s\n", v.name);
	return 0;
}

struct ls_options {
	bool quiet, noheading, size;
	const char *format;
	struct volume_filter filter;
};

static void ls_options_done(struct ls_options *o)
{
	volume_filter_done(&o->filter);
}
DEFINE_AUTO(ls_options, struct ls_options, ls_options_done)

static int parse_filter(const char *arg, void *value, struct error *err)
{
	return volume_filter_parse(arg, VOLUME_FILTER_LS, value, err);
}

#define S struct ls_options

static const struct opt ls_table[] = {
	OPT_PARSED("filter", 'f', S, filter, parse_filter, "KEY=VALUE",
		   "Show those that match: anonymous, dangling, driver, label, label!, name, opt, scope, "
		   "since (or after), until"),
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("noheading", 'n', S, noheading, "No headings above the columns"),
	OPT_FLAG("quiet", 'q', S, quiet, "Print names only"),
	OPT_FLAG("size", 0, S, size, "Also what each takes of the disk, and how many containers have it"),
	OPT_END
};
#undef S

static const char headings[] = "{\"Name\":\"VOLUME NAME\"}";

static int add_volume(struct listing *l, const struct volume_entry *e, bool size, struct error *err)
{
	auto_buf struct buf row = BUF_INIT, labels = BUF_INIT;
	auto_json struct json *doc = NULL;
	struct jsonw w = JSONW_INIT(&row, 0), object = JSONW_INIT(&labels, 0);
	int r;

	volume_entry_json(e, size, &w, NULL);
	volume_json(&e->volume, &object, NULL);
	if (buf_failed(&labels))
		return error_set(err, ENOMEM, "cannot list");
	r = json_parse(buf_str(&labels), labels.len, &doc, err);
	return r < 0 ? r : listing_add(l, &row, json_get(doc, "Labels"), err);
}

static int ls(struct cli *cli, char **argv, struct error *err)
{
	auto_clean(ls_options) struct ls_options o = { .quiet = false };
	auto_volume_list struct volume_list list = VOLUME_LIST_INIT;
	auto_listing struct listing l = LISTING_INIT;
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = listing_begin(&l, !o.format && o.quiet ? "{{.Name}}" : o.format,
				  o.size ? "{{.Driver}}\t{{.Name}}\t{{.Links}}\t{{.Size}}"
					 : "{{.Driver}}\t{{.Name}}",
				  o.noheading ? NULL : headings, err);
	if (r == 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = volume_filter_resolve(s, &o.filter, err);
	if (r == 0)
		r = volume_list_read(s, &o.filter, o.size ? VOLUME_LIST_SIZES : 0, &list, err);
	for (size_t i = 0; r == 0 && i < list.n; i++)
		r = add_volume(&l, &list.v[i], o.size, err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

struct rm_options {
	bool force;
	int status; /* the largest of all failures: 1 missing, 2 in use */
};

#define S struct rm_options

static const struct opt rm_table[] = {
	OPT_FLAG("force", 'f', S, force, "A missing volume is no failure; snapshots go with their volume"),
	OPT_END
};

static int rm_one(struct cli *cli, const char *name, void *context, struct error *err)
{
	struct rm_options *o = context;
	int r = volume_remove(&cli->store, name, o->force, err);

	if (r < 0 && !(r == -ENOENT && o->force)) {
		o->status = MAX(o->status, r == -EBUSY ? 2 : 1);
		return r;
	}
	cli_print(cli, "%s\n", name);
	return 0;
}

static int rm(struct cli *cli, char **argv, struct error *err)
{
	struct rm_options o = { 0 };
	const struct store *s;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = cli_store(cli, &s, err);
	if (r == 0)
		r = cli_each(cli, argv, rm_one, &o, err);
	return r < 0 ? r : o.status;
}

const struct command cmd_volume_create = {
	.synopsis = "[OPTIONS] [VOLUME]",
	.summary = "Create a volume",
	.description =
		"Prints its name; without VOLUME one is made up. A volume that is there already "
		"with the same options, or if none are asked for, is no error.",
	.opts = create_table,
	.more_heading = "Driver options",
	.more = describe_options,
	.examples = (const char *const[]){ "at most ten gigabytes", "berth volume create -o size=10g data",
					   "a directory by name",
					   "berth volume create -o type=none -o o=bind -o device=/srv/www www",
					   NULL },
	.run = create,
	.max_args = 1,
};

const struct command cmd_volume_ls = {
	.synopsis = "[OPTIONS]",
	.summary = "List volumes",
	.opts = ls_table,
	.examples = (const char *const[]){ "those that no container uses",
					   "berth volume ls -q --filter dangling=true", NULL },
	.run = ls,
};

const struct command cmd_volume_rm = {
	.synopsis = "[OPTIONS] VOLUME [VOLUME...]",
	.summary = "Remove volumes and their data",
	.description = "A volume that a container uses, running or not, is not removed; the error "
		       "names the containers. Nor is one that has snapshots, unless -f says so.",
	.exit_status = "0; 1 if a volume is missing; 2 if a volume is in use; 125 if the command line is "
		       "wrong.",
	.opts = rm_table,
	.run = rm,
	.min_args = 1,
	.max_args = -1,
	.complete = COMPLETE_VOLUME,
};
