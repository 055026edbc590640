/* SPDX-License-Identifier: Apache-2.0 */
/* berth mount, umount, mounts: template mounts, by the library alone (<berth/template.h>) */
#include <errno.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "cli/commands.h"
#include "cli/library.h"
#include "cli/listing.h"

struct mount_cli_options {
	bool read_only;
	const char *options, *persist, *backend;
	int timeout;
};

#define S struct mount_cli_options

static const struct opt mount_table[] = {
	OPT_STRING("backend", 0, S, backend, "NAME",
		   "Device to mount: nbd, fuse, loop, or auto for the fastest (default auto)"),
	OPT_STRING("options", 'o', S, options, "LIST",
		   "Mount options, as of mount(8), with commas between (default nosuid,nodev)"),
	OPT_STRING("persist", 0, S, persist, "NEW_BUILD",
		   "Publish what was changed as this build when it is unmounted"),
	OPT_FLAG("ro", 0, S, read_only, "Mount read-only"),
	OPT_INT("timeout", 0, S, timeout, "SECONDS",
		"Give up if it is not mounted after so long (default 0: never)"),
	OPT_END
};
#undef S

/* The device and the mount on the host's path are for the host's own namespaces. */
static int needs_root(const char *template_id, struct error *err)
{
	(void)error_msg(err, EPERM, "cannot mount template '%s': only root can do that", template_id);
	return error_hint(err, -EPERM, "run berth as root for it, or get the build as a file by berth template export");
}

static int mount_one(struct cli *cli, char **argv, struct error *err)
{
	auto_manager struct berth_manager *m = NULL;
	struct mount_cli_options o = { .timeout = 0 };
	struct berth_mount_options request = { .size = sizeof(request) };
	struct berth_error e;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.timeout < 0 || o.timeout > 1000000)
		return error_msg(err, EINVAL, "invalid --timeout %d", o.timeout);
	if (geteuid() != 0)
		return needs_root(argv[0], err);
	r = library_open(cli, &m, err);
	if (r < 0)
		return r;
	request.template_id = argv[0];
	request.build_id = argv[1];
	request.path = argv[2];
	request.read_only = o.read_only;
	request.options = o.options;
	request.persist = o.persist;
	request.backend = o.backend;
	request.deadline_ms = (uint32_t)o.timeout * 1000;
	return library_error(berth_mount_template(m, &request, NULL, &e), &e, err);
}

struct umount_cli_options {
	bool all, lazy, discard;
};

#define S struct umount_cli_options

static const struct opt umount_table[] = {
	OPT_FLAG("all", 'a', S, all, "All template mounts, the last one first"),
	OPT_FLAG("discard", 0, S, discard, "Drop changes that --persist of mount was to publish"),
	OPT_FLAG("lazy", 'l', S, lazy,
		 "Out of sight now; gone when the last of those who use it has finished"),
	OPT_END
};
#undef S

struct umount_context {
	struct berth_manager *manager;
	unsigned flags;
};

static int umount_path(struct cli *cli, const char *path, void *context, struct error *err)
{
	const struct umount_context *c = context;
	struct berth_error e;

	(void)cli;
	return library_error(berth_unmount_template(c->manager, path, c->flags, &e), &e, err);
}

static int umount(struct cli *cli, char **argv, struct error *err)
{
	auto_manager struct berth_manager *m = NULL;
	struct umount_cli_options o = { .all = false };
	struct umount_context c;
	struct berth_error e;
	int r = cli_options(cli, argv, &o, err);

	if (r < 0)
		return r;
	if (o.all == (r > 0)) {
		r = error_msg(err, EINVAL, "'%s' requires either PATH or --all", cli->path);
		return error_hint(err, r, "see '%s --help'", cli->path);
	}
	r = library_open(cli, &m, err);
	if (r < 0)
		return r;
	c = (struct umount_context){ m, (o.lazy ? BERTH_UNMOUNT_LAZY : 0u) |
						(o.discard ? BERTH_UNMOUNT_DISCARD : 0u) };
	if (o.all)
		return library_error(berth_unmount_all(m, c.flags, &e), &e, err);
	return cli_each(cli, argv, umount_path, &c, err);
}

struct mounts_cli_options {
	bool quiet;
	const char *format;
};

#define S struct mounts_cli_options

static const struct opt mounts_table[] = {
	OPT_STRING("format", 0, S, format, "FORMAT", LISTING_FORMAT_HELP),
	OPT_FLAG("quiet", 'q', S, quiet, "Print paths only"), OPT_END
};
#undef S

static const struct {
	const char *key;
	enum berth_mount_text which;
} texts[] = {
	{ "ID", BERTH_MOUNT_ID },
	{ "TemplateID", BERTH_MOUNT_TEMPLATE_ID },
	{ "BuildID", BERTH_MOUNT_BUILD_ID },
	{ "MountPath", BERTH_MOUNT_PATH },
	{ "DevicePath", BERTH_MOUNT_DEVICE_PATH },
	{ "CachePath", BERTH_MOUNT_CACHE_PATH },
	{ "Backend", BERTH_MOUNT_BACKEND },
	{ "Options", BERTH_MOUNT_OPTIONS },
	{ "Persist", BERTH_MOUNT_PERSIST },
	{ "MountedAt", BERTH_MOUNT_MOUNTED_AT },
	{ "State", BERTH_MOUNT_STATE },
	{ "LastError", BERTH_MOUNT_LAST_ERROR },
};

static const struct {
	const char *key;
	enum berth_mount_number which;
} numbers[] = {
	{ "DeviceSlot", BERTH_MOUNT_DEVICE_SLOT },
	{ "BytesFetched", BERTH_MOUNT_BYTES_FETCHED },
	{ "BytesDirty", BERTH_MOUNT_BYTES_DIRTY },
	{ "FailedReads", BERTH_MOUNT_FAILED_READS },
	{ "ServerPid", BERTH_MOUNT_SERVER_PID },
	{ "Restarts", BERTH_MOUNT_RESTARTS },
};

static int add_mount(struct listing *l, const struct berth_mount *mount, struct error *err)
{
	auto_buf struct buf row = BUF_INIT;
	struct jsonw w = JSONW_INIT(&row, 0);

	jsonw_object(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		jsonw_str(&w, texts[i].key, berth_mount_text(mount, texts[i].which));
	jsonw_bool(&w, "ReadOnly", berth_mount_number(mount, BERTH_MOUNT_READ_ONLY));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		jsonw_uint(&w, numbers[i].key, berth_mount_number(mount, numbers[i].which));
	jsonw_end(&w);
	return listing_add(l, &row, NULL, err);
}

static void free_mounts(struct berth_mounts **list)
{
	berth_mounts_free(*list);
}
DEFINE_AUTO(mounts, struct berth_mounts *, free_mounts)

static int mounts(struct cli *cli, char **argv, struct error *err)
{
	static const char columns[] = "{{.TemplateID}}\t{{.BuildID}}\t{{.MountPath}}\t{{.DevicePath}}\t"
				      "{{.State}}";
	static const char headings[] = "{\"TemplateID\":\"TEMPLATE\",\"BuildID\":\"BUILD\","
				       "\"MountPath\":\"MOUNTED ON\",\"DevicePath\":\"DEVICE\"}";
	auto_manager struct berth_manager *m = NULL;
	auto_clean(mounts) struct berth_mounts *list = NULL;
	auto_listing struct listing l = LISTING_INIT;
	struct mounts_cli_options o = { .quiet = false };
	struct berth_error e;
	int r = cli_options(cli, argv, &o, err);

	if (r >= 0)
		r = listing_begin(&l, !o.format && o.quiet ? "{{.MountPath}}" : o.format, columns,
				  headings, err);
	if (r == 0)
		r = library_open(cli, &m, err);
	if (r == 0)
		r = library_error(berth_list_mounts(m, &list, &e), &e, err);
	for (unsigned i = 0; r == 0 && i < berth_mounts_count(list); i++)
		r = add_mount(&l, berth_mounts_get(list, i), err);
	if (r == 0)
		listing_end(&l, cli);
	return r;
}

const struct command cmd_mount = {
	.synopsis = "[OPTIONS] TEMPLATE BUILD PATH",
	.summary = "Mount a build of a template on a path of this host",
	.description =
		"What is read is fetched when it is read; what is written is kept apart on this "
		"machine, and dropped at unmount unless --persist names the build that it becomes.\n\n"
		"PATH must be absolute, without a symbolic link on the way, and is made when missing. "
		"The mount outlives this command, and the death of the process that serves it.",
	.opts = mount_table,
	.examples = (const char *const[]){
		"look into a build",
		"berth mount --ro my-template 6f1c3a50-6d2b-4f0e-9d0b-3f6a5f3f2a11 /mnt/look",
		"change it, and keep the result as a new build",
		"berth mount --persist $(uuidgen) my-template $BUILD /mnt/edit", NULL },
	.run = mount_one,
	.min_args = 3,
	.max_args = 3,
};

const struct command cmd_umount = {
	.synopsis = "[OPTIONS] PATH [PATH...] | --all",
	.summary = "Unmount templates",
	.description = "A mount in use is refused, and the error names the processes.",
	.opts = umount_table,
	.run = umount,
	.min_args = 0,
	.max_args = -1,
	.complete = COMPLETE_DIR,
};

const struct command cmd_mounts = {
	.synopsis = "[OPTIONS]",
	.summary = "List template mounts",
	.description =
		"Fields for --format: TemplateID BuildID MountPath DevicePath DeviceSlot CachePath "
		"Backend Options Persist ReadOnly BytesFetched BytesDirty FailedReads LastError "
		"ServerPid Restarts MountedAt State ID. States: mounting; mounted; restarting, while a "
		"new server takes over; detached, unmounted lazily and in use; failed, without a "
		"server; unpublished, with changes that could not be published.",
	.opts = mounts_table,
	.examples = (const char *const[]){ "how much of each was fetched",
					   "berth mounts --format 'table {{.MountPath}}\\t{{.BytesFetched}}'",
					   NULL },
	.run = mounts,
};
